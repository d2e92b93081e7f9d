package registry

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Config is what may stand in the registry's configuration: the keys of version 3 that are used here. The registry itself
// ignores a key that it does not know, so that "adr" for "addr" would have it listen on every address.
type Config struct {
	Version string `yaml:"version"`
	Log     struct {
		Level     string `yaml:"level"`
		Formatter string `yaml:"formatter"`
		AccessLog struct {
			Disabled bool `yaml:"disabled"`
		} `yaml:"accesslog"`
	} `yaml:"log"`
	Storage struct {
		Filesystem struct {
			RootDirectory string `yaml:"rootdirectory"`
		} `yaml:"filesystem"`
		Cache struct {
			BlobDescriptor string `yaml:"blobdescriptor"`
		} `yaml:"cache"`
		Delete struct {
			Enabled bool `yaml:"enabled"`
		} `yaml:"delete"`
		Maintenance struct {
			UploadPurging struct {
				Enabled  bool   `yaml:"enabled"`
				Age      string `yaml:"age"`
				Interval string `yaml:"interval"`
				DryRun   bool   `yaml:"dryrun"`
			} `yaml:"uploadpurging"`
		} `yaml:"maintenance"`
	} `yaml:"storage"`
	HTTP struct {
		Addr         string `yaml:"addr"`
		RelativeURLs bool   `yaml:"relativeurls"`
		DrainTimeout string `yaml:"draintimeout"`
		Debug        struct {
			Addr       string `yaml:"addr"`
			Prometheus struct {
				Enabled bool   `yaml:"enabled"`
				Path    string `yaml:"path"`
			} `yaml:"prometheus"`
		} `yaml:"debug"`
	} `yaml:"http"`
	Health struct {
		StorageDriver struct {
			Enabled   bool   `yaml:"enabled"`
			Interval  string `yaml:"interval"`
			Threshold int    `yaml:"threshold"`
		} `yaml:"storagedriver"`
	} `yaml:"health"`
}

// Decode reads a configuration of the registry. An error is text that is no YAML, or a key that is not among those of
// Config.
func Decode(content []byte) (*Config, error) {
	c := &Config{}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(c); err != nil {
		return nil, fmt.Errorf("the registry's configuration: %w", err)
	}
	return c, nil
}

// rendered is the configuration of the node.
func rendered() *Config {
	c := &Config{Version: "0.1"}
	c.Log.Level = "info"
	c.Log.Formatter = "json"
	// Caddy has one, with the client's address.
	c.Log.AccessLog.Disabled = true
	c.Storage.Filesystem.RootDirectory = data
	c.Storage.Cache.BlobDescriptor = "inmemory"
	c.Storage.Delete.Enabled = true
	purge := &c.Storage.Maintenance.UploadPurging
	purge.Enabled, purge.Age, purge.Interval = true, "48h", "24h"
	c.HTTP.Addr = "127.0.0.1:5000"
	// It is reached by two names, its own and loopback: an answer names neither.
	c.HTTP.RelativeURLs = true
	c.HTTP.DrainTimeout = "30s"
	// Besides metrics it serves pprof: Caddy shows others the metrics alone.
	c.HTTP.Debug.Addr = "127.0.0.1:5001"
	c.HTTP.Debug.Prometheus.Enabled = true
	c.HTTP.Debug.Prometheus.Path = "/metrics"
	c.Health.StorageDriver.Enabled = true
	c.Health.StorageDriver.Interval = "10s"
	c.Health.StorageDriver.Threshold = 3
	return c
}

func (c *Config) encode() (string, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(c); err != nil {
		return "", fmt.Errorf("the registry's configuration: %w", err)
	}
	return b.String(), nil
}

// Package registry is the image registry on the node: distribution's registry on loopback, where the node itself pulls
// from, and Caddy before it on the private address, with the password and TLS. The catalog's service "registry" turns it
// on and brings Traefik's side.
package registry

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
)

// Service is the service of the catalog that turns the part on.
const Service = "registry"

// Local is where the node itself reaches the registry: in clear, without a password, and on loopback only. containerd
// pulls from it what is named after the registry's host.
const Local = "http://127.0.0.1:5000"

// The releases. The registry's checksum is the one that Docker's official image "registry" is built with.
const (
	// renovate: datasource=github-releases depName=distribution/distribution
	registryVersion = "3.1.2"
	registrySum     = "40df2224d410f72ae425c3371873b078bbdbda3b8b612be9571f0e6751f3acc8"
	// renovate: datasource=github-releases depName=caddyserver/caddy
	caddyVersion = "2.11.9"
)

// Paths below the root of the node.
const (
	data       = node.Volume + "/registry"
	configPath = "/etc/distribution/config.yml"
	caddyfile  = "/etc/caddy/Caddyfile"
	users      = "/etc/caddy/users"
)

//go:embed files
var files embed.FS

//go:embed setup.sh
var setup string

// options are those of the service, as schema/catalog/registry.cue has them.
type options struct {
	KeepTags          int `json:"keepTags"`
	GarbageCollection struct {
		Day      string `json:"day"`
		At       string `json:"at"`
		TimeZone string `json:"timeZone"`
	} `json:"garbageCollection"`
	CaddySHA512 string `json:"caddySHA512"`
}

// Part is the registry with Caddy, or nil when the service is off.
func Part(in *model.Inputs) (*node.Part, error) {
	i := slices.IndexFunc(in.Cluster.Services, func(s model.Service) bool { return s.Name == Service })
	if i < 0 {
		return nil, nil
	}
	o, err := read(in.Cluster.Services[i].Options)
	if err != nil {
		return nil, err
	}
	root, err := fs.Sub(files, "files")
	if err != nil {
		return nil, err
	}
	part := &node.Part{
		Name: "registry", Setup: setup, Packages: []string{"ca-certificates", "curl", "jq"},
		Units: []string{"lvsgen-registry-password.service", "registry.service", "caddy.service", "lvsgen-registry-collect.timer"},
	}
	if part.Files, err = node.Files(root); err != nil {
		return nil, err
	}
	config, err := rendered().encode()
	if err != nil {
		return nil, err
	}
	part.Files = append(part.Files,
		node.File{Path: configPath, Mode: 0o644, Content: config},
		node.File{Path: caddyfile, Mode: 0o644, Content: caddy(in)},
		node.File{Path: "/etc/lvsgen/registry.env", Mode: 0o644, Content: environment(in, &o)},
		node.File{Path: "/etc/systemd/system/lvsgen-registry-collect.timer", Mode: 0o644, Content: timer(&o)},
	)
	return part, nil
}

func read(given map[string]any) (options, error) {
	var o options
	text, err := json.Marshal(given)
	if err != nil {
		return o, fmt.Errorf("options of the service registry: %w", err)
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return o, fmt.Errorf("options of the service registry: %w", err)
	}
	return o, nil
}

// environment is what the scripts have to know.
func environment(in *model.Inputs, o *options) string {
	caddyRelease := "https://github.com/caddyserver/caddy/releases/download/v" + caddyVersion + "/caddy_" + caddyVersion
	return node.Assignments(
		"REGISTRY_VERSION", registryVersion,
		"REGISTRY_URL", "https://github.com/distribution/distribution/releases/download/v"+registryVersion+"/registry_"+registryVersion+"_linux_amd64.tar.gz",
		"REGISTRY_SUM", registrySum,
		"CADDY_VERSION", caddyVersion,
		"CADDY_URL", caddyRelease+"_linux_amd64.tar.gz",
		"CADDY_SUM", o.CaddySHA512,
		"CADDY_LIST", caddyRelease+"_checksums.txt",
		"REGISTRY_CONFIG", configPath,
		"REGISTRY_DATA", data,
		"REGISTRY_KEEP_TAGS", strconv.Itoa(o.KeepTags),
		"REGISTRY_SECRETS", node.Secrets,
		"REGISTRY_USER", in.Cloud.Registry.User,
		"REGISTRY_USERS", users,
		"REGISTRY_USERS_GROUP", "caddy",
	)
}

// weekdays are systemd's names (systemd.time(7)).
var weekdays = map[string]string{
	"monday": "Mon ", "tuesday": "Tue ", "wednesday": "Wed ", "thursday": "Thu ", "friday": "Fri ", "saturday": "Sat ", "sunday": "Sun ",
}

func timer(o *options) string {
	g := o.GarbageCollection
	return `[Unit]
Description=Delete old images and free their space

[Timer]
OnCalendar=` + weekdays[g.Day] + "*-*-* " + g.At + ":00 " + g.TimeZone + `
# Made up for when the node was off.
Persistent=true

[Install]
WantedBy=timers.target
`
}

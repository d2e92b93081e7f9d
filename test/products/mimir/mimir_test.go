package mimir_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/grafana/mimir/pkg/mimir"
	"go.yaml.in/yaml/v3"
	manifests "sigs.k8s.io/yaml"
)

// verify does what Mimir does before it starts: defaults, the file read strictly, and the checks of all parts.
func verify(text string) error {
	var config mimir.Config
	flags := flag.NewFlagSet("mimir", flag.ContinueOnError)
	config.RegisterFlags(flags, log.NewNopLogger())
	if err := flags.Parse([]string{"-target=all"}); err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil {
		return err
	}
	return config.Validate(log.NewNopLogger())
}

// configs gives the configurations by file: in the tree that LVSGEN_TREE names, or in the reference cloud, the examples
// and the clouds for tests.
func configs(t *testing.T) map[string]string {
	t.Helper()
	trees := []string{"../../..", "../../../examples/*", "../../../test/clouds/*"}
	named := os.Getenv("LVSGEN_TREE")
	if named != "" {
		trees = []string{named}
	}
	out := map[string]string{}
	for _, tree := range trees {
		files, err := filepath.Glob(filepath.Join(tree, "platform", "monitoring", "mimir", "configmap.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			out[file] = read(t, file)
		}
	}
	switch {
	case len(out) == 0 && named != "":
		t.Skip("this tree has no Mimir")
	case len(out) == 0:
		t.Fatal("no tree has Mimir: nothing would be checked")
	}
	return out
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Data map[string]string `json:"data"`
	}
	if err := manifests.Unmarshal(content, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Data["mimir.yaml"]
}

func TestMimir(t *testing.T) {
	for file, text := range configs(t) {
		if err := verify(text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for what, change := range map[string][2]string{
			"an unknown key":                  {"max_global_series_per_user:", "max_series_per_user:"},
			"Kafka without an address":        {"ingest_storage:\n  enabled: false", "ingest_storage:\n  enabled: true"},
			"a directory used for two things": {"dir: /data/tsdb", "dir: /data/tsdb-sync"},
		} {
			if !strings.Contains(text, change[0]) {
				t.Errorf("%s: %s cannot be tried: it has no %q", file, what, change[0])
				continue
			}
			if verify(strings.Replace(text, change[0], change[1], 1)) == nil {
				t.Errorf("%s: %s is accepted", file, what)
			}
		}
	}
}

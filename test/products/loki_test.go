package products_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/grafana/loki/v3/pkg/loki"
	"github.com/grafana/loki/v3/pkg/util/cfg"
)

// verifyLoki does what "loki -verify-config" does: defaults, the file read strictly, what one setting makes of another,
// and the checks of all parts.
func verifyLoki(t *testing.T, text string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var config loki.ConfigWrapper
	flags := flag.NewFlagSet("loki", flag.ContinueOnError)
	if err := cfg.DynamicUnmarshal(&config, []string{"-config.file=" + path, "-target=all"}, flags); err != nil {
		return err
	}
	return config.Validate()
}

func TestLoki(t *testing.T) {
	for _, c := range find(t, "loki", "helmrelease.yaml", "spec", "values", "loki", "config") {
		check(t, c, func(text string) error { return verifyLoki(t, text) },
			change{"an unknown key", "retention_period:", "retention_perod:"},
			change{"a schema that is not there", "schema: v13", "schema: v99"},
			change{"no store for deletions", "retention_enabled: true", "retention_enabled: true\n  delete_request_store: \"\""},
		)
	}
}

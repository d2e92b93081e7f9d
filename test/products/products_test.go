package products_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/test/products/rendered"
)

// root is the root of the repository, seen from here.
const root = "../.."

// find gives the configurations of a service. In a tree that LVSGEN_TREE names it may be missing.
func find(t *testing.T, service, manifest string, keys ...string) []rendered.Config {
	t.Helper()
	configs, err := rendered.Find(root, service, manifest, keys...)
	if errors.Is(err, os.ErrNotExist) && os.Getenv("LVSGEN_TREE") != "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return configs
}

// change breaks a configuration in one place.
type change struct{ what, old, replacement string }

// check wants the configuration accepted as it is, and refused after each of the changes.
func check(t *testing.T, c rendered.Config, verify func(text string) error, changes ...change) {
	t.Helper()
	if err := verify(c.Text); err != nil {
		t.Errorf("%s: %v", c.File, err)
	}
	for _, change := range changes {
		if !strings.Contains(c.Text, change.old) {
			t.Errorf("%s: %s cannot be tried: it has no %q", c.File, change.what, change.old)
			continue
		}
		if err := verify(strings.Replace(c.Text, change.old, change.replacement, 1)); err == nil {
			t.Errorf("%s: %s is accepted", c.File, change.what)
		}
	}
}

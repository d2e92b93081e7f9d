// Package fluxupdate checks with Flux's own code what image automation and the
// source's ignore rules do to a tree that lvsgen wrote.
package fluxupdate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// example is a small tree in which everything is right.
const example = "../expand/testdata/cloud"

// treeVariable names the tree to check; without it, the repository itself.
const treeVariable = "LVSGEN_TREE"

func TestTree(t *testing.T) {
	source := os.Getenv(treeVariable)
	if source == "" {
		source = "../.."
	}
	check(t, load(t, source))
}

func TestExample(t *testing.T) { check(t, load(t, example)) }

func check(t *testing.T, tr *tree) {
	t.Run("ignore", func(t *testing.T) {
		for _, problem := range checkIgnore(tr) {
			t.Error(problem)
		}
	})
	t.Run("setters", func(t *testing.T) {
		for _, problem := range checkSetters(tr) {
			t.Error(problem)
		}
	})
}

// Each check must find what it is for.
func TestBroken(t *testing.T) {
	const values, sources = "applications/demo/values.yaml", "clusters/prod/sources.yaml"
	tests := map[string]struct {
		check          func(*tree) []error
		file, old, new string
		want           string
	}{
		"source of an app is kept": {
			checkIgnore, sources, "    /applications/*/*\n", "",
			"applications/demo/Dockerfile: spec.ignore keeps it, but Flux does not need it",
		},
		"values are dropped": {
			checkIgnore, sources, "    !/applications/*/values.yaml\n", "",
			"applications/demo/values.yaml: spec.ignore drops it, but Flux needs it",
		},
		"chart is dropped": {
			checkIgnore, sources, "    !/applications/*/chart\n", "",
			"applications/demo/chart/Chart.yaml: spec.ignore drops it, but Flux needs it",
		},
		"no rules": {
			checkIgnore, sources, "  ignore: |\n", "  x: |\n",
			"has no spec.ignore",
		},
		"document marker": {
			checkSetters, values, "# The values", "---\n# The values",
			"changes the number of lines",
		},
		"spaces before a comment": {
			checkSetters, values, "replicas: 2", "replicas: 2  # two",
			`"replicas: 2 # two\n" of "replicas: 2  # two\n"`,
		},
		"policy that does not exist": {
			checkSetters, values, "flux-system:demo:tag", "flux-system:typo:tag",
			"no ImagePolicy flux-system/typo in the tree",
		},
		"name of another image": {
			checkSetters, values, "registry.example.test/demo #", "registry.example.test/other #",
			"line 3",
		},
		"two tags": {
			checkSetters, values, "replicas: 2", `old: 1.0.0 # {"$imagepolicy": "flux-system:demo:tag"}`,
			`"1.2.3" and "1.0.0"`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := copyOf(t, example)
			file := filepath.Join(root, filepath.FromSlash(test.file))
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(data), test.old) {
				t.Fatalf("%s: no %q to replace", test.file, test.old)
			}
			if err := os.WriteFile(file, []byte(strings.Replace(string(data), test.old, test.new, 1)), 0o644); err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, problem := range test.check(load(t, root)) {
				all = append(all, problem.Error())
			}
			if !strings.Contains(strings.Join(all, "\n"), test.want) {
				t.Errorf("got %q, want %q", all, test.want)
			}
		})
	}
}

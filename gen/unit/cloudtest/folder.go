package cloudtest

import (
	"bytes"
	"errors"
	"io"
	"path"
	"testing"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// Build builds the folder with kustomize, as Flux does, from nothing but the files.
func Build(t *testing.T, files []tree.File, folder string) resmap.ResMap {
	t.Helper()
	disk := filesys.MakeFsInMemory()
	for _, f := range files {
		if err := disk.WriteFile(f.Path, f.Content); err != nil {
			t.Fatal(err)
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, folder)
	if err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	return built
}

// Folders gives the folders of the files that have a kustomization.yaml.
func Folders(files []tree.File) []string {
	var out []string
	for _, f := range files {
		if path.Base(f.Path) == "kustomization.yaml" {
			out = append(out, path.Dir(f.Path))
		}
	}
	return out
}

// Documents decodes the documents of a YAML file; a key that stands twice is an error.
func Documents(t *testing.T, f tree.File) []map[string]any {
	t.Helper()
	var out []map[string]any
	decoder := yaml.NewDecoder(bytes.NewReader(f.Content))
	for {
		var doc map[string]any
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%s: %v", f.Path, err)
		}
		out = append(out, doc)
	}
}

// Strict checks that every file is YAML that a strict reader takes, and that each path is rendered once.
func Strict(t *testing.T, files []tree.File) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range files {
		if seen[f.Path] {
			t.Errorf("%s is rendered twice", f.Path)
		}
		seen[f.Path] = true
		if f.Source == "" {
			t.Errorf("%s names no source", f.Path)
		}
		if len(Documents(t, f)) == 0 {
			t.Errorf("%s is empty", f.Path)
		}
	}
}

package app

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

var update = flag.Bool("update", false, "rewrite testdata/golden")

// TestGolden compares whole folders with testdata/golden, but for the chart's files that are the same for every app.
func TestGolden(t *testing.T) {
	for _, a := range []*model.App{newApp("smallest"), newApp("everything", everything)} {
		t.Run(a.Name, func(t *testing.T) {
			got := files(t, terraform, a)
			for _, f := range chartFiles {
				delete(got, f.name)
			}
			dir := filepath.Join("testdata", "golden", a.Name)
			if *update {
				write(t, dir, got)
			}
			want := read(t, dir)
			for name, content := range got {
				if content != want[name] {
					t.Errorf("%s differs from testdata/golden; look at it after: go test ./gen/render/app -update", name)
				}
			}
			for name := range want {
				if _, there := got[name]; !there {
					t.Errorf("%s is in testdata/golden only", name)
				}
			}
		})
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

package simulate_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/simulate"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

var update = flag.Bool("update", false, "rewrite what the repositories in testdata are simulated to")

// opened gives the simulator of a repository that is a txtar archive.
func opened(t *testing.T, archive *txtar.Archive) *simulate.Simulator {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	tree, err := checkout.Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return simulate.New(tree)
}

// TestRepositories simulates small repositories of the shapes that people use. The comment above each says what must come
// of it: the entry points, and of each the objects, how Kustomizations and releases that are not followed are seen, and
// the findings.
func TestRepositories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no repositories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := opened(t, archive)
			var got []string
			for _, entry := range s.Entries() {
				got = append(got, described(entry, s.Run(entry))...)
			}
			about, want, _ := strings.Cut(string(archive.Comment), "\n\n")
			have := strings.Join(got, "\n") + "\n"
			if *update {
				archive.Comment = []byte(about + "\n\n" + have)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if have != want {
				t.Errorf("got:\n%s\nwant:\n%s", have, want)
			}
		})
	}
}

func described(entry simulate.Entry, w *world.World) []string {
	out := []string{"entry " + entry.Path}
	var rest []string
	for _, o := range w.Objects {
		rest = append(rest, "  "+o.ID())
	}
	slices.Sort(rest)
	out = append(out, rest...)
	for _, owner := range w.Owners {
		if owner.Opaque != "" {
			out = append(out, fmt.Sprintf("  %s: %s", owner.ID(), owner.Opaque))
		}
	}
	for _, f := range w.Findings {
		if f.Severity != diag.Info {
			out = append(out, fmt.Sprintf("  %s: %s: %s [%s]", f.Position, f.Severity, f.Message, f.Rule))
		}
	}
	return out
}

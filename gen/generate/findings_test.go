package generate_test

import (
	"bytes"
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/test/inputs"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

// TestFindings holds the texts of the rules across fields, apps and services. Rewrite them with -update.
func TestFindings(t *testing.T) {
	cases, err := filepath.Glob("testdata/findings/*.txtar")
	if err != nil || len(cases) < 10 {
		t.Fatalf("found %d cases: %v", len(cases), err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := inputs.Cloud(archive)
			tree, _, findings, err := generate.Tree(files, load.Options{})
			if err != nil {
				t.Fatal(err)
			}
			silent := strings.HasPrefix(filepath.Base(name), "silent")
			rendered := silent || strings.HasPrefix(filepath.Base(name), "warning")
			if silent == (len(findings) > 0) || rendered != (tree != nil) {
				t.Fatalf("findings: %v, tree: %v", findings, tree != nil)
			}
			var b bytes.Buffer
			report.Text(&b, findings, files, false)
			inputs.Golden(t, name, archive, b.String(), *update)
		})
	}
}

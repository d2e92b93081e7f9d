package load

import (
	"bytes"
	"flag"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/schema"
	"github.com/lvs-cloud/lvsgen/test/inputs"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

// TestErrors holds the texts of all messages. Rewrite them with: go test ./gen/load -update.
func TestErrors(t *testing.T) {
	cases, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(cases) < 20 {
		t.Fatalf("found %d cases: %v", len(cases), err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := textOf(inputs.Cloud(archive))
			if strings.Contains(got, "disjunction") || strings.Contains(got, "panic") || got == "" {
				t.Errorf("noise, or no finding at all:\n%s", got)
			}
			inputs.Golden(t, name, archive, got, *update)
		})
	}
}

func textOf(files fs.FS) string {
	in, findings := Load(files, Options{})
	if in != nil {
		return ""
	}
	var b bytes.Buffer
	report.Text(&b, findings, files, false)
	return schemaLine.ReplaceAllString(b.String(), "$1:LINE")
}

// schemaLine matches a place in the schema: its line is not part of the goldens, else each comment in the schema would
// change them all.
var schemaLine = regexp.MustCompile(`(cue\.mod/pkg/[^ ]+\.cue):\d+:\d+`)

// TestSchemaPosition proves that the second place of a finding is the line of the schema that is meant.
func TestSchemaPosition(t *testing.T) {
	files := inputs.Cloud(&txtar.Archive{})
	files["applications/shop/app.cue"].Data = []byte("package cloud\n\napps: shop: {port: 80, image: {}}\n")
	_, findings := Load(files, Options{})
	for i, want := range []string{"\tport?:", "\tversion!:"} {
		if len(findings) != 2 || len(findings[i].Related) != 1 {
			t.Fatalf("findings: %+v", findings)
		}
		place := findings[i].Related[0]
		data, err := schema.Files.ReadFile(strings.TrimPrefix(place.File, "cue.mod/pkg/"+schema.ImportPath+"/"))
		if err != nil {
			t.Fatal(err)
		}
		if line := strings.Split(string(data), "\n")[place.Line-1]; !strings.HasPrefix(line, want) {
			t.Errorf("%s is %q, want %q", place.Position, line, want)
		}
	}
}

// TestBase proves that the cases start from something legal.
func TestBase(t *testing.T) {
	if text := textOf(inputs.Cloud(&txtar.Archive{})); text != "" {
		t.Fatal(text)
	}
}

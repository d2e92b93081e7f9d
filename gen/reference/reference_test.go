package reference

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/load"
)

var update = flag.Bool("update", false, "rewrite docs/reference/inputs.md and docs/rules.md")

// TestPages compares the committed pages with the schema and the rules. Rewrite them with: make golden.
func TestPages(t *testing.T) {
	inputs, err := Inputs()
	if err != nil {
		t.Fatal(err)
	}
	for page, got := range map[string][]byte{"../../docs/reference/inputs.md": inputs, "../../docs/rules.md": Rules()} {
		if *update {
			if err := os.WriteFile(page, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the schema and the rules say; run: make golden", page)
		}
	}
}

// TestEveryFieldIsDocumented finds fields of what users write that have no comment, and definitions without one.
func TestEveryFieldIsDocumented(t *testing.T) {
	definitions, err := load.Reference()
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	for _, d := range definitions {
		for _, f := range d.Fields {
			fields++
			if f.Type == "" && f.Doc == "" && !strings.Contains(f.Name, ".") && d.Package == "schema" {
				t.Errorf("#%s.%s has no comment", d.Name, f.Name)
			}
		}
	}
	if len(definitions) < 15 || fields < 60 {
		t.Errorf("only %d definitions and %d fields were found", len(definitions), fields)
	}
}

package reference

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/load"
)

var update = flag.Bool("update", false, "rewrite docs/reference/inputs.md")

const page = "../../docs/reference/inputs.md"

// TestPage compares the committed page with the schema. Rewrite it with: make golden.
func TestPage(t *testing.T) {
	got, err := Inputs()
	if err != nil {
		t.Fatal(err)
	}
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
		t.Fatalf("%s is not what the schema says; run: make golden", page)
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

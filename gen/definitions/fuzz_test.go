package definitions_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/definitions"
)

// FuzzParse holds that no text panics, that findings lie in it, that a definition that is taken is taken again from the file
// that it is written to, as the same one, and that two readings say the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{widget, beta, list, "{}", "kind: CustomResourceDefinition\n", "- a\n", "kind: List\nitems: [1, {kind: CustomResourceDefinition}]\n", "---\n---\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		parsed, others, findings := definitions.Parse("a.yaml", content)
		if others < 0 {
			t.Errorf("%d others", others)
		}
		lines := bytes.Count(content, []byte("\n")) + bytes.Count(content, []byte("\r")) + 2
		for _, finding := range findings {
			if finding.File != "a.yaml" || finding.Line > lines || finding.Message == "" {
				t.Errorf("%v is not in the file, which has %d lines", finding, lines)
			}
		}
		for _, d := range parsed {
			written, err := d.Encode()
			if err != nil {
				t.Fatal(err)
			}
			again, others, findings := definitions.Parse(d.File(), written)
			if len(again) != 1 || others > 0 || len(findings) > 0 {
				t.Fatalf("%d definitions, %d others, %v in\n%s", len(again), others, findings, written)
			}
			if second, err := again[0].Encode(); err != nil || !bytes.Equal(second, written) {
				t.Fatalf("%v: first\n%s\nthen\n%s", err, written, second)
			}
			if !reflect.DeepEqual(again[0].Versions, d.Versions) || again[0].Kind != d.Kind || again[0].Group != d.Group {
				t.Errorf("%+v became %+v", d, again[0])
			}
		}
		if p, o, fs := definitions.Parse("a.yaml", content); !reflect.DeepEqual(p, parsed) || o != others || !reflect.DeepEqual(fs, findings) {
			t.Errorf("first %v, %d, %v, then %v, %d, %v", parsed, others, findings, p, o, fs)
		}
	})
}

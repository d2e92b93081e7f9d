package yamlfile_test

import (
	"bytes"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// FuzzParse holds that no file panics, that every place lies in the file, and that a path found by Texts leads to its
// place again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a: 1\n", "a: &x [1, 2]\nb: *x\n", "a: &x {b: 1}\nc:\n  <<: *x\n", "- a\n- - b\n", "---\n---\na: |\n  x\n  y\n",
		"&a [*a]\n", "<<: [{a: 1}, {b: 2}]\n", "? [a]\n: b\n", "a: !!int x\n", "\ufeffa: 1\r\nb: 2\r\n", "a: 0x1_0\nb: 1e400\nc: .nan\n", "%YAML 1.1\n---\na\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		lines := bytes.Count(content, []byte("\n")) + bytes.Count(content, []byte("\r")) + 2
		docs, findings := yamlfile.Parse("a.yaml", content)
		for _, finding := range findings {
			if finding.Line > lines {
				t.Fatalf("%v is below the last line, %d", finding, lines)
			}
		}
		for _, doc := range docs {
			doc.Texts(func(path []any, _ string, _ diag.Position) {
				if at := doc.Position(path...); at.Line < 1 || at.Line > lines {
					t.Fatalf("%v is at %v, the file has %d lines", path, at, lines)
				}
				doc.Key(path...)
				doc.Inside(1, path...)
			})
		}
	})
}

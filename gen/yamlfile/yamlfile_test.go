package yamlfile

import (
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// TestBrokenLine holds that a mistake is reported where a person must look, which is not where the library stops.
func TestBrokenLine(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		line    int
		message string
	}{
		"tab":             {"a: 1\nb:\n\tc: 2\nd: 3\n", 3, "cannot start any token"},
		"unknown alias":   {"a: &x 1\nb: *x\nc: *y\nd: 4\n", 3, "unknown anchor 'y'"},
		"lost indent":     {"data:\n  conf: |\n    a\n b:\n    c\nd: 1\n", 4, "did not find expected key"},
		"open quote":      {"a: 1\nb: \"x\nc: 2\nd: 3\n", 2, "unexpected end of stream"},
		"open list":       {"a: 1\nb: [1,\n  2\nc: 3\n", 3, "',' or ']'"},
		"no colon":        {"a: 1\nb\nc: 2\n", 2, "could not find expected ':'"},
		"second document": {"a: 1\n---\nb: 2\n  c: 3\n", 4, "mapping values are not allowed"},
		"twice":           {"a: 1\nb: 2\na: 3\n", 3, `key "a" is there twice`},
		"CRLF":            {"a: 1\r\nb: %c\r\n", 2, "cannot start any token"},
		"no last newline": {"a: 1\nb: @c", 2, "cannot start any token"},
		"conflict":        {"a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", 2, "conflict markers"},
		"moved conflict":  {"a: 1\nb:\n  <<<<<<< HEAD\n  c: 1\n  =======\n  c: 2\n  >>>>>>> x\n", 3, "conflict markers"},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := Parse("f", []byte(c.content))
			if len(findings) != 1 || findings[0].Line != c.line || !strings.Contains(findings[0].Message, c.message) {
				t.Errorf("got %v, want line %d: %s", findings, c.line, c.message)
			}
		})
	}
}

// FuzzParse holds that no file makes the reader panic, and that a file is either read or has a finding with a line in it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1\n", "a: &x [*x]\n", "a: *y\n", "<<: {a: 1}\nb: 2\n", "\t", "a: \"", "? [a]\n: b\n", "--- !!binary x\n", "a: !!int x\n", "<<<<<<< HEAD\n", "%YAML 1.2\n---\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		docs, findings := Parse("f", content)
		for _, finding := range findings {
			if lines := strings.Count(string(content), "\n") + 1; finding.Line > lines {
				t.Errorf("line %d of %d: %s", finding.Line, lines, finding.Message)
			}
		}
		for _, doc := range docs {
			doc.Texts(func(path []any, _ string, _ diag.Position) {
				doc.Position(path...)
				doc.Inside(3, path...)
				doc.Key(path...)
			})
		}
	})
}

package cuesyntax

import (
	"strings"
	"testing"
)

// FuzzBroken holds that no file makes the parser panic, and that a finding lies in the file.
func FuzzBroken(f *testing.F) {
	for _, seed := range []string{"a: 1\n", "a: {\n", "a: \"\\(b", "a: [for x in y {x}]\n", "a: \"\"\"\n", "a: - b", "@x(", "\xff", "import \"x\"\nimport x \"y\"\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		finding := broken("f.cue", content)
		if finding != nil && finding.Line > strings.Count(string(content), "\n")+1 {
			t.Errorf("line %d is behind the end: %s", finding.Line, finding.Message)
		}
	})
}

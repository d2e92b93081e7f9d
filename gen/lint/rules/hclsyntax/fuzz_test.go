package hclsyntax

import (
	"strings"
	"testing"
)

// FuzzBroken holds that no file makes the parser panic, and that a finding lies in the file.
func FuzzBroken(f *testing.F) {
	for _, seed := range []string{"a = 1\n", "a {\n", "a = \"${", "a = <<EOT\n", "b = [for x in y : x]\n", "{\"a\": 1}", "a = %{", "\xff"} {
		f.Add("main.tf", []byte(seed))
		f.Add("main.tf.json", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		finding := broken(name, content)
		if finding != nil && finding.Line > strings.Count(string(content), "\n")+1 {
			t.Errorf("line %d is behind the end: %s", finding.Line, finding.Message)
		}
	})
}

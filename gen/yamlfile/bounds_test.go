package yamlfile_test

import (
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// TestHostileFiles holds that files which are made to exhaust memory or the stack end in one finding.
func TestHostileFiles(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for _, name := range "bcdefgh" {
		below := "*" + string(name-1)
		bomb += string(name) + ": &" + string(name) + " [" + strings.Repeat(below+",", 9) + below + "]\n"
	}
	merges := "a: &a {x: 1}\n"
	for _, name := range "bcdefghijklmnopqrstuvw" {
		below := "*" + string(name-1)
		merges += string(name) + ": &" + string(name) + " {<<: [" + below + "," + below + "," + below + "," + below + "]}\n"
	}
	for name, test := range map[string]struct{ content, want string }{
		"aliases":            {bomb, "more than 1000000 values"},
		"merge keys":         {merges, "more than 1000000 values"},
		"an alias of itself": {"a: &a [*a]\n", "deeper than 200"},
		"a merge of itself":  {"a: &a\n  <<: *a\n", "deeper than 200"},
		"deep lists":         {strings.Repeat("[", 100_000), "depth"},
		"deep mappings":      {strings.Repeat("{a: ", 100_000), "depth"},
		"deep blocks":        {strings.Repeat("- ", 100_000) + "x\n", "depth"},
		"deep JSON":          {strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300), "deeper than 200"},
		"millions of values": {"[" + strings.Repeat("1,", 3_000_000) + "]", "more than 1000000 values"},
		"many documents":     {strings.Repeat("a\n---\n", 30_000), "more than 20000 documents"},
		"empty documents":    {strings.Repeat("---\n", 400_000), "more than 20000 documents"},
		"NUL":                {"a: \x00\n", "control characters"},
		"Latin-1":            {"a: b\nb: \xe4\n", "not UTF-8"},
		"half of UTF-16":     {"\xff\xfea\x00:", "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			docs, findings := yamlfile.Parse("a.yaml", []byte(test.content))
			if len(findings) != 1 || !strings.Contains(findings[0].Message, test.want) || findings[0].Line < 0 {
				t.Fatalf("%d documents, findings %.300v, want %q", len(docs), findings, test.want)
			}
		})
	}
	for name, content := range map[string]string{
		"a BOM": "\ufeffa: 1\n", "CRLF": "a: 1\r\nb: [2]\r\n", "a last line without end": "a: 1",
		"UTF-16": "\xff\xfea\x00:\x00 \x001\x00", "UTF-16 the other way": "\xfe\xff\x00a\x00:\x00 \x001",
	} {
		if docs, findings := yamlfile.Parse("a.yaml", []byte(content)); len(findings) > 0 || len(docs) != 1 || docs[0].Fields()["a"] != int64(1) {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

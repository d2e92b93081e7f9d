// Package section holds a part of a page of the guide equal to what the model says.
package section

import (
	"os"
	"strings"
	"testing"
)

// Golden compares what stands in page between the comments <!-- name --> and <!-- /name -->, each on a line of its own,
// with text; with update it writes text there.
func Golden(t *testing.T, page, name, text string, update bool) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
	before, rest, opened := strings.Cut(string(data), begin)
	got, after, closed := strings.Cut(rest, end)
	if !opened || !closed || strings.Contains(after, begin) {
		t.Fatalf("%s must have one line %q and after it one line %q", page, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	if got == text {
		return
	}
	if !update {
		t.Fatalf("%s: what stands after %s is not what the model says; run: make golden\n%s", page, strings.TrimSpace(begin), text)
	}
	if err := os.WriteFile(page, []byte(before+begin+text+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

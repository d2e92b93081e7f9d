package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/capacity"
)

// TestCapacityInDocs holds the tables in the docs equal to what the model gives. Rewrite them with -update.
func TestCapacityInDocs(t *testing.T) {
	for page, cloud := range map[string]string{
		"../../docs/guide/capacity.md":  "../..",
		"../../examples/lite/README.md": "../../examples/lite",
	} {
		var out bytes.Buffer
		in, err := readInputs(&out, os.Stderr, cloud, "text")
		if err != nil {
			t.Fatal(err)
		}
		if err := showCapacity(&out, capacity.Of(in), "text"); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		const open, end = "```text\n$ lvsgen capacity\n", "```\n"
		before, rest, found := strings.Cut(string(data), open)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s has no block %q", page, open)
		}
		want := before + open + trimLines(out.String()) + end + after
		switch {
		case want == string(data):
		case *update:
			if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s shows other numbers than lvsgen; run: make golden", page)
		}
	}
}

// trimLines takes the blanks at the ends of lines, which no editor keeps.
func trimLines(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n") + "\n"
}

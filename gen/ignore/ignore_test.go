package ignore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/ignore"
)

// told gives a comment as text: its place, rules and reason, and the lines that it counts for.
func told(c *ignore.Comment) string {
	var lines []string
	for line := range 12 {
		if c.Covers(diag.Position{File: c.At.File, Line: line}) {
			lines = append(lines, fmt.Sprint(line))
		}
	}
	return fmt.Sprintf("%d:%d %s (%s) for %s", c.At.Line, c.At.Column, strings.Join(c.Rules, "+"), c.Reason, strings.Join(lines, " "))
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		name, file, text string
		want             []string
	}{
		{"behind a value", "a.yaml", "a: 1\nb: 2 # lvsgen:ignore two-owners it is shared\nc: 3\n", []string{"2:6 two-owners (it is shared) for 2"}},
		{"above a line", "a.yaml", "a: 1\n  # lvsgen:ignore two-owners it is shared\nb: 2\n", []string{"2:3 two-owners (it is shared) for 2 3"}},
		{"above other comments", "a.yaml", "a: 1\n# lvsgen:ignore x one\n# lvsgen:ignore y two\n# more\nb: 2\n", []string{"2:1 x (one) for 2 3 4 5", "3:1 y (two) for 3 4 5"}},
		{"at the top", "a.yaml", "# Code generated\n# lvsgen:ignore x one\n\n---\na: 1\nb: 2\n", []string{"2:1 x (one) for 0 1 2 3 4 5"}},
		{"several rules", "a.yaml", "a: 1 # lvsgen:ignore x,y, z ,w because of that\n", []string{"1:6 x+y+z+w (because of that) for 1"}},
		{"no reason", "a.yaml", "a: 1 # lvsgen:ignore x\nb: 2 #lvsgen:ignore\n", []string{"1:6 x () for 1", "2:6  () for 2"}},
		{"above a marked line", "a.yaml", "a: 1\n# lvsgen:ignore x one\ntag: 1.0.0 # {\"$imagepolicy\": \"flux-system:shop:tag\"}\n", []string{"2:1 x (one) for 2 3"}},
		{"CRLF", "a.yaml", "a: 1 # lvsgen:ignore x one\r\nb: 1\r\n", []string{"1:6 x (one) for 1"}},
		{"the last line", "a.yaml", "a: 1\n# lvsgen:ignore x one", []string{"2:1 x (one) for 2"}},
		{"HCL", "main.tf", "a = 1 // lvsgen:ignore x one\n# lvsgen:ignore y two\nb = 1 /* lvsgen:ignore z three */\n", []string{"1:7 x (one) for 1", "2:1 y (two) for 2 3", "3:7 z (three) for 3"}},
		{"CUE", "app.cue", "package a\n// lvsgen:ignore x one\nb: 1\n", []string{"2:1 x (one) for 2 3"}},
		{"Dockerfile", "Dockerfile", "FROM a\n# lvsgen:ignore x one\nRUN b\n", []string{"2:1 x (one) for 2 3"}},
		{"template", "templates/a.yaml", "{{- /* lvsgen:ignore x one */ -}}\na: 1\nb: 2 {{/* lvsgen:ignore y two */}}\n", []string{"1:1 x (one) for 0 1 2", "3:6 y (two) for 3"}},
		{"in prose", "a.yaml", "# write lvsgen:ignore x y\n# lvsgen:ignored x y\na: \"u#lvsgen:ignore x y\"\n", nil},
		{"of another format", "a.yaml", "a: b // lvsgen:ignore x y\n", nil},
		{"in Markdown", "a.md", "# lvsgen:ignore x y\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, c := range ignore.Find(test.file, []byte(test.text)) {
				got = append(got, told(c))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// FuzzFind holds that a comment stands where the token is, counts for its own line and for none of another file, and that its
// rules are names without spaces and commas.
func FuzzFind(f *testing.F) {
	f.Add("a.cue", "// lvsgen:ignore x\r\n\n---\na: 1 // lvsgen:ignore y,, z\n")
	f.Add("a.tf", "/* lvsgen:ignore x */ a = 1\n# lvsgen:ignore\n")
	f.Add("a.yaml", "a: 1 # lvsgen:ignore x, y because\n")
	f.Add("a.tpl", "{{- /* lvsgen:ignore , */}}")
	f.Fuzz(func(t *testing.T, file, text string) {
		for _, c := range ignore.Find(file, []byte(text)) {
			if !c.Covers(c.At) {
				t.Errorf("%s does not count for its own line", told(c))
			}
			if other := (diag.Position{File: file + "x", Line: c.At.Line}); c.Covers(other) {
				t.Errorf("%s counts for another file", told(c))
			}
			lines := strings.Split(text, "\n")
			if c.At.Line < 1 || c.At.Line > len(lines) || c.At.Column < 1 || c.At.Column > len(lines[c.At.Line-1]) || !strings.Contains(lines[c.At.Line-1][c.At.Column-1:], "lvsgen:ignore") {
				t.Errorf("%s does not stand there", told(c))
			}
			for _, rule := range c.Rules {
				if rule == "" || strings.ContainsAny(rule, ", \t\n") {
					t.Errorf("%s has the rule %q", told(c), rule)
				}
			}
		}
	})
}

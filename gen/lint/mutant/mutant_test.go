package mutant_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/lint/mutant"
)

const head = "- name: a\n  class: c\n  why: w\n  want: [{rule: r, severity: error, file: f}]\n  edits:\n"

// TestApply holds each kind of edit, and that the given tree stays as it is.
func TestApply(t *testing.T) {
	tree := mutant.Tree{"a": "1 1\n", "d/b": "2\n", "d/c": "3\n", "dd": "4\n"}
	for _, c := range []struct {
		name, edits string
		want        mutant.Tree
		err         string
	}{
		{name: "replace", edits: "  - {file: d/b, replace: '2', with: '5'}", want: mutant.Tree{"a": "1 1\n", "d/b": "5\n", "d/c": "3\n", "dd": "4\n"}},
		{name: "replace all", edits: "  - {file: a, replace: '1', with: '2', all: true}", want: mutant.Tree{"a": "2 2\n", "d/b": "2\n", "d/c": "3\n", "dd": "4\n"}},
		{name: "replace several", edits: "  - {file: a, replace: '1', with: '2'}", err: "occurs 2 times"},
		{name: "replace nothing", edits: "  - {file: a, replace: '7', with: '2', all: true}", err: "occurs 0 times"},
		{name: "same text", edits: "  - {file: d/b, replace: '2', with: '2'}", err: "nothing changed"},
		{name: "delete", edits: "  - {file: a, delete: true}", want: mutant.Tree{"d/b": "2\n", "d/c": "3\n", "dd": "4\n"}},
		{name: "delete a folder", edits: "  - {file: d, delete: true}", want: mutant.Tree{"a": "1 1\n", "dd": "4\n"}},
		{name: "delete nothing", edits: "  - {file: e, delete: true}", err: "does not exist"},
		{name: "create", edits: "  - {file: d/e, create: ''}", want: mutant.Tree{"a": "1 1\n", "d/b": "2\n", "d/c": "3\n", "d/e": "", "dd": "4\n"}},
		{name: "create over", edits: "  - {file: d/b, create: ''}", err: "already exists"},
		{name: "append", edits: "  - {file: d/b, append: x}", want: mutant.Tree{"a": "1 1\n", "d/b": "2\nx", "d/c": "3\n", "dd": "4\n"}},
		{name: "append to nothing", edits: "  - {file: e, append: x}", err: "does not exist"},
		{name: "move", edits: "  - {file: d, move: e}", want: mutant.Tree{"a": "1 1\n", "e/b": "2\n", "e/c": "3\n", "dd": "4\n"}},
		{name: "move over", edits: "  - {file: a, move: dd}", err: "already exists"},
		{name: "in order", edits: "  - {file: a, move: e}\n  - {file: e, append: x}", want: mutant.Tree{"e": "1 1\nx", "d/b": "2\n", "d/c": "3\n", "dd": "4\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := mutant.Parse([]byte(head + c.edits))
			if err != nil {
				t.Fatal(err)
			}
			before := maps.Clone(tree)
			got, err := list[0].Apply(tree)
			if !maps.Equal(tree, before) {
				t.Fatalf("the given tree was changed: %v", tree)
			}
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got the error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("got %v %v, want %v", got, err, c.want)
			}
		})
	}
}

// TestParseRefuses holds that a list cannot say what nobody reads.
func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{
		head + "  - {file: a}",
		head + "  - {file: a, delete: true, append: x}",
		head + "  - {file: a, create: x, with: y}",
		head + "  - {file: /a, delete: true}",
		head + "  - {file: a, move: ../b}",
		head + "  - {file: a, remove: true}",
		head + "  - {file: a, delete: true}\n---\n[]",
		strings.Replace(head, "severity: error", "severity: fatal", 1) + "  - {file: a, delete: true}",
		strings.Replace(head, "name: a", "name: A b", 1) + "  - {file: a, delete: true}",
		strings.Replace(head, "why: w", "why: ''", 1) + "  - {file: a, delete: true}",
		strings.Replace(head, "  edits:\n", "", 1),
	} {
		if _, err := mutant.Parse([]byte(bad)); err == nil {
			t.Errorf("accepted:\n%s", bad)
		}
	}
}

// TestAt holds which line a text means.
func TestAt(t *testing.T) {
	content := "a:\n- x\nb:\n- x\n"
	for line, want := range map[string]int{"": 0, "a:": 1, "a:\n- x": 2, "b:\n- x\n": 4} {
		if got, err := (mutant.Finding{Line: line}).At(content); err != nil || got != want {
			t.Errorf("%q is line %d (%v), want %d", line, got, err, want)
		}
	}
	for _, line := range []string{"- x", "c"} {
		if _, err := (mutant.Finding{Line: line}).At(content); err == nil {
			t.Errorf("%q was found", line)
		}
	}
}

// TestRead holds that only the named places are read.
func TestRead(t *testing.T) {
	fsys := fstest.MapFS{"a/b": {Data: []byte("1")}, "c": {Data: []byte("2")}, "d/e": {Data: []byte("3")}}
	got, err := mutant.Read(fsys, "a", "c", "absent")
	if err != nil || !maps.Equal(got, mutant.Tree{"a/b": "1", "c": "2"}) {
		t.Error(got, err)
	}
}

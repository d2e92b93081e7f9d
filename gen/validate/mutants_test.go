package validate_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint/mutant"
	"github.com/lvs-cloud/lvsgen/gen/validate"
)

var update = flag.Bool("update", false, "rewrite testdata/missed.txt")

// missedFile lists the mutants that are not reported as they should be, with what comes instead.
const missedFile = "testdata/missed.txt"

// TestMutants breaks the clouds in every way of the lists and looks for the finding that should come: the rule, the
// severity, the file and the line. What is missed is written down, so that a change of it is seen.
func TestMutants(t *testing.T) {
	trees := map[string]mutant.Tree{}
	var missed []string
	total := 0
	for _, m := range mutants(t) {
		total++
		tree, ok := trees[m.Cloud]
		if !ok {
			tree = readTree(t, m.Cloud)
			trees[m.Cloud] = tree
		}
		if note := judge(t, m, tree); note != "" {
			missed = append(missed, m.Name+": "+note)
		}
	}
	t.Logf("%d of %d mutants are reported as they should be", total-len(missed), total)
	text := strings.Join(missed, "\n") + "\n"
	if *update {
		if err := os.WriteFile(missedFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(missedFile)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the mutants that are missed changed (go test -update rewrites the list):\n%s", difference(string(want), text))
	}
}

func difference(want, got string) string {
	var out []string
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range w {
		if !slices.Contains(g, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range g {
		if !slices.Contains(w, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "\n")
}

func mutants(t *testing.T) []mutant.Mutant {
	t.Helper()
	lists, err := filepath.Glob("../lint/testdata/mutants/*.yaml")
	if err != nil || len(lists) == 0 {
		t.Fatalf("no lists: %v", err)
	}
	var out []mutant.Mutant
	for _, name := range lists {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := mutant.Parse(content)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, list...)
	}
	return out
}

func judge(t *testing.T, m mutant.Mutant, tree mutant.Tree) string {
	t.Helper()
	broken, err := m.Apply(tree)
	if err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	result, err := validate.Repository(mapFS(broken), validate.Options{})
	if err != nil {
		return "error: " + err.Error()
	}
	severities(t, result.Findings)
	var left diag.Findings
	for _, f := range result.Findings {
		if f.Severity != diag.Info {
			left = append(left, f)
		}
	}
	var notes []string
	for _, want := range m.Want {
		line, err := want.At(broken[want.File])
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		i := slices.IndexFunc(left, func(f diag.Finding) bool {
			return f.Rule == want.Rule && string(f.Severity) == want.Severity && f.File == want.File && (line == 0 || f.Line == line)
		})
		if i < 0 {
			notes = append(notes, fmt.Sprintf("lacks %s %s in %s", want.Severity, want.Rule, want.File))
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, f := range left {
		notes = append(notes, fmt.Sprintf("extra %s %s in %s", f.Severity, f.Rule, f.File))
	}
	return strings.Join(notes, "; ")
}

// parts are what of a cloud's folder is broken and judged.
var parts = []string{"clusters", "platform", "infrastructure", "applications", ".github", "cloud.cue", "lvsgen.lock"}

func readTree(t *testing.T, cloud string) mutant.Tree {
	t.Helper()
	tree, err := mutant.Read(os.DirFS(filepath.Join("../..", filepath.FromSlash(cloud))), parts...)
	if err != nil || len(tree) == 0 {
		t.Fatalf("cloud %s: %d files, %v", cloud, len(tree), err)
	}
	return tree
}

func mapFS(tree mutant.Tree) fstest.MapFS {
	out := fstest.MapFS{}
	for name, content := range tree {
		out[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return out
}

// TestHealthyClouds holds that nothing is said about the clouds of this repository.
func TestHealthyClouds(t *testing.T) {
	for _, cloud := range clouds(t) {
		result, err := validate.Repository(mapFS(readTree(t, cloud)), validate.Options{})
		if err != nil {
			t.Errorf("%s: %v", cloud, err)
			continue
		}
		if result.Objects < 50 {
			t.Errorf("%s: only %d objects were looked at", cloud, result.Objects)
		}
		for _, f := range result.Findings {
			if f.Severity != diag.Info {
				t.Errorf("%s: false finding: %s: %s %s [%s]", cloud, f.Position, f.Severity, f.Message, f.Rule)
			}
		}
	}
}

func clouds(t *testing.T) []string {
	t.Helper()
	out := []string{"."}
	for _, pattern := range []string{"test/clouds/*", "examples/*"} {
		names, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			out = append(out, strings.TrimPrefix(filepath.ToSlash(name), "../../"))
		}
	}
	return out
}

package validate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint/mutant"
	"github.com/lvs-cloud/lvsgen/gen/validate"
)

// blindDir holds a second list of mutants, written without a look at the rules or at the first list: what it shows is how
// general the rules are.
const blindDir = "../lint/testdata/blind"

// TestBlind runs the second list and the healthy edits, and compares what comes with result.txt, so that a change of it is
// seen.
func TestBlind(t *testing.T) {
	trees := map[string]mutant.Tree{}
	var lines, counts []string
	for _, group := range []string{"reads", "schemas", "wiring", "order", "image-automation", "charts"} {
		list := blindList(t, group)
		seen, near := 0, 0
		for _, m := range list {
			note := blindJudge(t, m, blindTree(t, trees, m.Cloud))
			switch {
			case strings.HasPrefix(note, "seen"):
				seen++
			case strings.HasPrefix(note, "near"):
				near++
			}
			lines = append(lines, group+"/"+m.Name+": "+note)
		}
		counts = append(counts, fmt.Sprintf("# %s: %d of %d seen, %d near", group, seen, len(list), near))
	}
	healthy := blindHealthy(t)
	silent := 0
	for _, m := range healthy {
		note := blindSilent(t, m, blindTree(t, trees, m.Cloud))
		if note == "silent" {
			silent++
		}
		lines = append(lines, "healthy/"+m.Name+": "+note)
	}
	counts = append(counts, fmt.Sprintf("# healthy: %d of %d silent", silent, len(healthy)))
	t.Log("\n" + strings.Join(counts, "\n"))
	text := strings.Join(append(counts, lines...), "\n") + "\n"
	file := filepath.Join(blindDir, "result.txt")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("what is reported changed (go test -run TestBlind -update rewrites the list):\n%s", difference(string(want), text))
	}
}

// blindJudge says whether the wanted findings came, what came in their place, and what came beside them.
func blindJudge(t *testing.T, m mutant.Mutant, tree mutant.Tree) string {
	t.Helper()
	broken, left, failed := blindRun(t, m, tree)
	if failed != "" {
		return "missed: " + failed
	}
	var notes []string
	verdict := "near"
	for _, want := range m.Want {
		content, there := broken[want.File]
		if !there {
			t.Fatalf("%s: the broken cloud has no %s", m.Name, want.File)
		}
		line, err := want.At(content)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		i := slices.IndexFunc(left, func(f diag.Finding) bool {
			return f.Rule == want.Rule && string(f.Severity) == want.Severity && f.File == want.File && (line == 0 || f.Line == line)
		})
		if i < 0 {
			notes = append(notes, fmt.Sprintf("lacks %s %s at %s:%d", want.Severity, want.Rule, want.File, line))
			if !slices.ContainsFunc(left, func(f diag.Finding) bool { return nearby(f, want, line) }) {
				verdict = "missed"
			}
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	switch {
	case len(notes) > 0 && len(left) > 0:
		return verdict + ": " + strings.Join(notes, "; ") + "; came: " + describe(left)
	case len(notes) > 0:
		return verdict + ": " + strings.Join(notes, "; ") + "; nothing came"
	case len(left) > 0:
		return "seen; extra: " + describe(left)
	}
	return "seen"
}

// nearby is a finding that leads to the same place: the wanted file, and the wanted rule or line.
func nearby(f diag.Finding, want mutant.Finding, line int) bool {
	return f.File == want.File && (f.Rule == want.Rule || line > 0 && f.Line == line)
}

// blindSilent says what is reported about an edit that breaks nothing.
func blindSilent(t *testing.T, m mutant.Mutant, tree mutant.Tree) string {
	t.Helper()
	_, left, failed := blindRun(t, m, tree)
	switch {
	case failed != "":
		return "false: " + failed
	case len(left) > 0:
		return "false: " + describe(left)
	}
	return "silent"
}

// blindRun gives the edited tree and the errors and warnings about it.
func blindRun(t *testing.T, m mutant.Mutant, tree mutant.Tree) (mutant.Tree, diag.Findings, string) {
	t.Helper()
	edited, err := m.Apply(tree)
	if err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	result, err := validate.Repository(mapFS(edited), validate.Options{})
	if err != nil {
		return nil, nil, "error: " + err.Error()
	}
	var left diag.Findings
	for _, f := range result.Findings {
		if f.Severity != diag.Info {
			left = append(left, f)
		}
	}
	return edited, left, ""
}

func describe(findings diag.Findings) string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%s %s at %s:%d", f.Severity, f.Rule, f.File, f.Line))
	}
	return strings.Join(out, ", ")
}

func blindTree(t *testing.T, trees map[string]mutant.Tree, cloud string) mutant.Tree {
	t.Helper()
	if trees[cloud] == nil {
		trees[cloud] = readTree(t, cloud)
	}
	return trees[cloud]
}

func blindList(t *testing.T, group string) []mutant.Mutant {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(blindDir, group+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := mutant.Parse(content)
	if err != nil {
		t.Fatalf("%s: %v", group, err)
	}
	return list
}

// blindHealthy reads the edits that want nothing.
func blindHealthy(t *testing.T) []mutant.Mutant {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(blindDir, "healthy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := mutant.ParseHealthy(content)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

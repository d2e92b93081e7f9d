package conform_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/apis"
	"github.com/lvs-cloud/lvsgen/gen/conform"
	"github.com/lvs-cloud/lvsgen/test/verdicts"
)

// TestVerdicts holds the judge to what a real API server said, on every case
// that testdata/disagreements.txt does not name with a reason. A disagreement
// that is gone must leave that list.
func TestVerdicts(t *testing.T) {
	cases, err := verdicts.Load("testdata/verdicts")
	if err != nil {
		t.Fatal(err)
	}
	known := disagreements(t)
	judge := conform.New(apis.Embedded(), conform.Targets{"kubernetes": "1.36", "flux": "2.9"}, nil)
	for _, c := range cases {
		differs := compare(t, judge, c)
		reason, expected := known[c.Name]
		delete(known, c.Name)
		switch {
		case differs != "" && !expected:
			t.Errorf("%s: %s: %s; the server says %q", c.File, c.Name, differs, c.Server)
		case differs == "" && expected:
			t.Errorf("%s: %s agrees now, and is listed as a disagreement: %s", c.File, c.Name, reason)
		}
	}
	for name := range known {
		t.Errorf("testdata/disagreements.txt names %q, which is no case", name)
	}
}

// by are the sorts as the cases call them.
var by = map[conform.Sort]string{
	conform.Unknown: verdicts.UnknownField, conform.Invalid: verdicts.InvalidField, conform.Contradictory: verdicts.InvalidObject,
}

// compare says how the judge differs from the case, "" if it does not.
func compare(t *testing.T, judge *conform.Judge, c verdicts.Case) string {
	t.Helper()
	data, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	verdict := judge.Judge(fields)
	var said []string
	for _, p := range verdict.Problems {
		said = append(said, fmt.Sprintf("%s at %s: %s", by[p.Sort], p.Field(), p.Message))
	}
	matches := func(p conform.Problem) bool { return by[p.Sort] == c.By && near(p.Field(), c.Path) }
	switch {
	case !verdict.Known:
		return "the kind is not known"
	case c.Verdict == verdicts.Accepted && len(said) > 0:
		return "accepted, but: " + strings.Join(said, "; ")
	case c.Verdict == verdicts.Refused && len(said) == 0:
		return "refused by " + c.By + " at " + c.Path + ", but nothing is found"
	case c.Verdict == verdicts.Refused && !slices.ContainsFunc(verdict.Problems, matches):
		return "refused by " + c.By + " at " + c.Path + ", but: " + strings.Join(said, "; ")
	}
	return ""
}

// near says whether one path is the other, or holds it.
func near(a, b string) bool {
	x, y := parts(a), parts(b)
	n := min(len(x), len(y))
	return slices.Equal(x[:n], y[:n])
}

func parts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".[]", r) })
}

// disagreements reads lines of "name: reason".
func disagreements(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/disagreements.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Fatalf("testdata/disagreements.txt: %q has no reason", line)
		}
		known[name] = reason
	}
	return known
}

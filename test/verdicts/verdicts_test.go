package verdicts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const repository = "../.."

// The sums on the page are those of the files, and every answer is recorded.
func TestCases(t *testing.T) {
	cases, err := Load(filepath.Join(repository, "gen/conform/testdata/verdicts"))
	if err != nil {
		t.Fatal(err)
	}
	count, lost := map[string]int{}, 0
	for _, c := range cases {
		count[c.Verdict]++
		count[c.By]++
		if strings.HasPrefix(c.Flux, Accepted) && c.By == UnknownField {
			lost++
		}
		if c.Server == "" {
			t.Errorf("%s: %s: no server was asked; go test -tags accept -run TestVerdicts ./test/accept -update", c.File, c.Name)
		}
	}
	page, err := os.ReadFile(filepath.Join(repository, "docs/validation.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("%d objects: %d accepted, %d refused", len(cases), count[Accepted], count[Refused]),
		fmt.Sprintf("%d for an unknown field, %d for the value of one field, %d as a whole", count[UnknownField], count[InvalidField], count[InvalidObject]),
		fmt.Sprintf("%d of the %d objects with an unknown field", lost, count[UnknownField]),
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/validation.md lacks %q", want)
		}
	}
}

func TestRecord(t *testing.T) {
	const before = "# Services.\n---\n# Why.\nname: a\nverdict: accepted\nserver: \"old\"\nflux: \"old\"\nobject:\n  kind: A\n  # kept\n---\nname: b\nverdict: refused\nby: unknown-field\npath: spec.x\nobject:\n  kind: B\n  server: kept\n"
	const after = "# Services.\n---\n# Why.\nname: a\nverdict: accepted\nserver: \"accepted\"\nobject:\n  kind: A\n  # kept\n---\nname: b\nverdict: refused\nby: unknown-field\npath: spec.x\nserver: \"no \\\"x\\\": here\"\nflux: \"accepted\"\nobject:\n  kind: B\n  server: kept\n"
	dir := t.TempDir()
	file := filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Record(dir, map[string]Answer{"a": {Server: "accepted"}, "b": {Server: `no "x": here`, Flux: "accepted"}}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != after {
		t.Errorf("got\n%s\nwant\n%s", data, after)
	}
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 2 || cases[1].Server != `no "x": here` || cases[1].By != UnknownField {
		t.Errorf("read %+v", cases)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := map[string]string{
		"has no name":             "verdict: accepted\nobject: {kind: A}\n",
		"has no object":           "name: a\nverdict: accepted\n",
		"is accepted and has":     "name: a\nverdict: accepted\nby: unknown-field\nobject: {kind: A}\n",
		"has no path":             "name: a\nverdict: refused\nby: unknown-field\nobject: {kind: A}\n",
		`is refused by "taste"`:   "name: a\nverdict: refused\nby: taste\npath: x\nobject: {kind: A}\n",
		`has the verdict "maybe"`: "name: a\nverdict: maybe\nobject: {kind: A}\n",
		"field verdickt not":      "name: a\nverdickt: accepted\nobject: {kind: A}\n",
		"is in a.yaml too":        "name: a\nverdict: accepted\nobject: {kind: A}\n---\nname: a\nverdict: accepted\nobject: {kind: A}\n",
		"no case in":              "",
	}
	for want, text := range tests {
		t.Run(want, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

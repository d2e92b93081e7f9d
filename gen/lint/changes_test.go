package lint_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/lint/mutant"
)

var inTable = regexp.MustCompile(`(?m)^\| ([a-z][a-z-]+) \|`)

// TestChangesApply holds that every change of the lists about changes still fits the clouds of today, that the place to report
// is there after it, and that README.md tells of each rule.
func TestChangesApply(t *testing.T) {
	page, err := os.ReadFile("testdata/changes/README.md")
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, m := range inTable.FindAllStringSubmatch(string(page), -1) {
		left[m[1]] = true
	}
	delete(left, "rule")
	rules := map[string]bool{}
	for rule := range left {
		rules[rule] = true
	}
	clouds, seen := map[string]mutant.Tree{}, map[string]bool{}
	for _, list := range []struct {
		file  string
		parse func([]byte) ([]mutant.Mutant, error)
		least int
	}{{"changes.yaml", mutant.Parse, 30}, {"healthy.yaml", mutant.ParseHealthy, 10}} {
		content, err := os.ReadFile("testdata/changes/" + list.file)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := list.parse(content)
		if err != nil || len(changes) < list.least {
			t.Fatalf("%s: %d changes, %v", list.file, len(changes), err)
		}
		for _, m := range changes {
			if seen[m.Name] {
				t.Errorf("%s is there twice", m.Name)
			}
			seen[m.Name] = true
			if clouds[m.Cloud] == nil {
				clouds[m.Cloud] = cloud(t, m.Cloud)
			}
			after, err := m.Apply(clouds[m.Cloud])
			if err != nil {
				t.Errorf("%s: %v", m.Name, err)
				continue
			}
			for _, want := range m.Want {
				delete(left, want.Rule)
				if !rules[want.Rule] {
					t.Errorf("%s: README.md does not tell of %s", m.Name, want.Rule)
				}
				if content, there := after[want.File]; !there {
					t.Errorf("%s: there is no %s after the change", m.Name, want.File)
				} else if _, err := want.At(content); err != nil {
					t.Errorf("%s: %v", m.Name, err)
				}
			}
		}
	}
	for rule := range left {
		t.Errorf("no change is for %s", rule)
	}
}

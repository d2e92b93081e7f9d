package lint_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/lint/mutant"
)

var inTable = regexp.MustCompile(`(?m)^\| ([a-z][a-z0-9-]+) \|`)

// TestListsApply holds that what the lists without rules of today break still fits the clouds, that the place to report is
// there after it, and that README.md tells of each rule.
func TestListsApply(t *testing.T) {
	for folder, least := range map[string]int{"changes": 30, "planned": 1} {
		t.Run(folder, func(t *testing.T) { listsApply(t, "testdata/"+folder, least) })
	}
}

func listsApply(t *testing.T, folder string, least int) {
	page, err := os.ReadFile(folder + "/README.md")
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
	lists, err := filepath.Glob(folder + "/*.yaml")
	if err != nil || len(lists) < 2 {
		t.Fatalf("%d lists, %v", len(lists), err)
	}
	for _, list := range lists {
		content, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		parse, least := mutant.Parse, least
		if filepath.Base(list) == "healthy.yaml" {
			parse, least = mutant.ParseHealthy, 10
		}
		changes, err := parse(content)
		if err != nil || len(changes) < least {
			t.Fatalf("%s: %d changes, %v", list, len(changes), err)
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

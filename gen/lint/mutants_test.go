package lint_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/lvs-cloud/lvsgen/gen/lint/mutant"
)

// groups are the lists, and the headings of rules.txt.
var groups = []string{"reads", "schemas", "wiring", "order", "image-automation", "charts"}

// trees are what a mutant may change in each cloud: the inputs, what is rendered from them, and nothing of the tool.
var trees = []string{".github", "applications", "clusters", "cloud.cue", "infrastructure", "platform", ".sops.yaml"}

// TestMutantsApply holds that every mutant still breaks the cloud of today: its edits fit, and the place that it wants to
// be reported is there.
func TestMutantsApply(t *testing.T) {
	clouds := map[string]mutant.Tree{}
	for group, list := range load(t) {
		for _, m := range list {
			t.Run(group+"/"+m.Name, func(t *testing.T) {
				if clouds[m.Cloud] == nil {
					clouds[m.Cloud] = cloud(t, m.Cloud)
				}
				broken, err := m.Apply(clouds[m.Cloud])
				if err != nil {
					t.Fatal(err)
				}
				for _, want := range m.Want {
					content, there := broken[want.File]
					if !there {
						t.Errorf("the broken cloud has no %s", want.File)
					} else if _, err := want.At(content); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// TestMutantsBreakOneThing holds that YAML stays YAML where something else is to be found, and is none where that is to be
// found.
func TestMutantsBreakOneThing(t *testing.T) {
	clouds := map[string]mutant.Tree{".": cloud(t, "."), "test/clouds/everything": cloud(t, "test/clouds/everything")}
	for _, list := range load(t) {
		for _, m := range list {
			broken, err := m.Apply(clouds[m.Cloud])
			if err != nil {
				t.Fatal(m.Name, err)
			}
			want := m.Want[0].Rule
			if want == "conflict-markers" || want == "cloud-init-syntax" {
				continue // conflict markers stand in scalars too, and cloud-init reads more than YAML
			}
			for name, content := range broken {
				if content == clouds[m.Cloud][name] || path.Ext(name) != ".yaml" || strings.Contains(name, "/templates/") {
					continue
				}
				err := parse(content)
				if wanted := want == "yaml-syntax" && name == m.Want[0].File; wanted != (err != nil) {
					t.Errorf("%s: %s: %v", m.Name, name, err)
				}
			}
		}
	}
}

// parse reads all documents of a file.
func parse(content string) error {
	for documents := yaml.NewDecoder(strings.NewReader(content)); ; {
		var document map[string]any
		if err := documents.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestMutantsAreComplete holds names, rules and numbers: every rule is wanted, and there are enough mutants.
func TestMutantsAreComplete(t *testing.T) {
	known := rules(t)
	wanted, names, edits := map[string]int{}, map[string]bool{}, map[string]string{}
	total := 0
	for group, list := range load(t) {
		total += len(list)
		for _, m := range list {
			if names[m.Name] {
				t.Errorf("%s: a second mutant of this name", m.Name)
			}
			names[m.Name] = true
			key := fmt.Sprint(m.Cloud, signature(m))
			if twin, taken := edits[key]; taken {
				t.Errorf("%s makes the same change as %s", m.Name, twin)
			}
			edits[key] = m.Name
			for i, want := range m.Want {
				of, there := known[want.Rule]
				if !there {
					t.Errorf("%s: unknown rule %q", m.Name, want.Rule)
				} else if i == 0 && of != group {
					t.Errorf("%s: rule %s belongs to %s", m.Name, want.Rule, of)
				}
				wanted[want.Rule]++
			}
		}
	}
	if total < 150 {
		t.Errorf("only %d mutants", total)
	}
	for rule := range known {
		if wanted[rule] == 0 {
			t.Errorf("no mutant wants %s", rule)
		}
	}
}

// TestValidationPage holds the counts of docs/validation.md against the lists.
func TestValidationPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/validation.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	_, section, _ := strings.Cut(string(page), "\n## Mutants\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| ---") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{"| class | " + strings.Join(groups, " | ") + " | all |"}
	lists, classes := load(t), map[string]bool{}
	for _, list := range lists {
		for _, m := range list {
			classes[m.Class] = true
		}
	}
	names := make([]string, 0, len(classes))
	for class := range classes {
		names = append(names, class)
	}
	slices.Sort(names)
	for _, class := range names {
		want = append(want, row(class, lists, func(m mutant.Mutant) bool { return m.Class == class }))
	}
	want = append(want, row("all", lists, func(mutant.Mutant) bool { return true }))
	if !slices.Equal(got, want) {
		t.Errorf("the table of docs/validation.md must be\n%s", strings.Join(want, "\n"))
	}
}

// row counts the mutants of each list that are meant.
func row(name string, lists map[string][]mutant.Mutant, meant func(mutant.Mutant) bool) string {
	out, all := "| "+name, 0
	for _, group := range groups {
		n := 0
		for _, m := range lists[group] {
			if meant(m) {
				n++
			}
		}
		all += n
		out += fmt.Sprintf(" | %d", n)
	}
	return out + fmt.Sprintf(" | %d |", all)
}

// signature tells the changes of two mutants apart.
func signature(m mutant.Mutant) string {
	var out strings.Builder
	for _, e := range m.Edits {
		created := "absent"
		if e.Create != nil {
			created = *e.Create
		}
		fmt.Fprintf(&out, "%q %v %q %q %v %q %q %q\n", e.File, e.Delete, e.Replace, e.With, e.All, created, e.Append, e.Move)
	}
	return out.String()
}

func load(t *testing.T) map[string][]mutant.Mutant {
	t.Helper()
	files, err := filepath.Glob("testdata/mutants/*.yaml")
	if err != nil || len(files) != len(groups) {
		t.Fatalf("%v %v: want one list a group", files, err)
	}
	out := map[string][]mutant.Mutant{}
	for _, group := range groups {
		data, err := os.ReadFile(filepath.Join("testdata/mutants", group+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if out[group], err = mutant.Parse(data); err != nil {
			t.Fatalf("%s: %v", group, err)
		}
	}
	return out
}

// rules gives the group of each rule.
func rules(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/mutants/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, group := map[string]string{}, ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if heading, is := strings.CutPrefix(line, "# "); is {
			group = heading
			if !slices.Contains(groups, group) {
				t.Fatalf("rules.txt: unknown group %q", group)
			}
			continue
		}
		if out[line] != "" {
			t.Fatalf("rules.txt: %s is there twice", line)
		}
		out[line] = group
	}
	return out
}

func cloud(t *testing.T, dir string) mutant.Tree {
	t.Helper()
	tree, err := mutant.Read(os.DirFS(filepath.Join("../..", filepath.FromSlash(dir))), trees...)
	if err != nil {
		t.Fatal(err)
	}
	if tree[path.Join("clusters", "prod", "kustomization.yaml")] == "" {
		t.Fatalf("%s is no cloud", dir)
	}
	return tree
}

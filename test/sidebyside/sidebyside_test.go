package sidebyside

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/lint/mutant"
)

var update = flag.Bool("update", false, "rewrite testdata/seen.txt")

const (
	repository = "../.."
	golden     = "testdata/seen.txt"
)

// groups are the lists of mutants, in the order of the rules' groups.
var groups = []string{"reads", "schemas", "wiring", "order", "image-automation", "charts"}

// TestSeen holds what each tool sees of each mutant: a message, anywhere, that it does not give for the cloud that is right.
// Where the message stands, and whether it names the cause, does not count here; for lvsgen both do.
func TestSeen(t *testing.T) {
	c := newCheckers(t)
	trees, healthy := map[string]mutant.Tree{}, map[string]messages{}
	missed := missedByLvsgen(t)
	var lines, table []string
	all := newRow("all")
	for _, group := range groups {
		row := newRow(group)
		for _, m := range list(t, group) {
			cloud := m.Cloud
			if trees[cloud] == nil {
				trees[cloud] = read(t, cloud)
				healthy[cloud] = c.run(t, trees[cloud])
			}
			broken, err := m.Apply(trees[cloud])
			if err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			said := c.run(t, broken)
			seen := newBy(said, healthy[cloud])
			row.add(seen, !missed[m.Name])
			all.add(seen, !missed[m.Name])
			if len(seen) == 0 {
				seen = []string{"none"}
			}
			lines = append(lines, fmt.Sprintf("%s/%s: %s", group, m.Name, strings.Join(seen, " ")))
		}
		table = append(table, row.String())
	}
	text := strings.Join(append(append(table, all.String(), ""), lines...), "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("what the tools see changed (go test ./... -update rewrites %s):\n%s", golden, difference(string(want), text))
	}
	page, err := os.ReadFile(repository + "/docs/validation.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range append(table, all.String()) {
		if !strings.Contains(string(page), row+"\n") {
			t.Errorf("docs/validation.md lacks the row\n%s", row)
		}
	}
}

// TestReferenceCloud holds that the tools say nothing of the reference cloud: what they say of a mutant is about the mutant.
func TestReferenceCloud(t *testing.T) {
	said := newCheckers(t).run(t, read(t, "."))
	for _, tool := range tools {
		for message := range said[tool] {
			t.Errorf("%s: %s", tool, message)
		}
	}
}

// newBy gives the tools that say something of the broken cloud that they do not say of the other.
func newBy(said, before messages) []string {
	var out []string
	for _, tool := range tools {
		for message := range said[tool] {
			if !before[tool][message] {
				out = append(out, tool)
				break
			}
		}
	}
	return out
}

// row counts the mutants of a group.
type row struct {
	name            string
	by              map[string]int
	any, lvsgen, of int
}

func newRow(name string) *row { return &row{name: name, by: map[string]int{}} }

func (r *row) add(seen []string, lvsgen bool) {
	r.of++
	for _, tool := range seen {
		r.by[tool]++
	}
	if len(seen) > 0 {
		r.any++
	}
	if lvsgen {
		r.lvsgen++
	}
}

func (r *row) String() string {
	cells := []string{r.name}
	for _, tool := range tools {
		cells = append(cells, fmt.Sprint(r.by[tool]))
	}
	return "| " + strings.Join(append(cells, fmt.Sprint(r.any), fmt.Sprint(r.lvsgen), fmt.Sprint(r.of)), " | ") + " |"
}

func list(t *testing.T, group string) []mutant.Mutant {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(repository, "gen/lint/testdata/mutants", group+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := mutant.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// missedByLvsgen are the mutants that lvsgen does not report as they should be: right rule, severity, file and line.
func missedByLvsgen(t *testing.T) map[string]bool {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(repository, "gen/validate/testdata/missed.txt"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for line := range strings.Lines(string(content)) {
		name, _, _ := strings.Cut(line, ":")
		out[name] = true
	}
	return out
}

func read(t *testing.T, cloud string) mutant.Tree {
	t.Helper()
	tree, err := mutant.Read(os.DirFS(filepath.Join(repository, filepath.FromSlash(cloud))), "clusters", "platform", "infrastructure", "applications", ".github")
	if err != nil || len(tree) == 0 {
		t.Fatalf("%s: %d files, %v", cloud, len(tree), err)
	}
	return tree
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

package apply

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/plan"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// app is one app of a made-up cloud, with what the tests change about it.
type app struct {
	name     string
	version  string // image.version in the inputs
	replicas int
	moved    bool // its values live in another directory
	pinned   bool // no marker
}

type cloud []app

// with gives the cloud with one app added or replaced; a nil change removes it.
func (c cloud) with(name string, change func(*app)) cloud {
	out := slices.Clone(c)
	i := slices.IndexFunc(out, func(a app) bool { return a.name == name })
	switch {
	case change == nil:
		return slices.Delete(out, i, i+1)
	case i < 0:
		out = append(out, app{name: name, version: "1.0.0", replicas: 1})
		i = len(out) - 1
	}
	change(&out[i])
	slices.SortFunc(out, func(a, b app) int { return strings.Compare(a.name, b.name) })
	return out
}

func apps(names ...string) cloud {
	var c cloud
	for _, n := range names {
		c = c.with(n, func(*app) {})
	}
	return c
}

func (a app) valuesPath() string {
	if a.moved {
		return "applications/" + a.name + "/config/prod/values.yaml"
	}
	return "applications/" + a.name + "/values.yaml"
}

// render gives the cloud's files: per app a file with markers, two without, one that can hold no header and a script;
// and one file that lists all apps.
func (c cloud) render(t testing.TB) *tree.Tree {
	t.Helper()
	out := &tree.Tree{}
	add := func(path, source, content string) {
		if err := out.Add(tree.File{Path: path, Source: source, Writer: "test", Content: []byte(content)}); err != nil {
			t.Fatal(err)
		}
	}
	list := "resources:\n"
	for _, a := range c {
		dir, source := "applications/"+a.name, "applications/"+a.name+"/app.cue"
		mark := func(part string) string { return fmt.Sprintf(` # {"$imagepolicy": "apps:%s:%s"}`, a.name, part) }
		if a.pinned {
			mark = func(string) string { return "" }
		}
		add(a.valuesPath(), source, fmt.Sprintf("replicas: %d\nimage:\n  repository: r.example.org/%s%s\n  tag: \"%s\"%s\nport: 80\n",
			a.replicas, a.name, mark("name"), a.version, mark("tag")))
		add(dir+"/helmrelease.yaml", source, fmt.Sprintf("kind: HelmRelease\nname: %s\nreplicas: %d\n", a.name, a.replicas))
		add(dir+"/chart/Chart.yaml", source, "name: "+a.name+"\n")
		add(dir+"/chart/templates/NOTES.txt", source, "Welcome to "+a.name+"\n")
		add(dir+"/run.sh", source, "echo "+a.name+"\n")
		list += "  - " + a.name + "\n"
	}
	add("clusters/prod/apps.yaml", "cloud.cue", list)
	return out
}

func (c cloud) seeds() map[string]string {
	out := map[string]string{}
	for _, a := range c {
		if !a.pinned {
			out["apps:"+a.name] = a.version
		}
	}
	return out
}

func (c cloud) options(adopt ...string) Options {
	return Options{Options: plan.Options{Adopt: adopt, Seeds: c.seeds(), Tool: lock.Tool{Version: "0.3.0", Schema: 1}}}
}

// write renders c into dir and fails when anything is refused.
func write(t testing.TB, dir string, c cloud, adopt ...string) *plan.Plan {
	t.Helper()
	r, err := Write(context.Background(), dir, c.render(t), c.options(adopt...))
	if err != nil {
		t.Fatal(err)
	}
	if r.Refused != nil {
		t.Fatalf("refused:\n%s", r.Refused.Error())
	}
	return r.Plan
}

// assertClean checks that a second run has nothing to do, and that no temporary file or empty directory is left.
func assertClean(t testing.TB, dir string, c cloud) {
	t.Helper()
	r, err := Check(context.Background(), dir, c.render(t), c.options())
	if err != nil {
		t.Fatal(err)
	}
	if r.Refused != nil || !r.Plan.Clean() {
		t.Errorf("not clean: %v %+v lock changed %v", r.Refused, r.Plan.Operations, r.Plan.LockChanged)
	}
	if err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == ".git" {
			return fs.SkipDir
		}
		if strings.HasPrefix(e.Name(), plan.TempPrefix) && len(e.Name()) == len(plan.TempName("x")) {
			t.Errorf("%s is left", path)
		}
		if e.IsDir() {
			if entries, err := os.ReadDir(path); err != nil || len(entries) == 0 {
				t.Errorf("%s is empty (%v)", path, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// snapshot gives all files below dir, without git's.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	if err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == ".git" {
			return fs.SkipDir
		}
		if e.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = string(content)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// restore makes a new directory with the given files.
func restore(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		put(t, dir, name, files[name])
	}
	return dir
}

func put(t testing.TB, dir, name, content string) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// edit replaces text in a file; the text must be there.
func edit(t testing.TB, dir, name, old, new string) {
	t.Helper()
	before := get(t, dir, name)
	if !strings.Contains(before, old) {
		t.Fatalf("%s has no %q:\n%s", name, old, before)
	}
	put(t, dir, name, strings.ReplaceAll(before, old, new))
}

// bump does what Flux does: it sets the tag in a file.
func bump(t testing.TB, dir string, a app, from, to string) {
	t.Helper()
	edit(t, dir, a.valuesPath(), `tag: "`+from+`"`, `tag: "`+to+`"`)
}

func (c cloud) app(name string) app {
	return c[slices.IndexFunc(c, func(a app) bool { return a.name == name })]
}

// assertFiles compares all files and names the first differences.
func assertFiles(t testing.TB, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if g, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
		} else if g != want[name] {
			t.Errorf("%s is\n%s\nwant\n%s", name, g, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is there", name)
		}
	}
}

package apply

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// assertTag checks the tag of an app on disk.
func assertTag(t *testing.T, dir string, a app, want string) {
	t.Helper()
	if got := get(t, dir, a.valuesPath()); !strings.Contains(got, `tag: "`+want+`"`) {
		t.Errorf("the tag is not %s:\n%s", want, got)
	}
}

func hasNote(notes diag.Findings, rule string, parts ...string) bool {
	for _, n := range notes {
		found := n.Rule == rule && n.Severity == diag.Info
		for _, part := range parts {
			found = found && strings.Contains(n.Message, part)
		}
		if found {
			return true
		}
	}
	return false
}

func TestTagBumpIsNoDrift(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	write(t, dir, c)
	for _, tag := range []string{"1.5.0", "1.5", "0.9.0-rc.1"} {
		edit(t, dir, "applications/shop/values.yaml", "tag: ", "tag: ") // the line is there
		content := get(t, dir, "applications/shop/values.yaml")
		_, rest, _ := strings.Cut(content, `tag: "`)
		old, _, _ := strings.Cut(rest, `"`)
		bump(t, dir, c.app("shop"), old, tag)
		r, err := Check(context.Background(), dir, c.render(t), c.options())
		if err != nil || r.Refused != nil || !r.Plan.Clean() {
			t.Errorf("tag %s: %v %+v", tag, err, r)
		}
	}
	// Another way to quote the same string is none of lvsgen's business; a number that loses its zero is.
	edit(t, dir, "applications/shop/values.yaml", `"0.9.0-rc.1"`, `'1.10'`)
	if p := write(t, dir, c); !p.Clean() {
		t.Errorf("%+v", p)
	}
	edit(t, dir, "applications/shop/values.yaml", `'1.10'`, `1.10`)
	write(t, dir, c)
	assertTag(t, dir, c.app("shop"), "1.10")
}

func TestTagSurvives(t *testing.T) {
	c := apps("blog", "shop")
	for name, change := range map[string]func(dir string, opts *Options) cloud{
		"render with other inputs": func(string, *Options) cloud { return c.with("shop", func(a *app) { a.replicas = 4 }) },
		"move of the file":         func(string, *Options) cloud { return c.with("shop", func(a *app) { a.moved = true }) },
		"another lvsgen":           func(_ string, o *Options) cloud { o.Tool = lock.Tool{Version: "1.0.0", Schema: 2}; return c },
		"loss of the lock": func(dir string, _ *Options) cloud {
			if err := os.Remove(filepath.Join(dir, lock.Name)); err != nil {
				t.Fatal(err)
			}
			return c
		},
		"removal of another app": func(string, *Options) cloud { return c.with("blog", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, c)
			bump(t, dir, c.app("shop"), "1.0.0", "1.7.0")
			opts := c.options()
			next := change(dir, &opts)
			opts.Seeds = next.seeds()
			for range 2 {
				r, err := Write(context.Background(), dir, next.render(t), opts)
				if err != nil || r.Refused != nil {
					t.Fatal(err, r)
				}
				assertTag(t, dir, next.app("shop"), "1.7.0")
			}
		})
	}
}

func TestVersionChangedInTheInputsWins(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	write(t, dir, c)
	bump(t, dir, c.app("shop"), "1.0.0", "1.7.0")
	next := c.with("shop", func(a *app) { a.version = "1.2.0"; a.moved = true })
	p := write(t, dir, next)
	assertTag(t, dir, next.app("shop"), "1.2.0")
	if !hasNote(p.Notes, "image-version-changed", `"1.7.0"`, `"1.2.0"`) {
		t.Errorf("notes %v", p.Notes)
	}
	// From then on Flux has it again.
	bump(t, dir, next.app("shop"), "1.2.0", "1.8.0")
	if p := write(t, dir, next); !p.Clean() || len(p.Notes) > 0 {
		t.Errorf("%+v", p)
	}
}

func TestRegistryChangedInTheInputsKeepsTheTag(t *testing.T) {
	render := func(registry string) *tree.Tree {
		tr := &tree.Tree{}
		if err := tr.Add(tree.File{Path: "x.yaml", Source: "x.cue", Writer: "test", Content: []byte("image: " + registry + `/shop:1.0.0 # {"$imagepolicy": "n:shop"}` + "\n")}); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	dir, opts := t.TempDir(), Options{}
	opts.Seeds = map[string]string{"n:shop": "1.0.0"}
	for _, step := range []struct{ registry, flux, want string }{
		{"a.example.org:5000", "", "a.example.org:5000/shop:1.0.0"},
		{"a.example.org:5000", "a.example.org:5000/shop:1.4.0@sha256:" + strings.Repeat("0", 64), "a.example.org:5000/shop:1.4.0@sha256:" + strings.Repeat("0", 64)},
		{"b.example.org", "", "b.example.org/shop:1.4.0@sha256:" + strings.Repeat("0", 64)},
	} {
		if step.flux != "" {
			edit(t, dir, "x.yaml", "a.example.org:5000/shop:1.0.0", step.flux)
		}
		if r, err := Write(context.Background(), dir, render(step.registry), opts); err != nil || r.Refused != nil {
			t.Fatal(err, r)
		}
		if got := get(t, dir, "x.yaml"); !strings.Contains(got, "image: "+step.want+" #") {
			t.Errorf("got %s, want %s", got, step.want)
		}
	}
}

func TestSeveralSeedsOfAMerge(t *testing.T) {
	for name, c := range map[string]struct{ lines, want string }{
		"one is the seed now": {"image apps:shop 0.9.0\nimage apps:shop 1.0.0\n", "1.7.0"},
		"none is":             {"image apps:shop 0.8.0\nimage apps:shop 0.9.0\n", "1.0.0"},
		"a run had not ended": {"image apps:shop -\n", "1.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cl := apps("shop")
			write(t, dir, cl)
			bump(t, dir, cl.app("shop"), "1.0.0", "1.7.0")
			edit(t, dir, lock.Name, "image apps:shop 1.0.0\n", c.lines)
			write(t, dir, cl)
			assertTag(t, dir, cl.app("shop"), c.want)
			assertClean(t, dir, cl)
		})
	}
}

func TestPinAndUnpin(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	write(t, dir, c)
	bump(t, dir, c.app("shop"), "1.0.0", "1.7.0")
	pinned := c.with("shop", func(a *app) { a.pinned = true; a.version = "1.6.0" })
	write(t, dir, pinned)
	assertTag(t, dir, pinned.app("shop"), "1.6.0")
	if strings.Contains(get(t, dir, lock.Name), "image ") {
		t.Error("the lock still has the seed")
	}
	write(t, dir, c)
	assertTag(t, dir, c.app("shop"), "1.0.0")
}

func TestInsaneValuesAreNotCarried(t *testing.T) {
	for _, bad := range []string{"", "a b", "-x", "${TAG}", strings.Repeat("1", 129), "1.0\\n", "1:2"} {
		dir := t.TempDir()
		c := apps("shop")
		write(t, dir, c)
		bump(t, dir, c.app("shop"), "1.0.0", bad)
		assertRefused(t, dir, c, "bad-image-value applications/shop/values.yaml")
		// The inputs can always say what it should be.
		write(t, dir, c.with("shop", func(a *app) { a.version = "1.0.1" }))
	}
	dir := t.TempDir()
	c := apps("shop")
	write(t, dir, c)
	edit(t, dir, "applications/shop/values.yaml", "r.example.org/shop", "UPPER/../shop")
	refused := assertRefused(t, dir, c, "bad-image-value applications/shop/values.yaml")
	if refused[0].Line != 4 {
		t.Errorf("position %v", refused[0].Position)
	}
}

func conflicted(ours, theirs string) string {
	return "<<<<<<< HEAD\n" + ours + "=======\n" + theirs + ">>>>>>> other\n"
}

func TestConflictInAnOwnedFile(t *testing.T) {
	tagLine := func(tag string) string { return `  tag: "` + tag + `" # {"$imagepolicy": "apps:shop:tag"}` + "\n" }
	for name, c := range map[string]struct{ ours, theirs, want string }{
		"theirs is newer":     {"1.9.0", "1.10.0", "1.10.0"},
		"ours is newer":       {"2.0.0", "1.10.0", "2.0.0"},
		"release candidate":   {"2.0.0-rc.1", "2.0.0", "2.0.0"},
		"not comparable":      {"main-abc", "1.10.0", "main-abc"},
		"theirs is no semver": {"1.0.0", "main-abc", "1.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cl := apps("shop")
			write(t, dir, cl)
			edit(t, dir, "applications/shop/values.yaml", tagLine("1.0.0"), conflicted(tagLine(c.ours), tagLine(c.theirs)))
			p := write(t, dir, cl)
			assertTag(t, dir, cl.app("shop"), c.want)
			if !hasNote(p.Notes, "image-values-differ", c.ours, c.theirs) && !hasNote(p.Notes, "image-values-differ", c.want) {
				t.Errorf("notes %v", p.Notes)
			}
			// Both sides are lvsgen's but for the tags: nothing of a person is in it.
			if _, err := os.Stat(filepath.Join(dir, "applications/shop/values.yaml.orig")); err == nil {
				t.Error("a copy is kept for nothing")
			}
			assertClean(t, dir, cl)
		})
	}
	t.Run("with a hand edit", func(t *testing.T) {
		dir := t.TempDir()
		cl := apps("shop")
		write(t, dir, cl)
		edit(t, dir, "applications/shop/values.yaml", "replicas: 1\n", conflicted("replicas: 8\n", "replicas: 9\n"))
		was := get(t, dir, "applications/shop/values.yaml")
		put(t, dir, "applications/shop/values.yaml.orig", "older")
		p := write(t, dir, cl)
		if get(t, dir, "applications/shop/values.yaml.orig") != "older" || get(t, dir, "applications/shop/values.yaml.orig.1") != was {
			t.Error("the copies are not both there")
		}
		if !hasNote(p.Notes, "kept-as-orig", "values.yaml.orig.1") {
			t.Errorf("notes %v", p.Notes)
		}
		assertClean(t, dir, cl)
	})
	t.Run("in a file of a person", func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "applications/shop/values.yaml", conflicted("a\n", "b\n"))
		assertRefused(t, dir, apps("shop"), "foreign-file applications/shop/values.yaml")
	})
	t.Run("several digests", func(t *testing.T) {
		dir := t.TempDir()
		cl := apps("shop")
		write(t, dir, cl)
		edit(t, dir, "applications/shop/helmrelease.yaml", "replicas: 1", "replicas: 77")
		was := get(t, dir, "applications/shop/helmrelease.yaml")
		put(t, dir, lock.Name, get(t, dir, lock.Name)+"file applications/shop/helmrelease.yaml 00000000000000000000000000000000\n")
		write(t, dir, cl)
		if get(t, dir, "applications/shop/helmrelease.yaml.orig") != was {
			t.Error("no copy is kept")
		}
		assertClean(t, dir, cl)
	})
}

func TestFilesThatDisagreeAboutATag(t *testing.T) {
	render := func() *tree.Tree {
		tr := &tree.Tree{}
		for _, name := range []string{"a.yaml", "b.yaml"} {
			content := `tag: "1.0.0" # {"$imagepolicy": "n:p:tag"}` + "\n" + `digest: "sha256:` + strings.Repeat("0", 64) + `" # {"$imagepolicy": "n:p:digest"}` + "\n"
			if err := tr.Add(tree.File{Path: name, Source: "x.cue", Writer: "test", Content: []byte(content)}); err != nil {
				t.Fatal(err)
			}
		}
		return tr
	}
	dir := t.TempDir()
	opts := Options{}
	if _, err := Write(context.Background(), dir, render(), opts); err != nil {
		t.Fatal(err)
	}
	edit(t, dir, "a.yaml", "1.0.0", "1.2.0")
	edit(t, dir, "a.yaml", strings.Repeat("0", 64), strings.Repeat("a", 64))
	edit(t, dir, "b.yaml", "1.0.0", "1.3.0")
	edit(t, dir, "b.yaml", strings.Repeat("0", 64), strings.Repeat("b", 64))
	want := get(t, dir, "b.yaml")
	r, err := Write(context.Background(), dir, render(), opts)
	if err != nil || r.Refused != nil {
		t.Fatal(err, r)
	}
	if get(t, dir, "a.yaml") != want || get(t, dir, "b.yaml") != want {
		t.Errorf("tag and digest are not of one image:\n%s\n%s", get(t, dir, "a.yaml"), get(t, dir, "b.yaml"))
	}
	if !hasNote(r.Plan.Notes, "image-values-differ", `"1.2.0"`, `"1.3.0"`) {
		t.Errorf("notes %v", r.Plan.Notes)
	}
}

func TestUnreadableFileDoesNotResetItsTag(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	write(t, dir, c)
	bump(t, dir, c.app("shop"), "1.0.0", "1.7.0")
	edit(t, dir, "applications/shop/values.yaml", "port: 80", "port: [")
	r, err := Write(context.Background(), dir, c.render(t), c.options("applications/shop/values.yaml"))
	if err != nil || len(r.Refused) != 1 || r.Refused[0].Rule != "unreadable-marker" {
		t.Fatalf("%v %+v", err, r)
	}
	edit(t, dir, "applications/shop/values.yaml", "port: [", "port: 81")
	write(t, dir, c, "applications/shop/values.yaml")
	assertTag(t, dir, c.app("shop"), "1.7.0")
}

package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/plan"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// assertRefused renders and expects exactly these refusals ("RULE PATH"), and that nothing was written.
func assertRefused(t *testing.T, dir string, c cloud, want ...string) diag.Findings {
	t.Helper()
	return assertTreeRefused(t, dir, c.render(t), c.options(), want...)
}

func assertTreeRefused(t *testing.T, dir string, tr *tree.Tree, opts Options, want ...string) diag.Findings {
	t.Helper()
	before := listing(t, dir)
	r, err := Write(context.Background(), dir, tr, opts)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Refused {
		got = append(got, f.Rule+" "+f.File)
		if f.Hint == "" && f.Rule != "not-a-directory" {
			t.Errorf("%s %s has no hint", f.Rule, f.File)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("refused %q\nwant %q\n%v", got, want, r.Refused)
	}
	if after := listing(t, dir); !slices.Equal(before, after) {
		t.Errorf("something was written:\n%s", strings.Join(after, "\n"))
	}
	return r.Refused
}

// listing gives every entry below dir with its mode and content, links not followed.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	if err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		text := path + " " + info.Mode().String()
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text += " " + string(content)
		}
		out = append(out, text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRenderTwiceChangesNothing(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop", "blog")
	p := write(t, dir, c)
	if len(p.Paths()) != 12 || !slices.Contains(p.Paths(), lock.Name) {
		t.Errorf("changed %q", p.Paths())
	}
	before := listing(t, dir)
	if p := write(t, dir, c); !p.Clean() {
		t.Errorf("%+v", p)
	}
	if after := listing(t, dir); !slices.Equal(before, after) {
		t.Error("the second run changed something")
	}
	assertClean(t, dir, c)
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	dir := t.TempDir()
	write(t, dir, apps("shop"))
	perm := func(name string) os.FileMode {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if script, other := perm("applications/shop/run.sh"), perm("applications/shop/values.yaml"); script&0o100 == 0 || other&0o111 != 0 {
		t.Errorf("modes %v and %v", script, other)
	}
	for _, mode := range []os.FileMode{0o600, 0o666} {
		if err := os.Chmod(filepath.Join(dir, "applications/shop/values.yaml"), mode); err != nil {
			t.Fatal(err)
		}
		write(t, dir, apps("shop").with("shop", func(a *app) { a.replicas = int(mode) }))
		if got := perm("applications/shop/values.yaml"); got != mode {
			t.Errorf("mode %v became %v", mode, got)
		}
	}
}

func TestForeignAndEditedFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	put(t, dir, "applications/shop/helmrelease.yaml", "kind: Mine\n")
	put(t, dir, "clusters/prod/apps.yaml", "kind: Mine\n")
	refused := assertRefused(t, dir, c, "foreign-file applications/shop/helmrelease.yaml", "foreign-file clusters/prod/apps.yaml")
	if !strings.Contains(refused[0].Hint, "`lvsgen render --adopt applications/shop/helmrelease.yaml`") {
		t.Errorf("hint %q", refused[0].Hint)
	}
	write(t, dir, c, "applications/shop/helmrelease.yaml", "./clusters/prod/apps.yaml")
	if get(t, dir, "applications/shop/helmrelease.yaml.orig") != "kind: Mine\n" {
		t.Error("no copy is kept")
	}
	// Edited, and rendered again, with the same and with other inputs.
	edit(t, dir, "applications/shop/helmrelease.yaml", "kind: HelmRelease", "kind: Edited")
	refused = assertRefused(t, dir, c, "hand-edited applications/shop/helmrelease.yaml")
	if !strings.Contains(refused[0].Hint, "put the change into applications/shop/app.cue") {
		t.Errorf("hint %q", refused[0].Hint)
	}
	edited := get(t, dir, "applications/shop/helmrelease.yaml")
	c = c.with("shop", func(a *app) { a.replicas = 3 })
	assertRefused(t, dir, c, "hand-edited applications/shop/helmrelease.yaml")
	write(t, dir, c, "applications/shop/helmrelease.yaml")
	if get(t, dir, "applications/shop/helmrelease.yaml.orig") != "kind: Mine\n" || get(t, dir, "applications/shop/helmrelease.yaml.orig.1") != edited {
		t.Error("the copies are not both there")
	}
	assertClean(t, dir, c)
}

func TestRightFilesAreAdoptedSilently(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	write(t, dir, c)
	bump(t, dir, c.app("shop"), "1.0.0", "1.5.0")
	if err := os.Remove(filepath.Join(dir, lock.Name)); err != nil {
		t.Fatal(err)
	}
	p := write(t, dir, c)
	if got := p.Paths(); !slices.Equal(got, []string{lock.Name}) {
		t.Errorf("changed %q", got)
	}
	if !strings.Contains(get(t, dir, c.app("shop").valuesPath()), `"1.5.0"`) {
		t.Error("the tag is lost with the lock")
	}
}

func TestDeleteNeedsThreeKeys(t *testing.T) {
	c := apps("blog", "shop")
	without := c.with("shop", nil)
	release, notes := "applications/shop/helmrelease.yaml", "applications/shop/chart/templates/NOTES.txt"
	start := func(t *testing.T) string {
		dir := t.TempDir()
		write(t, dir, c)
		return dir
	}
	t.Run("all there", func(t *testing.T) {
		dir := start(t)
		write(t, dir, without)
		if _, err := os.Stat(filepath.Join(dir, "applications/shop")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the directory is left: %v", err)
		}
		assertClean(t, dir, without)
	})
	t.Run("neighbours keep the directory", func(t *testing.T) {
		dir := start(t)
		put(t, dir, "applications/shop/src/main.go", "package main\n")
		write(t, dir, without)
		if got := slices.Sorted(maps.Keys(snapshot(t, dir))); !slices.Contains(got, "applications/shop/src/main.go") || slices.Contains(got, release) {
			t.Errorf("left %q", got)
		}
	})
	t.Run("edited", func(t *testing.T) {
		dir := start(t)
		edit(t, dir, notes, "Welcome", "Hello")
		assertRefused(t, dir, without, "hand-edited "+notes)
		write(t, dir, without, notes)
		if !strings.HasPrefix(get(t, dir, notes+".orig"), "Hello") {
			t.Error("no copy is kept")
		}
		assertClean(t, dir, without)
	})
	t.Run("no header", func(t *testing.T) {
		dir := start(t)
		// A lock that names a person's file with its digest is not enough.
		edit(t, dir, lock.Name, string(lock.DigestOf([]byte(get(t, dir, release)))), string(lock.DigestOf([]byte("kind: Mine\n"))))
		put(t, dir, release, "kind: Mine\n")
		refused := assertRefused(t, dir, without, "hand-edited "+release)
		if !strings.Contains(refused.Error(), "has no lvsgen header") {
			t.Error(refused)
		}
	})
	t.Run("not in the lock", func(t *testing.T) {
		dir := start(t)
		var kept []string
		for line := range strings.Lines(get(t, dir, lock.Name)) {
			if !strings.Contains(line, release) {
				kept = append(kept, line)
			}
		}
		put(t, dir, lock.Name, strings.Join(kept, ""))
		write(t, dir, without)
		if !strings.Contains(get(t, dir, release), "HelmRelease") {
			t.Error("it is gone")
		}
	})
	t.Run("bumped by Flux", func(t *testing.T) {
		dir := start(t)
		bump(t, dir, c.app("shop"), "1.0.0", "2.0.0")
		write(t, dir, without)
		assertClean(t, dir, without)
	})
	t.Run("gone already", func(t *testing.T) {
		dir := start(t)
		if err := os.RemoveAll(filepath.Join(dir, "applications/shop")); err != nil {
			t.Fatal(err)
		}
		write(t, dir, without)
		assertClean(t, dir, without)
	})
	t.Run("now a directory of a person", func(t *testing.T) {
		dir := start(t)
		if err := os.Remove(filepath.Join(dir, release)); err != nil {
			t.Fatal(err)
		}
		put(t, dir, release+"/x", "mine")
		write(t, dir, without)
		if get(t, dir, release+"/x") != "mine" {
			t.Error("it is touched")
		}
	})
}

func TestLineEndingsOfACheckoutAreNoEdit(t *testing.T) {
	dir := t.TempDir()
	c := apps("blog", "shop")
	write(t, dir, c)
	want := snapshot(t, dir)
	for name := range want {
		edit(t, dir, name, "\n", "\r\n")
	}
	write(t, dir, c)
	got := snapshot(t, dir)
	want[lock.Name] = got[lock.Name] // a lock with CRLF says the same and stays
	assertFiles(t, got, want)
	for name := range want {
		edit(t, dir, name, "\n", "\r\n")
	}
	write(t, dir, c.with("shop", nil))
	assertClean(t, dir, c.with("shop", nil))
}

func TestAdoptNamesMustBeOwned(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	put(t, dir, "mine.yaml", "a: b\n")
	assertTreeRefused(t, dir, c.render(t), c.options("mine.yaml", "applications/shop", "../x"),
		"nothing-to-adopt ../x", "nothing-to-adopt applications/shop", "nothing-to-adopt mine.yaml")
}

func TestLinksAreRefused(t *testing.T) {
	c := apps("shop")
	for name, link := range map[string]string{
		"file":                    "applications/shop/values.yaml",
		"directory":               "applications/shop/chart",
		"directory of everything": "applications",
	} {
		t.Run(name, func(t *testing.T) {
			outside := t.TempDir()
			put(t, outside, "values.yaml", "outside: true\n")
			put(t, outside, "shop/values.yaml", "outside: true\n")
			before := snapshot(t, outside)
			for _, target := range []string{outside, filepath.Join(outside, "values.yaml"), "nowhere"} {
				dir := t.TempDir()
				put(t, dir, link+"/../keep", "")
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, link)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
					t.Skipf("links cannot be made here: %v", err)
				}
				assertRefused(t, dir, c, "symlink "+link)
				r, err := Write(context.Background(), dir, c.render(t), c.options("applications/shop/values.yaml"))
				if err != nil || r.Refused == nil {
					t.Errorf("adopting goes through the link: %v", err)
				}
			}
			assertFiles(t, snapshot(t, outside), before)
		})
	}
	t.Run("to be deleted", func(t *testing.T) {
		dir, outside := t.TempDir(), t.TempDir()
		write(t, dir, c)
		if err := os.Rename(filepath.Join(dir, "applications/shop"), filepath.Join(outside, "shop")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(outside, "shop"), filepath.Join(dir, "applications/shop")); err != nil {
			t.Skipf("links cannot be made here: %v", err)
		}
		before := snapshot(t, outside)
		assertRefused(t, dir, cloud{}, "symlink applications/shop")
		assertFiles(t, snapshot(t, outside), before)
	})
	t.Run("lock", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Symlink("x", filepath.Join(dir, lock.Name)); err != nil {
			t.Skipf("links cannot be made here: %v", err)
		}
		assertRefused(t, dir, c, "lock-unreadable "+lock.Name)
	})
	t.Run("neighbour", func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "applications/shop/x", "")
		if err := os.Symlink("/", filepath.Join(dir, "applications/shop/link")); err != nil {
			t.Skipf("links cannot be made here: %v", err)
		}
		write(t, dir, c)
	})
}

func TestFilesAndDirectoriesInTheWay(t *testing.T) {
	c := apps("shop")
	dir := t.TempDir()
	put(t, dir, "applications/shop/values.yaml/x", "mine")
	put(t, dir, "applications/shop/chart", "mine")
	put(t, dir, "clusters", "mine")
	assertRefused(t, dir, c, "not-a-directory applications/shop/chart", "not-a-file applications/shop/values.yaml", "not-a-directory clusters")
}

func TestNamesThatDifferInCase(t *testing.T) {
	c := apps("shop")
	dir := t.TempDir()
	put(t, dir, "applications/shop/Values.yaml", "mine")
	put(t, dir, "Clusters/x", "mine")
	if _, err := os.Stat(filepath.Join(dir, "clusters")); err == nil {
		t.Skip("this file system does not tell case apart")
	}
	assertRefused(t, dir, c, "case-collision applications/shop/values.yaml", "case-collision clusters")
}

func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	tr := &tree.Tree{}
	good := []string{"a b/it's $(rm -rf).yaml", "-rf", "ü/日本.yaml", strings.Repeat("n", 240) + ".yaml", "\"q\".yaml", "#x.yaml", "tab\t.yaml", "* ?.yaml"}
	for _, name := range good {
		if err := tr.Add(tree.File{Path: name, Content: []byte("x: 1\n"), Source: "x.cue", Writer: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		r, err := Write(context.Background(), dir, tr, Options{})
		if err != nil || r.Refused != nil {
			t.Fatal(err, r)
		}
	}
	got := slices.Sorted(maps.Keys(snapshot(t, dir)))
	if want := slices.Sorted(slices.Values(append(good, lock.Name))); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	put(t, dir, good[0], "edited")
	refused := assertTreeRefused(t, dir, tr, Options{}, "hand-edited "+good[0])
	if want := `lvsgen render --adopt 'a b/it'\''s $(rm -rf).yaml'`; !strings.Contains(refused[0].Hint, want) {
		t.Errorf("hint %q", refused[0].Hint)
	}
	for _, name := range []string{"x/.GIT/config", "LVSGEN.lock", plan.TempPrefix + "x", "a\xff"} {
		tr := &tree.Tree{}
		if err := tr.Add(tree.File{Path: name, Writer: "test"}); err != nil {
			t.Fatal(err)
		}
		assertTreeRefused(t, dir, tr, Options{}, "unusable-path "+name)
	}
}

func TestPathsThatCannotStandSideBySide(t *testing.T) {
	tr := &tree.Tree{}
	for _, name := range []string{"a/Shop/x.yaml", "a/shop/y.yaml", "b/X.yaml", "b/x.yaml", "c/d", "c/d/e"} {
		if err := tr.Add(tree.File{Path: name, Writer: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	assertTreeRefused(t, t.TempDir(), tr, Options{}, "case-collision a/shop", "case-collision b/x.yaml", "not-a-directory c/d")
}

func TestDamagedLockIsRefused(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	write(t, dir, c)
	put(t, dir, lock.Name, get(t, dir, lock.Name)+"frob x\nfile ../../etc/passwd 00000000000000000000000000000000\n")
	assertRefused(t, dir, c, "lock-unreadable "+lock.Name, "lock-unreadable "+lock.Name)
}

// TestRunsDoNotInterleave starts many runs with two sets of inputs at once: what is left is what one of them renders.
func TestRunsDoNotInterleave(t *testing.T) {
	dir := t.TempDir()
	a, b := apps("api", "blog", "shop"), apps("blog", "crm").with("blog", func(x *app) { x.replicas = 7 })
	outcome := func(c cloud) map[string]string {
		d := t.TempDir()
		write(t, d, c)
		return snapshot(t, d)
	}
	var wg sync.WaitGroup
	errs := make(chan error, 20)
	for i := range 20 {
		c := []cloud{a, b}[i%2]
		tr := c.render(t)
		wg.Go(func() {
			r, err := Write(context.Background(), dir, tr, c.options())
			if err == nil && r.Refused != nil {
				err = r.Refused
			}
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	want := outcome(a)
	if _, ok := snapshot(t, dir)["applications/crm/values.yaml"]; ok {
		want = outcome(b)
	}
	assertFiles(t, snapshot(t, dir), want)
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	unlock, err := first.lock(context.Background(), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	opts := apps().options()
	opts.Waiting = cancel
	if _, err := Write(ctx, dir, &tree.Tree{}, opts); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	unlock()
	write(t, dir, nil)
}

func TestFileChangedDuringTheRun(t *testing.T) {
	dir := t.TempDir()
	c := apps("shop")
	write(t, dir, c)
	disk, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	next := c.with("shop", func(a *app) { a.replicas = 5 })
	result := makePlan(disk, next.render(t), next.options().Options)
	put(t, dir, "applications/shop/values.yaml", "saved: by an editor\n")
	if err := Apply(disk, result.Plan); !errors.Is(err, errChanged) || !strings.HasPrefix(err.Error(), "applications/shop/values.yaml: ") {
		t.Errorf("got %v", err)
	}
	if get(t, dir, "applications/shop/values.yaml") != "saved: by an editor\n" {
		t.Error("it is overwritten")
	}
}

// TestRandomHistories lets random inputs, Flux, people and upgrades of lvsgen change a repository. After every render it
// must be what a fresh render gives, but for the tags, which only Flux and the inputs set; nothing of people changes.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			m, c := inMemory(nil), cloud{}
			tags, mine := map[string]string{}, map[string]string{}
			opts := plan.Options{Tool: lock.Tool{Version: "0.3.0", Schema: 1}}
			for step := range 25 {
				name := fmt.Sprintf("app%d", rnd.IntN(5))
				exists := slices.ContainsFunc(c, func(a app) bool { return a.name == name })
				switch what := rnd.IntN(7); {
				case what == 0 && exists:
					c = c.with(name, nil)
					delete(tags, name)
				case what == 1 && exists:
					v := fmt.Sprintf("1.%d.0", rnd.IntN(9))
					if c.app(name).version != v {
						tags[name] = v
					}
					c = c.with(name, func(a *app) { a.version = v })
				case what == 2 && exists:
					c = c.with(name, func(a *app) { a.moved = !a.moved })
				case what == 3 && exists:
					tag := fmt.Sprintf("2.%d.%d", step, rnd.IntN(9))
					f := m.files[c.app(name).valuesPath()]
					f.content = []byte(strings.Replace(string(f.content), `tag: "`+tags[name]+`"`, `tag: "`+tag+`"`, 1))
					tags[name] = tag
				case what == 4:
					p := fmt.Sprintf("applications/%s/chart/mine%d.yaml", name, step)
					mine[p] = fmt.Sprint("mine ", step)
					if err := (&writer{disk: m, made: map[string]bool{".": true}}).carryOut(plan.Operation{Action: plan.Create, Path: p, Content: []byte(mine[p])}); err != nil {
						t.Fatal(err)
					}
				case what == 5:
					opts.Tool.Version = fmt.Sprintf("0.%d.0", 10+step)
				default:
					c = c.with(name, func(a *app) { a.replicas = rnd.IntN(9) })
					if !exists {
						tags[name] = "1.0.0"
					}
				}
				opts.Seeds = c.seeds()
				for range rnd.IntN(3) {
					if err := m.through(t, &faulty{left: rnd.IntN(20), err: errKilled, torn: true}, c); err != nil && !errors.Is(err, errKilled) {
						t.Fatal(err)
					}
				}
				r, err := planAndApply(m, c.render(t), opts)
				if err != nil || r.Refused != nil {
					t.Fatalf("step %d: %v %v", step, err, r.Refused)
				}
				want := maps.Clone(mine)
				tr := c.render(t)
				for _, p := range tr.Paths() {
					f, _ := tr.Get(p)
					want[p] = string(f.Content)
				}
				for _, a := range c {
					want[a.valuesPath()] = strings.Replace(want[a.valuesPath()], `tag: "`+a.version+`"`, `tag: "`+tags[a.name]+`"`, 1)
				}
				got := m.snapshot()
				delete(got, lock.Name)
				assertFiles(t, got, want)
				if again := makePlan(m, tr, opts); again.Plan == nil || !again.Plan.Clean() {
					t.Errorf("not clean: %+v", again)
				}
				if t.Failed() {
					t.Fatalf("at step %d", step)
				}
			}
		})
	}
}

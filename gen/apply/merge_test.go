package apply

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/lock"
)

// repo is a real git repository.
type repo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T, attributes string) repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := repo{t, t.TempDir()}
	r.git("init", "-q", "-b", "main")
	if attributes != "" {
		put(t, r.dir, ".gitattributes", attributes)
	}
	return r
}

// git runs a command with nothing of the machine's configuration.
func (r repo) git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "GIT_") }),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "LC_ALL=C",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org",
		"GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r repo) must(args ...string) {
	r.t.Helper()
	if out, err := r.git(args...); err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// commit renders c, lets change do something by hand, and commits all of it.
func (r repo) commit(c cloud, change func()) {
	r.t.Helper()
	write(r.t, r.dir, c)
	if change != nil {
		change()
	}
	r.must("add", "-A")
	r.must("commit", "-q", "--allow-empty", "-m", "x")
}

// TestMerge merges two branches with git and renders: whatever git left, the outcome is that of rendering the merged
// inputs, with the newest tags and without copies.
func TestMerge(t *testing.T) {
	base := apps("base", "mmm", "zebra")
	set := func(name, version string) func(*app) { return func(a *app) { a.version = version } }
	for name, c := range map[string]struct {
		left, right, merged cloud
		fluxLeft, fluxRight map[string]string // tags that Flux sets on a branch
		tags                map[string]string // what is right after the merge
	}{
		"apps on adjacent lines": {
			left: base.with("alpha", func(*app) {}), right: base.with("beta", func(*app) {}),
			merged: base.with("alpha", func(*app) {}).with("beta", func(*app) {}),
		},
		"apps far apart": {
			left: base.with("aaa", func(*app) {}), right: base.with("zzz", func(*app) {}),
			merged: base.with("aaa", func(*app) {}).with("zzz", func(*app) {}),
		},
		"an app between": {
			left: base.with("nnn", func(*app) {}), right: base.with("nnnn", func(*app) {}),
			merged: base.with("nnn", func(*app) {}).with("nnnn", func(*app) {}),
		},
		"the same app": {
			left: base.with("new", func(a *app) { a.replicas = 2 }), right: base.with("new", func(a *app) { a.replicas = 3 }),
			merged: base.with("new", func(a *app) { a.replicas = 3 }),
		},
		"the same change": {
			left: base.with("mmm", func(a *app) { a.replicas = 2 }), right: base.with("mmm", func(a *app) { a.replicas = 2 }),
			merged: base.with("mmm", func(a *app) { a.replicas = 2 }),
		},
		"two changes of one app": {
			left: base.with("mmm", func(a *app) { a.replicas = 2 }), right: base.with("mmm", func(a *app) { a.replicas = 3 }),
			merged: base.with("mmm", func(a *app) { a.replicas = 2 }),
		},
		"removed and changed": {
			left: base.with("mmm", nil), right: base.with("mmm", func(a *app) { a.replicas = 3 }),
			merged: base.with("mmm", nil),
		},
		"removed beside added": {
			left: base.with("mmm", nil), right: base.with("mmn", func(*app) {}),
			merged: base.with("mmm", nil).with("mmn", func(*app) {}),
		},
		"Flux on one branch": {
			left: base.with("alpha", func(*app) {}), right: base, merged: base.with("alpha", func(*app) {}),
			fluxRight: map[string]string{"base": "1.1.0", "mmm": "1.2.0"}, tags: map[string]string{"base": "1.1.0", "mmm": "1.2.0"},
		},
		"Flux on both branches": {
			left: base, right: base, merged: base,
			fluxLeft: map[string]string{"mmm": "1.10.0", "base": "1.2.0"}, fluxRight: map[string]string{"mmm": "1.9.0", "base": "1.3.0"},
			tags: map[string]string{"mmm": "1.10.0", "base": "1.3.0"},
		},
		"Flux and a move": {
			left: base.with("mmm", func(a *app) { a.moved = true }), right: base, merged: base.with("mmm", func(a *app) { a.moved = true }),
			fluxRight: map[string]string{"mmm": "1.9.0"}, tags: map[string]string{"mmm": "1.9.0"},
		},
		"version changed on one branch": {
			left: base.with("mmm", set("mmm", "2.0.0")), right: base.with("alpha", func(*app) {}),
			merged: base.with("mmm", set("mmm", "2.0.0")).with("alpha", func(*app) {}),
			tags:   map[string]string{"mmm": "2.0.0"},
		},
	} {
		for attributes, text := range map[string]string{"union": lock.Name + " merge=union\n", "no attributes": "", "CRLF": lock.Name + " merge=union\n* text eol=crlf\n"} {
			t.Run(name+"/"+attributes, func(t *testing.T) {
				t.Parallel()
				r := newRepo(t, text)
				flux := func(c cloud, tags map[string]string) func() {
					return func() {
						for name, tag := range tags {
							bump(t, r.dir, c.app(name), "1.0.0", tag)
						}
					}
				}
				r.commit(base, nil)
				r.must("checkout", "-q", "-b", "left")
				r.commit(c.left, flux(c.left, c.fluxLeft))
				r.must("checkout", "-q", "-b", "right", "main")
				r.commit(c.right, flux(c.right, c.fluxRight))
				r.must("checkout", "-q", "left")
				out, err := r.git("merge", "--no-edit", "right")
				if err != nil && !strings.Contains(out, "CONFLICT") {
					t.Fatalf("%v\n%s", err, out)
				}
				if text != "" && strings.Contains(get(t, r.dir, lock.Name), "<<<<<<<") {
					t.Fatalf("the lock was not merged:\n%s", out)
				}
				write(t, r.dir, c.merged)
				fresh := t.TempDir()
				write(t, fresh, c.merged)
				for name, tag := range c.tags {
					if a := c.merged.app(name); a.version != tag {
						bump(t, fresh, a, a.version, tag)
					}
				}
				got := snapshot(t, r.dir)
				delete(got, ".gitattributes")
				for name, content := range got {
					got[name] = strings.ReplaceAll(content, "\r\n", "\n")
				}
				assertFiles(t, got, snapshot(t, fresh))
				assertClean(t, r.dir, c.merged)
			})
		}
	}
}

// TestMergeKeepsHandEdits: what somebody committed by hand into a file that conflicts is not lost.
func TestMergeKeepsHandEdits(t *testing.T) {
	r := newRepo(t, lock.Name+" merge=union\n")
	base := apps("shop")
	release := "applications/shop/helmrelease.yaml"
	r.commit(base, nil)
	r.must("checkout", "-q", "-b", "left")
	r.commit(base, func() { edit(t, r.dir, release, "replicas: 1", "replicas: 100") })
	r.must("checkout", "-q", "-b", "right", "main")
	next := base.with("shop", func(a *app) { a.replicas = 2 })
	r.commit(next, nil)
	r.must("checkout", "-q", "left")
	if out, err := r.git("merge", "--no-edit", "right"); err == nil {
		t.Fatalf("no conflict: %s", out)
	}
	write(t, r.dir, next)
	if got := get(t, r.dir, release+".orig"); !strings.Contains(got, "replicas: 100") {
		t.Errorf("the edit is lost:\n%s", got)
	}
	if _, err := os.Stat(filepath.Join(r.dir, release+".orig.1")); err == nil {
		t.Error("two copies are kept")
	}
}

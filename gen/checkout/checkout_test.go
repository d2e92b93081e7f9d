//go:build unix

package checkout_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
)

// TestHostileFolder holds that only regular files inside the folder are seen: no link, pipe, socket or device.
func TestHostileFolder(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("a: 1\n"), 0o644))
	must(os.Symlink("/etc/passwd", filepath.Join(dir, "out.yaml")))
	must(os.Symlink("/etc", filepath.Join(dir, "etc")))
	must(os.Symlink("..", filepath.Join(dir, "up")))
	must(os.Symlink("loop.yaml", filepath.Join(dir, "loop.yaml")))
	must(syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o644))
	must(os.WriteFile(filepath.Join(dir, "\xff.yaml"), nil, 0o644))
	must(os.WriteFile(filepath.Join(dir, "large.yaml"), nil, 0o644))
	must(os.Truncate(filepath.Join(dir, "large.yaml"), 100<<20))
	must(os.WriteFile(filepath.Join(dir, "gone.yaml"), nil, 0o644))
	must(os.WriteFile(filepath.Join(dir, "turned.yaml"), nil, 0o644))
	root, err := os.OpenRoot(dir)
	must(err)
	defer root.Close()
	tree, err := checkout.Open(root.FS())
	must(err)
	if got := strings.Join(tree.Files(), " "); got != "a.yaml gone.yaml large.yaml turned.yaml" {
		t.Errorf("files: %s", got)
	}
	if f := tree.Findings(); len(f) != 1 || !strings.Contains(f[0].Message, "not UTF-8") {
		t.Errorf("findings: %v", f)
	}
	for name, want := range map[string]string{"out.yaml": "symbolic link", "etc/passwd": "symbolic link", "pipe.yaml": "no regular file", "a.yaml": "", "no.yaml": ""} {
		if why := tree.LeftOut(name); want == "" && why != "" || !strings.Contains(why, want) {
			t.Errorf("%s is left out since it %q", name, why)
		}
	}
	must(os.Remove(filepath.Join(dir, "gone.yaml")))
	must(os.Remove(filepath.Join(dir, "turned.yaml")))
	must(os.Mkdir(filepath.Join(dir, "turned.yaml"), 0o755))
	for _, name := range []string{"out.yaml", "etc/passwd", "../" + filepath.Base(dir) + "/a.yaml", "pipe.yaml", "gone.yaml"} {
		if _, err := tree.Read(name); !errors.Is(err, fs.ErrNotExist) && err != syscall.ENOENT {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tree.Read("turned.yaml"); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a file that became a folder: %v", err)
	}
	if _, err := tree.Read("large.yaml"); !errors.Is(err, checkout.ErrTooLarge) {
		t.Errorf("a large file: %v", err)
	}
	must(os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("a: 1\n"), 0o644))
	before, err := tree.Read("a.yaml")
	must(err)
	must(os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("b: 2\n"), 0o644))
	if after, err := tree.Read("a.yaml"); err != nil || string(after) != string(before) {
		t.Errorf("a file that changes: %q, then %q", before, after)
	}
}

// unlistable fails to list one folder.
type unlistable struct{ fstest.MapFS }

func (u unlistable) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "closed" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return u.MapFS.ReadDir(name)
}

// TestUnlistable holds that a folder that cannot be listed is a finding, not an empty folder.
func TestUnlistable(t *testing.T) {
	tree, err := checkout.Open(unlistable{fstest.MapFS{"closed/a.yaml": {}, "open/b.yaml": {}}})
	if err != nil {
		t.Fatal(err)
	}
	if f := tree.Findings(); len(f) != 1 || f[0].File != "closed" || !strings.Contains(f[0].Message, "permission denied") {
		t.Errorf("findings: %v", f)
	}
	if tree.IsDir("closed") || !strings.Contains(tree.LeftOut("closed/a.yaml"), "permission denied") || !tree.Has("open/b.yaml") {
		t.Error("the folder is taken for an empty one")
	}
}

// TestBounds holds that each bound of a repository is a finding or an error of the file.
func TestBounds(t *testing.T) {
	deep := fstest.MapFS{strings.Repeat("d/", checkout.MaxDepth+50) + "a.yaml": {}, "b.yaml": {}}
	tree, err := checkout.Open(deep)
	if err != nil || len(tree.Files()) != 1 || len(tree.Findings()) != 1 || !strings.Contains(tree.Findings()[0].Message, "200 deep") {
		t.Errorf("deep folders: %v, %v", tree.Findings(), err)
	}
}

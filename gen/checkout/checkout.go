// Package checkout is the repository as it lies on disk, for reading only: its regular files by path, bounded in number
// and size. Nothing outside of it is ever read, and links are not followed, as Flux's sources do not either.
package checkout

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// The bounds of what is read. A repository of 1000 apps has about 20,000 files; Kubernetes takes objects of 1.5 MB.
const (
	MaxFiles    = 500_000
	MaxFileSize = 10 << 20
	// MaxRead is of all files that are read, in bytes: they are kept.
	MaxRead = 1 << 30
	// MaxDepth is how deep folders are followed. git itself has no bound; the path of a file may have 4096 bytes on Linux.
	MaxDepth = 200
)

// Rule names the findings of files that are not looked at.
const Rule = "missing-file"

// skipped are folders that hold other people's files, which Flux would never be pointed at.
var skipped = []string{".git", ".terraform", "node_modules"}

// Tree is one checked-out repository. It may be read from several goroutines.
type Tree struct {
	fsys  fs.FS
	files map[string]bool
	names []string
	dirs  map[string][]string
	// left says why entries of folders are not looked at.
	left map[string]string

	// findings say what was not looked at.
	findings diag.Findings

	mu    sync.Mutex
	cache map[string]read
	total int
}

type read struct {
	content []byte
	err     error
}

// Open lists the files below fsys. It is an error when fsys cannot be listed.
func Open(fsys fs.FS) (*Tree, error) {
	t := &Tree{fsys: fsys, files: map[string]bool{}, dirs: map[string][]string{".": nil}, left: map[string]string{}, cache: map[string]read{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			t.unlisted(name, cause(err))
			return nil
		case !utf8.ValidString(name):
			t.findings = append(t.findings, diag.Warnf(Rule, diag.Position{File: strings.ToValidUTF8(name, "\uFFFD")}, "the name is not UTF-8: what it names is not looked at").
				WithHint("rename it"))
			return skip(d)
		case d.IsDir():
			return t.folder(name)
		case d.Type().IsRegular():
			return t.file(name)
		case d.Type()&fs.ModeSymlink != 0:
			t.left[name] = "is a symbolic link, which Flux's sources leave out"
		default:
			t.left[name] = "is no regular file: git does not keep it"
		}
		return nil
	})
	return t, err
}

// unlisted reports a folder whose entries cannot be seen: what lies in it may be what others refer to.
func (t *Tree) unlisted(name string, err error) {
	delete(t.dirs, name)
	t.left[name] = "cannot be read: " + err.Error()
	t.findings = append(t.findings, diag.Errorf(Rule, At(name), "the folder cannot be read: %v", err).
		WithHint("let the user that runs lvsgen read it"))
}

// LeftOut says why something that lies in the repository, or above name, is not part of the tree, as in "is a symbolic
// link"; "" when nothing is there. Links are left out as source-controller does it (fluxcd/pkg/artifact, storage.Archive).
func (t *Tree) LeftOut(name string) string {
	for at := name; at != "." && at != "/"; at = path.Dir(at) {
		if why := t.left[at]; why != "" {
			return why
		}
	}
	return ""
}

func (t *Tree) folder(name string) error {
	if slices.Contains(skipped, path.Base(name)) {
		return fs.SkipDir
	}
	if strings.Count(name, "/") >= MaxDepth {
		t.findings = append(t.findings, diag.Errorf(Rule, diag.Position{File: name}, "folders lie in each other more than %d deep: what is in this one is not looked at", MaxDepth).
			WithHint("move it up"))
		return fs.SkipDir
	}
	if len(t.names)+len(t.dirs) > MaxFiles {
		return t.full(name)
	}
	if name != "." {
		t.dirs[name] = nil
		t.dirs[path.Dir(name)] = append(t.dirs[path.Dir(name)], path.Base(name))
	}
	return nil
}

func (t *Tree) file(name string) error {
	if len(t.names)+len(t.dirs) > MaxFiles {
		return t.full(name)
	}
	t.files[name] = true
	t.names = append(t.names, name)
	t.dirs[path.Dir(name)] = append(t.dirs[path.Dir(name)], path.Base(name))
	return nil
}

// full ends the walk.
func (t *Tree) full(name string) error {
	t.findings = append(t.findings, diag.Errorf(Rule, diag.Position{File: name}, "the repository has more than %d files and folders: from here on they are not looked at", MaxFiles).
		WithHint("run it in a clone without generated files"))
	return fs.SkipAll
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// Findings are what was not looked at because of its name, its depth, or the number of files.
func (t *Tree) Findings() diag.Findings { return t.findings }

// Files are all files, in the order of a walk.
func (t *Tree) Files() []string { return t.names }

// Has tells whether name is a file.
func (t *Tree) Has(name string) bool { return t.files[name] }

// IsDir tells whether name is a folder; "." is the root.
func (t *Tree) IsDir(name string) bool {
	_, ok := t.dirs[name]
	return ok
}

// Dir gives the names of the entries of a folder, sorted.
func (t *Tree) Dir(name string) []string { return t.dirs[name] }

// ErrTooLarge is the error of a file above MaxFileSize.
var ErrTooLarge = fmt.Errorf("larger than %d MiB, which is not read", MaxFileSize>>20)

// ErrTooMuch is the error of every further file when MaxRead is reached.
var ErrTooMuch = fmt.Errorf("%d MiB of other files were read, which is the most", MaxRead>>20)

// Read gives the content of a file, which is read once: what happens to it later is not seen. Callers must not change it.
func (t *Tree) Read(name string) ([]byte, error) {
	t.mu.Lock()
	r, ok := t.cache[name]
	t.mu.Unlock()
	if ok {
		return r.content, r.err
	}
	r.content, r.err = t.read(name)
	t.mu.Lock()
	defer t.mu.Unlock()
	if first, ok := t.cache[name]; ok {
		return first.content, first.err
	}
	if t.total += len(r.content); t.total > MaxRead {
		r = read{err: ErrTooMuch}
	}
	t.cache[name] = r
	return r.content, r.err
}

// Loaded are the files whose content was read so far, sorted: what somebody looked at.
func (t *Tree) Loaded() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for name, r := range t.cache {
		if r.err == nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (t *Tree) read(name string) ([]byte, error) {
	if !t.files[name] {
		return nil, fs.ErrNotExist
	}
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file any more")
	}
	content, err := io.ReadAll(io.LimitReader(f, MaxFileSize+1))
	switch {
	case err != nil:
		return nil, cause(err)
	case len(content) > MaxFileSize:
		return nil, ErrTooLarge
	}
	return content, nil
}

// cause takes the path out of an error: the finding names it already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Clean gives the path of ref, a relative path written in the folder from, inside the repository. It is false when ref
// leaves the repository.
func Clean(from, ref string) (string, bool) {
	if path.IsAbs(ref) {
		return "", false
	}
	name := path.Join(from, ref)
	return name, name != ".." && !strings.HasPrefix(name, "../")
}

// At is the position of a whole file.
func At(name string) diag.Position { return diag.Position{File: name} }

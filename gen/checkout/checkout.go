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

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// The bounds of what is read. A repository of 1000 apps has about 20,000 files; Kubernetes takes objects of 1.5 MB.
const (
	MaxFiles    = 500_000
	MaxFileSize = 10 << 20
)

// skipped are folders that hold other people's files, which Flux would never be pointed at.
var skipped = []string{".git", ".terraform", "node_modules"}

// Tree is one checked-out repository. It may be read from several goroutines.
type Tree struct {
	fsys  fs.FS
	files map[string]bool
	names []string
	dirs  map[string][]string

	mu    sync.Mutex
	cache map[string]read
}

type read struct {
	content []byte
	err     error
}

// Open lists the files below fsys. It is an error when fsys cannot be listed or holds more than MaxFiles files.
func Open(fsys fs.FS) (*Tree, error) {
	t := &Tree{fsys: fsys, files: map[string]bool{}, dirs: map[string][]string{".": nil}, cache: map[string]read{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			return nil // a folder that cannot be listed is empty to Flux's eyes too: it is not in the commit
		case d.IsDir():
			return t.folder(name)
		case d.Type().IsRegular():
			return t.file(name)
		}
		return nil
	})
	return t, err
}

func (t *Tree) folder(name string) error {
	if slices.Contains(skipped, path.Base(name)) {
		return fs.SkipDir
	}
	if name != "." {
		t.dirs[name] = nil
		t.dirs[path.Dir(name)] = append(t.dirs[path.Dir(name)], path.Base(name))
	}
	return nil
}

func (t *Tree) file(name string) error {
	if len(t.names) == MaxFiles {
		return fmt.Errorf("more than %d files", MaxFiles)
	}
	t.files[name] = true
	t.names = append(t.names, name)
	t.dirs[path.Dir(name)] = append(t.dirs[path.Dir(name)], path.Base(name))
	return nil
}

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

// Read gives the content of a file. Callers must not change it.
func (t *Tree) Read(name string) ([]byte, error) {
	t.mu.Lock()
	r, ok := t.cache[name]
	t.mu.Unlock()
	if ok {
		return r.content, r.err
	}
	r.content, r.err = t.read(name)
	t.mu.Lock()
	t.cache[name] = r
	t.mu.Unlock()
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

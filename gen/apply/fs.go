package apply

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/plan"
)

// FS is the few operations that a plan needs. Paths are relative to the repository's root, with forward slashes.
type FS interface {
	plan.Disk
	// Stat gives the mode of an entry without following a link.
	Stat(path string) (fs.FileMode, error)
	// Mkdir makes one directory; it is no error when it exists.
	Mkdir(path string) error
	// Create writes a new file; it is an error when path exists. The mode is set as it is when exact, else less the
	// umask. With sync the content has reached the disk when Create returns.
	Create(path string, content []byte, mode Mode, sync bool) error
	// Rename moves a file over whatever file is at to, in the same directory.
	Rename(from, to string) error
	// Remove removes a file or an empty directory.
	Remove(path string) error
}

// Mode is the permission bits of a new file.
type Mode struct {
	Perm fs.FileMode
	// Exact says that the umask does not apply: the file takes the place of one with these bits.
	Exact bool
}

// Dir is the repository on disk. It is an os.Root: whatever a path or a link says, nothing outside is read or written.
type Dir struct {
	// open are the directories from the root to the one that was used last. They stay open, because plans go through a
	// tree directory by directory: opening each of ten thousand files from the root would cost more than reading them.
	open []handle
	// buffer is what is read into; a rendered file is about 1 KB.
	buffer [16 << 10]byte
}

// handle is an open directory.
type handle struct {
	name string
	dir  *os.File // to list and to read from
	root *os.Root // to write into; nil until something is written
}

// Open opens the repository at dir.
func Open(dir string) (*Dir, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	top, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Dir{open: []handle{{name: ".", dir: top, root: root}}}, nil
}

// Close ends the use of the repository.
func (d *Dir) Close() error {
	err := d.leave(1)
	return errors.Join(err, d.open[0].close())
}

func (h handle) close() error {
	err := h.dir.Close()
	if h.root != nil {
		err = errors.Join(err, h.root.Close())
	}
	return err
}

// leave closes all but the first n directories.
func (d *Dir) leave(n int) error {
	var err error
	for len(d.open) > n {
		last := len(d.open) - 1
		err = errors.Join(err, d.open[last].close())
		d.open = d.open[:last]
	}
	return err
}

// enter opens a directory, from the nearest one that is open.
func (d *Dir) enter(dir string) (*handle, error) {
	n := len(d.open)
	for n > 1 && dir != d.open[n-1].name && !strings.HasPrefix(dir, d.open[n-1].name+"/") {
		n--
	}
	if err := d.leave(n); err != nil {
		return nil, err
	}
	for last := &d.open[n-1]; last.name != dir; last = &d.open[len(d.open)-1] {
		rest := dir
		if last.name != "." {
			rest = dir[len(last.name)+1:]
		}
		part, _, _ := strings.Cut(rest, "/")
		name := dir[:len(dir)-len(rest)+len(part)]
		f, err := d.openDir(last, part, name)
		if err != nil {
			return nil, err
		}
		d.open = append(d.open, handle{name: name, dir: f})
	}
	return &d.open[len(d.open)-1], nil
}

// write gives the directory to write into.
func (d *Dir) write(dir string) (*os.Root, error) {
	h, err := d.enter(dir)
	if err == nil && h.root == nil {
		h.root, err = d.open[0].root.OpenRoot(dir)
	}
	if err != nil {
		return nil, err
	}
	return h.root, nil
}

// List gives the entries of a directory.
func (d *Dir) List(dir string) ([]plan.Entry, error) {
	h, err := d.enter(dir)
	if err != nil {
		return nil, err
	}
	if _, err := h.dir.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return d.list(h)
}

func kindOf(mode fs.FileMode) plan.Kind {
	switch {
	case mode.IsRegular():
		return plan.Regular
	case mode.IsDir():
		return plan.Directory
	case mode&fs.ModeSymlink != 0:
		return plan.Symlink
	}
	return plan.Other
}

// Read gives the content of a file.
func (d *Dir) Read(name string) ([]byte, error) {
	h, err := d.enter(path.Dir(name))
	if err != nil {
		return nil, err
	}
	return d.read(h, path.Base(name))
}

// Stat gives the mode of an entry, not of what a link points to.
func (d *Dir) Stat(name string) (fs.FileMode, error) {
	root, err := d.write(path.Dir(name))
	if err != nil {
		return 0, err
	}
	info, err := root.Lstat(path.Base(name))
	if err != nil {
		return 0, err
	}
	return info.Mode(), nil
}

// Mkdir makes one directory.
func (d *Dir) Mkdir(name string) error {
	root, err := d.write(path.Dir(name))
	if err != nil {
		return err
	}
	if err := root.Mkdir(path.Base(name), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Create writes a new file.
func (d *Dir) Create(name string, content []byte, mode Mode, sync bool) (err error) {
	root, err := d.write(path.Dir(name))
	if err != nil {
		return err
	}
	f, err := root.OpenFile(path.Base(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode.Perm.Perm())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if mode.Exact {
		if err := f.Chmod(mode.Perm.Perm()); err != nil {
			return err
		}
	}
	if sync {
		return f.Sync()
	}
	return nil
}

// Rename moves a file within its directory: temporary files stand beside what they become.
func (d *Dir) Rename(from, to string) error {
	if path.Dir(from) != path.Dir(to) {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrInvalid}
	}
	root, err := d.write(path.Dir(from))
	if err != nil {
		return err
	}
	return root.Rename(path.Base(from), path.Base(to))
}

// Remove removes a file or an empty directory.
func (d *Dir) Remove(name string) error {
	root, err := d.write(path.Dir(name))
	if err != nil {
		return err
	}
	return root.Remove(path.Base(name))
}

var _ FS = (*Dir)(nil)

package apply

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/lvs-cloud/lvsgen/gen/plan"
)

// An unchanged check lists thousands of directories, reads ten thousand files and does little else. os.Root takes six
// system calls for a file and one for every entry of a directory; here it is three for a file. Every step opens one
// name in an open directory and refuses a link, so that nothing leads outside.

// openDir opens the directory part of h.
func (d *Dir) openDir(h *handle, part, name string) (*os.File, error) {
	fd, err := openAt(h.dir, part, syscall.O_DIRECTORY)
	if err != nil {
		return nil, &fs.PathError{Op: "openat", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

func openAt(dir *os.File, base string, flags int) (int, error) {
	return retry(func() (int, error) {
		return syscall.Openat(int(dir.Fd()), base, syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC|flags, 0)
	})
}

// read gives the content of the file base of h.
func (d *Dir) read(h *handle, base string) ([]byte, error) {
	fd, err := openAt(h.dir, base, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "openat", Path: base, Err: err}
	}
	content, err := readAll(fd, d.buffer[:])
	if err := errors.Join(err, syscall.Close(fd)); err != nil {
		return nil, &fs.PathError{Op: "read", Path: base, Err: err}
	}
	return content, nil
}

func readAll(fd int, buf []byte) ([]byte, error) {
	var content []byte
	for {
		n, err := retry(func() (int, error) { return syscall.Read(fd, buf) })
		if err != nil {
			return nil, err
		}
		if content == nil {
			content = slices.Clone(buf[:n])
		} else {
			content = append(content, buf[:n]...)
		}
		if n < len(buf) { // a regular file gives less only at its end
			return content, nil
		}
	}
}

func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

// Where the parts of a struct linux_dirent64 begin: getdents64(2).
const (
	direntLength = 16
	direntType   = 18
	direntName   = 19
)

// list gives the entries of h.
func (d *Dir) list(h *handle) ([]plan.Entry, error) {
	buf := d.buffer[:]
	var out []plan.Entry
	for {
		n, err := retry(func() (int, error) { return syscall.ReadDirent(int(h.dir.Fd()), buf) })
		if err != nil {
			return nil, &fs.PathError{Op: "getdents64", Path: h.name, Err: err}
		}
		if n == 0 {
			return out, nil
		}
		for rest := buf[:n]; len(rest) > direntName; {
			length := int(binary.NativeEndian.Uint16(rest[direntLength:]))
			raw, _, _ := bytes.Cut(rest[direntName:length], []byte{0})
			kind := rest[direntType]
			rest = rest[length:]
			if name := string(raw); name != "." && name != ".." {
				e := plan.Entry{Name: name, Kind: kindOfDirent(kind)}
				if kind == syscall.DT_UNKNOWN { // some file systems do not say
					if e.Kind, err = d.kindAt(h, name); err != nil {
						return nil, err
					}
				}
				out = append(out, e)
			}
		}
	}
}

func kindOfDirent(kind byte) plan.Kind {
	switch kind {
	case syscall.DT_REG:
		return plan.Regular
	case syscall.DT_DIR:
		return plan.Directory
	case syscall.DT_LNK:
		return plan.Symlink
	}
	return plan.Other
}

func (d *Dir) kindAt(h *handle, base string) (plan.Kind, error) {
	root, err := d.write(h.name)
	if err != nil {
		return plan.Other, err
	}
	info, err := root.Lstat(base)
	if err != nil {
		return plan.Other, err
	}
	return kindOf(info.Mode().Type()), nil
}

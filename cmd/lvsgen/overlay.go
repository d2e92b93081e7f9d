package main

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"time"
)

// withFile is a file system with one more file.
type withFile struct {
	fs.FS
	name    string
	content []byte
}

// Open gives the file, or what is below.
func (w withFile) Open(name string) (fs.File, error) {
	if name == w.name {
		return &memoryFile{name: path.Base(name), Reader: bytes.NewReader(w.content)}, nil
	}
	return w.FS.Open(name)
}

// Stat describes the file, or what is below.
func (w withFile) Stat(name string) (fs.FileInfo, error) {
	switch {
	case name == w.name:
		return &memoryFile{name: path.Base(name), Reader: bytes.NewReader(w.content)}, nil
	case name == path.Dir(w.name):
		if info, err := fs.Stat(w.FS, name); err == nil {
			return info, nil
		}
		return folder(path.Base(name)), nil
	}
	return fs.Stat(w.FS, name)
}

// ReadDir lists a folder of what is below, with the file or its folder in it.
func (w withFile) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(w.FS, name)
	for child, parent := w.name, path.Dir(w.name); parent != child; child, parent = parent, path.Dir(parent) {
		if parent != name {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(child) }) {
			info, statErr := w.Stat(child)
			if statErr != nil {
				info = folder(path.Base(child))
			}
			entries = append(entries, fs.FileInfoToDirEntry(info))
		}
	}
	return entries, err
}

// folder describes a folder that is not there yet.
type folder string

func (f folder) Name() string       { return string(f) }
func (f folder) Size() int64        { return 0 }
func (f folder) Mode() fs.FileMode  { return fs.ModeDir | 0o755 }
func (f folder) ModTime() time.Time { return time.Time{} }
func (f folder) IsDir() bool        { return true }
func (f folder) Sys() any           { return nil }

// memoryFile is an open file with its content in memory, and its own description.
type memoryFile struct {
	*bytes.Reader
	name string
}

func (f *memoryFile) Close() error               { return nil }
func (f *memoryFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memoryFile) Name() string               { return f.name }
func (f *memoryFile) Mode() fs.FileMode          { return 0o644 }
func (f *memoryFile) ModTime() time.Time         { return time.Time{} }
func (f *memoryFile) IsDir() bool                { return false }
func (f *memoryFile) Sys() any                   { return nil }

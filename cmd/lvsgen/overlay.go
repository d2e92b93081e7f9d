package main

import (
	"bytes"
	"io/fs"
	"path"
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

// Glob adds the file to what is below: fs.Glob would not find it.
func (w withFile) Glob(pattern string) ([]string, error) {
	names, err := fs.Glob(w.FS, pattern)
	if matched, _ := path.Match(pattern, w.name); matched && err == nil {
		names = append(names, w.name)
	}
	return names, err
}

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

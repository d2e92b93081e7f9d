package mutant

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
)

// Tree is the content of files by their path.
type Tree map[string]string

// Read gives the regular files below the paths. A path that is not there is left out.
func Read(fsys fs.FS, paths ...string) (Tree, error) {
	tree := Tree{}
	for _, top := range paths {
		err := fs.WalkDir(fsys, top, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				if name == top && errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			}
			if !d.Type().IsRegular() {
				return nil
			}
			data, err := fs.ReadFile(fsys, name)
			tree[name] = string(data)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// Apply gives the broken tree and leaves the given one as it is. An edit that does not fit the tree is an error, and so is
// one that changes nothing.
func (m Mutant) Apply(tree Tree) (Tree, error) {
	out := maps.Clone(tree)
	for i, e := range m.Edits {
		before := maps.Clone(out)
		if err := e.apply(out); err != nil {
			return nil, fmt.Errorf("edit %d: %s: %w", i+1, e.File, err)
		}
		if maps.Equal(before, out) {
			return nil, fmt.Errorf("edit %d: %s: nothing changed", i+1, e.File)
		}
	}
	return out, nil
}

func (e Edit) apply(tree Tree) error {
	content, exists := tree[e.File]
	switch {
	case e.Create != nil:
		if exists {
			return fs.ErrExist
		}
		tree[e.File] = *e.Create
		return nil
	case e.Delete:
		return e.relocate(tree, "")
	case e.Move != "":
		return e.relocate(tree, e.Move)
	case !exists:
		return fs.ErrNotExist
	case e.Append != "":
		tree[e.File] = content + e.Append
		return nil
	}
	if n := strings.Count(content, e.Replace); n == 0 || n > 1 && !e.All {
		return fmt.Errorf("the text %q occurs %d times", e.Replace, n)
	}
	tree[e.File] = strings.ReplaceAll(content, e.Replace, e.With)
	return nil
}

// relocate moves a file, or all files of a folder, to another place; the empty one is nowhere.
func (e Edit) relocate(tree Tree, to string) error {
	moved := Tree{}
	for name, content := range tree {
		rest, inside := strings.CutPrefix(name, e.File)
		if !inside || rest != "" && rest[0] != '/' {
			continue
		}
		moved[to+rest] = content
		delete(tree, name)
	}
	if len(moved) == 0 {
		return fs.ErrNotExist
	}
	if to == "" {
		return nil
	}
	for name, content := range moved {
		if _, taken := tree[name]; taken {
			return fmt.Errorf("%s: %w", name, fs.ErrExist)
		}
		tree[name] = content
	}
	return nil
}

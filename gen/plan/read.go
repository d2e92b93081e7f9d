package plan

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lvs-cloud/lvsgen/gen/conflict"
	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/setter"
)

// file is a file with what is read from it only once.
type file struct {
	content []byte
	markers []setter.Marker
	err     error       // why the markers cannot be read
	digest  lock.Digest // of content without the marked scalars; "" until sum is called
	sides   []*file     // both sides, when content has conflict markers
}

func newFile(content []byte) *file {
	f := &file{content: content}
	if setter.Has(content) {
		f.markers, f.err = setter.Find(content)
	}
	if our, their, ok := conflict.Sides(content); ok {
		f.sides = []*file{newFile(our), newFile(their)}
	}
	return f
}

func (f *file) sum() lock.Digest {
	if f.digest == "" {
		f.digest = lock.Sum(setter.Remove(f.content, f.markers))
	}
	return f.digest
}

var crlf, lf = []byte("\r\n"), []byte("\n")

func (f *file) hasCRLF() bool { return bytes.Contains(f.content, crlf) }

// sumLF is the sum that the file would have with LF.
func (f *file) sumLF() lock.Digest { return lock.DigestOf(bytes.ReplaceAll(f.content, crlf, lf)) }

// sameAs tells whether f says what want says: the same bytes, or only another spelling of the same marked strings
// (Flux and people may quote them differently).
func (f *file) sameAs(want *file) bool {
	if bytes.Equal(f.content, want.content) {
		return true
	}
	return f.sum() == want.sum() && slices.EqualFunc(f.markers, want.markers, func(a, b setter.Marker) bool {
		return a.Key == b.Key && a.Value == b.Value && (a.IsString || !b.IsString)
	})
}

// checkPaths refuses rendered paths that cannot stand side by side in every checkout.
func (p *planner) checkPaths() {
	spelled := map[string]string{} // lower case -> the spelling that came first
	for _, name := range p.rendered {
		if reason := unusable(name); reason != "" {
			p.refuse("unusable-path", name, "%s", reason).Hint = "rename what the path is made from in the inputs"
			continue
		}
		p.checkSpelling(spelled, name)
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, known := spelled[dir]; known && spelled[dir] == dir {
				break
			}
			p.checkSpelling(spelled, dir)
		}
	}
	for _, name := range p.rendered {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, isFile := p.tree.Get(dir); isFile {
				p.refuse("not-a-directory", dir, "is rendered as a file and as the directory of %q", name)
			}
		}
	}
}

func (p *planner) checkSpelling(spelled map[string]string, name string) {
	low := strings.ToLower(name)
	if first, taken := spelled[low]; taken && first != name {
		p.refuse("case-collision", name, "differs from %q in case only: the two are one path on macOS and Windows", first).
			Hint = "rename one of them in the inputs"
		return
	}
	spelled[low] = name
}

// unusable gives the reason why lvsgen must not own a path, or "".
func unusable(name string) string {
	if strings.EqualFold(name, lock.Name) {
		return "is the path of lvsgen's own lock"
	}
	if !utf8.ValidString(name) {
		return "is not UTF-8"
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case strings.EqualFold(part, ".git"):
			return "leads into a git directory"
		case strings.HasPrefix(part, TempPrefix):
			return "has the name of a temporary file of lvsgen"
		}
	}
	return ""
}

// readAll reads every owned file once, directory by directory.
func (p *planner) readAll() {
	p.folderAt(".")
	checked := map[string]bool{}
	for _, name := range byDirectory(p.rendered) {
		p.checkCase(name, checked)
		f := p.folderAt(path.Dir(name))
		switch {
		case f.kind == Symlink:
			p.refuseLink(f.blocker)
		case f.blocker != "":
			p.refuse("not-a-directory", f.blocker, "is %s, and lvsgen renders files below it", f.kind).Hint = "move it away, then run `lvsgen render`"
		default:
			p.readRendered(name, f.find(path.Base(name)))
		}
	}
	for _, name := range byDirectory(p.dropped) {
		f := p.folderAt(path.Dir(name))
		kind := f.find(path.Base(name))
		switch {
		case f.kind == Symlink:
			p.refuseLink(f.blocker)
		case kind == Symlink:
			p.refuseLink(name)
		case kind == Regular:
			p.read(name)
		}
		// What was replaced by a directory or a special file is not lvsgen's any more: only the lock forgets it.
	}
}

func (p *planner) readRendered(name string, kind Kind) {
	switch kind {
	case Absent:
	case Regular:
		p.read(name)
	case Symlink:
		p.refuseLink(name)
	default:
		p.refuse("not-a-file", name, "is %s, and lvsgen renders a file there", kind).Hint = "move it away, then run `lvsgen render`"
	}
}

func (p *planner) read(name string) {
	content, err := p.disk.Read(name)
	if err != nil {
		p.unreadable(name, err)
		return
	}
	p.found[name] = p.fileOf(name, content)
}

// fileOf reads a file on disk; where it is what is rendered, that is read only once.
func (p *planner) fileOf(name string, content []byte) *file {
	if r, ok := p.tree.Get(name); ok && bytes.Equal(r.Content, content) {
		return p.renderedFile(name)
	}
	return newFile(content)
}

// refuseLink refuses a symbolic link on the way to an owned file. Adopting would not help: through the link lvsgen
// would write somewhere else.
func (p *planner) refuseLink(name string) {
	p.refuse("symlink", name, "is a symbolic link on the path of a file that lvsgen owns, and lvsgen follows none").
		Hint = "put the real folder or file in its place; without it render takes what it holds for removed"
}

// checkCase refuses a neighbour on disk that differs from a part of the path in case only: on a file system that does
// not tell them apart, one would overwrite the other.
func (p *planner) checkCase(name string, checked map[string]bool) {
	for at := name; at != "." && !checked[at]; at = path.Dir(at) {
		checked[at] = true
		if other, found := p.folderAt(path.Dir(at)).differingInCase(path.Base(at)); found {
			other = path.Join(path.Dir(at), other)
			p.refuse("case-collision", at, "differs from %q on disk in case only: the two are one path on macOS and Windows", other).
				Hint = "rename or remove " + QuotePath(other) + ", then run `lvsgen render`"
		}
	}
}

// byDirectory sorts paths so that those of one directory stand together.
func byDirectory(names []string) []string {
	return slices.SortedFunc(slices.Values(names), func(a, b string) int {
		i, j := strings.LastIndexByte(a, '/'), strings.LastIndexByte(b, '/')
		if c := strings.Compare(a[:max(i, 0)], b[:max(j, 0)]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
}

// renderedFile gives the rendered file with its markers, read once.
func (p *planner) renderedFile(name string) *file {
	if f, ok := p.fresh[name]; ok {
		return f
	}
	r, _ := p.tree.Get(name)
	f := newFile(r.Content)
	if f.err != nil {
		p.refuse("bad-marker", name, "is rendered with image-policy markers that cannot be read: %v", f.err).
			Hint = "change the input that the file is made from: " + QuotePath(r.Source)
	}
	p.fresh[name] = f
	return f
}

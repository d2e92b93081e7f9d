package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/lock"
)

// Kind says what a path is on disk. Links are not followed.
type Kind int

// The kinds of directory entries.
const (
	Absent Kind = iota
	Regular
	Directory
	Symlink
	Other // a device, a socket, a named pipe
)

// String names the kind in a message.
func (k Kind) String() string {
	return [...]string{"absent", "a file", "a directory", "a symbolic link", "a special file"}[k]
}

// Entry is one entry of a directory.
type Entry struct {
	Name string
	Kind Kind
}

// Disk is what a plan needs to know of the repository on disk. Paths are relative to its root, with forward slashes;
// the root itself is ".".
type Disk interface {
	// List gives the entries of a directory, in any order. It does not follow links.
	List(dir string) ([]Entry, error)
	// Read gives the content of a regular file. It does not follow links.
	Read(path string) ([]byte, error)
}

// TempPrefix starts the names of the files that lvsgen writes before it renames them to their place. Such a file is
// left over only when a run was killed.
const TempPrefix = ".lvsgen-tmp-"

// tempDigits is how many hex digits follow TempPrefix.
const tempDigits = 16

// isTemp tells whether an entry is lvsgen's temporary file: the whole form of the name counts, not only its start.
func isTemp(e Entry) bool {
	digits, ok := strings.CutPrefix(e.Name, TempPrefix)
	return ok && e.Kind == Regular && len(digits) == tempDigits && strings.Trim(digits, "0123456789abcdef") == ""
}

// folder is a directory of the repository, or the reason why there is none.
type folder struct {
	entries []Entry // sorted by name; nil when the directory is absent
	exists  bool
	// blocker is the first part of the path that is no directory, with its kind.
	blocker string
	kind    Kind
}

func (f *folder) find(name string) Kind {
	i, ok := slices.BinarySearchFunc(f.entries, name, func(e Entry, n string) int { return strings.Compare(e.Name, n) })
	if !ok {
		return Absent
	}
	return f.entries[i].Kind
}

// differingInCase gives an entry whose name differs from name in case only.
func (f *folder) differingInCase(name string) (string, bool) {
	for _, e := range f.entries {
		if e.Name != name && strings.EqualFold(e.Name, name) {
			return e.Name, true
		}
	}
	return "", false
}

// folderAt lists a directory once. It walks down from the root, so that no link is ever followed.
func (p *planner) folderAt(dir string) *folder {
	if f, ok := p.folders[dir]; ok {
		return f
	}
	f := &folder{}
	p.folders[dir] = f
	if dir != "." {
		parent := p.folderAt(path.Dir(dir))
		if parent.blocker != "" {
			f.blocker, f.kind = parent.blocker, parent.kind
			return f
		}
		switch kind := parent.find(path.Base(dir)); kind {
		case Absent:
			return f
		case Directory:
		default:
			f.blocker, f.kind = dir, kind
			return f
		}
	}
	entries, err := p.disk.List(dir)
	if err != nil {
		p.unreadable(dir, err)
		return f
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	f.entries, f.exists = entries, true
	return f
}

// TempName gives the path of the temporary file for name: in the same directory, the same for the same path, and
// short enough whatever the name.
func TempName(name string) string {
	sum := lock.Sum([]byte(name))
	return path.Join(path.Dir(name), TempPrefix+string(sum[:tempDigits]))
}

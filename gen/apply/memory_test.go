package apply

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/plan"
)

// memory is a repository in memory, for tests that need thousands of them. TestMemoryIsLikeDir compares it with Dir.
type memory struct {
	files map[string]*memoryFile
}

type memoryFile struct {
	mode    fs.FileMode
	content []byte
}

func inMemory(files map[string]string) *memory {
	m := &memory{files: map[string]*memoryFile{".": {mode: fs.ModeDir | 0o755}}}
	for name, content := range files {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			m.files[dir] = &memoryFile{mode: fs.ModeDir | 0o755}
		}
		m.files[name] = &memoryFile{mode: 0o644, content: []byte(content)}
	}
	return m
}

// write renders c into m and fails when anything is refused.
func (m *memory) write(t *testing.T, c cloud, adopt ...string) {
	t.Helper()
	r, err := planAndApply(m, c.render(t), c.options(adopt...).Options)
	if err != nil {
		t.Fatal(err)
	}
	if r.Refused != nil {
		t.Fatalf("refused:\n%s", r.Refused.Error())
	}
}

// through renders c into m until f fails.
func (m *memory) through(t *testing.T, f *faulty, c cloud, adopt ...string) error {
	t.Helper()
	f.FS = m
	_, err := planAndApply(f, c.render(t), c.options(adopt...).Options)
	return err
}

// assertClean checks that a second run has nothing to do, and that no temporary file or empty directory is left.
func (m *memory) assertClean(t *testing.T, c cloud) {
	t.Helper()
	if r := makePlan(m, c.render(t), c.options().Options); r.Refused != nil || !r.Plan.Clean() {
		t.Errorf("not clean: %v %+v", r.Refused, r.Plan)
	}
	for name, f := range m.files {
		if len(path.Base(name)) == len(plan.TempName("x")) && strings.HasPrefix(path.Base(name), plan.TempPrefix) {
			t.Errorf("%s is left", name)
		}
		if entries, err := m.List(name); f.mode.IsDir() && (err != nil || len(entries) == 0) {
			t.Errorf("%s is empty", name)
		}
	}
}

// snapshot gives the regular files.
func (m *memory) snapshot() map[string]string {
	out := map[string]string{}
	for name, f := range m.files {
		if f.mode.IsRegular() {
			out[name] = string(f.content)
		}
	}
	return out
}

func failed(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

func (m *memory) List(dir string) ([]plan.Entry, error) {
	if f := m.files[dir]; f == nil {
		return nil, failed("open", dir, syscall.ENOENT)
	}
	var out []plan.Entry
	for name, f := range m.files {
		if name != "." && path.Dir(name) == dir {
			out = append(out, plan.Entry{Name: path.Base(name), Kind: kindOf(f.mode.Type())})
		}
	}
	return out, nil
}

func (m *memory) Read(name string) ([]byte, error) {
	f := m.files[name]
	if f == nil {
		return nil, failed("open", name, syscall.ENOENT)
	}
	return slices.Clone(f.content), nil
}

func (m *memory) Stat(name string) (fs.FileMode, error) {
	f := m.files[name]
	if f == nil {
		return 0, failed("lstat", name, syscall.ENOENT)
	}
	return f.mode, nil
}

func (m *memory) Mkdir(name string) error {
	if m.files[path.Dir(name)] == nil {
		return failed("mkdir", name, syscall.ENOENT)
	}
	if m.files[name] == nil {
		m.files[name] = &memoryFile{mode: fs.ModeDir | 0o755}
	}
	return nil
}

func (m *memory) Create(name string, content []byte, mode Mode, _ bool) error {
	switch {
	case m.files[path.Dir(name)] == nil:
		return failed("open", name, syscall.ENOENT)
	case m.files[name] != nil:
		return failed("open", name, syscall.EEXIST)
	}
	m.files[name] = &memoryFile{mode: mode.Perm, content: slices.Clone(content)}
	return nil
}

func (m *memory) Rename(from, to string) error {
	if m.files[from] == nil || m.files[path.Dir(to)] == nil {
		return failed("rename", from, syscall.ENOENT)
	}
	if f := m.files[to]; f != nil && f.mode.IsDir() {
		return failed("rename", to, syscall.EEXIST)
	}
	m.files[to] = m.files[from]
	delete(m.files, from)
	return nil
}

func (m *memory) Remove(name string) error {
	if m.files[name] == nil {
		return failed("remove", name, syscall.ENOENT)
	}
	for other := range m.files {
		if strings.HasPrefix(other, name+"/") {
			return failed("remove", name, syscall.ENOTEMPTY)
		}
	}
	delete(m.files, name)
	return nil
}

// TestMemoryIsLikeDir carries the same plans out in memory and on disk, whole and cut short.
func TestMemoryIsLikeDir(t *testing.T) {
	start, before := begun(t)
	after := before.with("api", func(a *app) { a.replicas = 2 }).with("gone", nil).with("move", func(a *app) { a.moved = true })
	for _, n := range []int{0, 1, 2, 5, 11, 1000} {
		dir, mem := restore(t, start), inMemory(start)
		_, errDir := through(t, dir, &faulty{left: n, err: errKilled, torn: true}, after, after.options())
		_, errMem := planAndApply(&faulty{FS: mem, left: n, err: errKilled, torn: true}, after.render(t), after.options().Options)
		if (errDir == nil) != (errMem == nil) {
			t.Errorf("%d: %v on disk, %v in memory", n, errDir, errMem)
		}
		assertFiles(t, mem.snapshot(), snapshot(t, dir))
	}
}

var _ FS = (*memory)(nil)

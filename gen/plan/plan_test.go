package plan

import (
	"errors"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/setter"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// disk is a Disk made of paths; those in broken cannot be read.
type disk struct {
	files  map[string]string
	broken map[string]bool
	reads  map[string]int
}

var errBroken = errors.New("input/output error")

func (d *disk) List(dir string) ([]Entry, error) {
	if d.broken[dir] {
		return nil, errBroken
	}
	kinds := map[string]Kind{}
	for name := range d.files {
		for at, kind := name, Regular; at != "."; at, kind = path.Dir(at), Directory {
			if path.Dir(at) == dir {
				kinds[path.Base(at)] = kind
			}
		}
	}
	var out []Entry
	for name, kind := range kinds {
		out = append(out, Entry{name, kind})
	}
	return out, nil
}

func (d *disk) Read(name string) ([]byte, error) {
	d.reads[name]++
	if d.broken[name] {
		return nil, errBroken
	}
	return []byte(d.files[name]), nil
}

func onDisk(files map[string]string) *disk {
	return &disk{files: files, broken: map[string]bool{}, reads: map[string]int{}}
}

func rendered(t *testing.T, files map[string]string) *tree.Tree {
	t.Helper()
	tr := &tree.Tree{}
	for name, content := range files {
		if err := tr.Add(tree.File{Path: name, Content: []byte(content), Source: "x.cue", Writer: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

// TestOrderOfOperations: copies and leftovers first, then what is written, then what is deleted, then directories from
// the deepest up.
func TestOrderOfOperations(t *testing.T) {
	head := tree.Header("x.cue")
	files := map[string]string{
		"same.yaml": head + "a: 1\n", "changed.yaml": head + "a: 1\n", "old/deep/er/x.yaml": head + "a: 1\n", "old/y.yaml": head + "a: 1\n",
		"mixed/z.yaml": head + "a: 1\n", "mixed/mine.yaml": "a: 1\n", TempName("changed.yaml"): "half",
		TempPrefix + "mine": "", "mine/" + path.Base(TempName("x")): "in a directory of a person",
	}
	before := &lock.Lock{Files: map[string][]lock.Digest{}}
	for _, name := range []string{"same.yaml", "changed.yaml", "old/deep/er/x.yaml", "old/y.yaml", "mixed/z.yaml", "gone/already.yaml"} {
		before.Files[name] = []lock.Digest{lock.DigestOf([]byte(head + "a: 1\n"))}
	}
	d := onDisk(files)
	p, refused := New(rendered(t, map[string]string{"same.yaml": "a: 1\n", "changed.yaml": "a: 2\n", "new/dir/x.yaml": "a: 1\n"}), d, before, before.Format(), Options{})
	if refused != nil {
		t.Fatal(refused)
	}
	var got []string
	for _, op := range p.Operations {
		got = append(got, string(op.Action)+" "+op.Path)
	}
	want := []string{
		"remove-temp " + TempName("changed.yaml"), "update changed.yaml", "create new/dir/x.yaml",
		"delete mixed/z.yaml", "delete old/deep/er/x.yaml", "delete old/y.yaml",
		"remove-directory old/deep/er", "remove-directory old/deep", "remove-directory old",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for name, n := range d.reads {
		if n != 1 || strings.Contains(name, "mine") {
			t.Errorf("%s was read %d times", name, n)
		}
	}
	if want := []string{"changed.yaml", lock.Name, "mixed/z.yaml", "new/dir/x.yaml", "old/deep/er/x.yaml", "old/y.yaml"}; !slices.Equal(p.Paths(), want) {
		t.Errorf("paths %q", p.Paths())
	}
	interim, err := lock.Parse(p.Interim, lock.Tool{})
	if err != nil || len(interim.Files["changed.yaml"]) != 2 || len(interim.Files["same.yaml"]) != 1 || len(interim.Files["old/y.yaml"]) != 1 || len(interim.Files["new/dir/x.yaml"]) != 1 {
		t.Errorf("interim lock: %v\n%s", err, p.Interim)
	}
	final, err := lock.Parse(p.Lock, lock.Tool{})
	if err != nil || len(final.Files) != 3 || len(final.Files["changed.yaml"]) != 1 {
		t.Errorf("lock: %v\n%s", err, p.Lock)
	}
}

func TestUnreadableDisk(t *testing.T) {
	d := onDisk(map[string]string{"a/x.yaml": "", "b/y.yaml": ""})
	d.broken["a"], d.broken["b/y.yaml"] = true, true
	p, refused := New(rendered(t, map[string]string{"a/x.yaml": "", "b/y.yaml": ""}), d, nil, nil, Options{})
	if p != nil || len(refused) != 2 || refused[0].Rule != "unreadable" || refused[0].File != "a" || refused[1].File != "b/y.yaml" || !strings.Contains(refused[1].Message, errBroken.Error()) {
		t.Errorf("got %v, %v", p, refused)
	}
}

func TestRenderedMarkersMustBeReadable(t *testing.T) {
	bad := "a: [ # {\"$imagepolicy\": \"n:p\"}\n"
	_, refused := New(rendered(t, map[string]string{"x.yaml": bad}), onDisk(nil), nil, nil, Options{})
	if len(refused) != 1 || refused[0].Rule != "bad-marker" || !strings.Contains(refused[0].Hint, "x.cue") {
		t.Errorf("got %v", refused)
	}
}

func TestImageReferences(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0", 64)
	for ref, want := range map[string][3]string{
		"shop":                            {"shop", "", ""},
		"shop:1":                          {"shop", ":1", "1"},
		"r:5000/shop":                     {"r:5000/shop", "", ""},
		"r:5000/shop:1":                   {"r:5000/shop", ":1", "1"},
		"r/shop@" + digest:                {"r/shop", "@" + digest, ""},
		"r:5000/a/shop:1.2.3-x@" + digest: {"r:5000/a/shop", ":1.2.3-x@" + digest, "1.2.3-x"},
		"":                                {"", "", ""},
	} {
		if got := [3]string{nameOf(ref), suffixOf(ref), tagOf(ref)}; got != want {
			t.Errorf("%q: got %q", ref, got)
		}
	}
	for _, c := range []struct {
		part  setter.Part
		value string
		sane  bool
	}{
		{setter.Tag, "1.2.3", true},
		{setter.Tag, "_x", true},
		{setter.Tag, ".x", false},
		{setter.Tag, "a/b", false},
		{setter.Tag, "1\n", false},
		{setter.Name, "r.example.org:5000/a/b-c__d", true},
		{setter.Name, "localhost/x", true},
		{setter.Name, "[::1]:5000/x", true},
		{setter.Name, "R/X", false},
		{setter.Name, "a//b", false},
		{setter.Name, "shop:1", false},
		{setter.Name, "", false},
		{setter.Digest, digest, true},
		{setter.Digest, "sha256:0", false},
		{setter.Digest, strings.Repeat("0", 64), false},
		{setter.Image, "r/x:1@" + digest, true},
		{setter.Image, "r/x", true},
		{setter.Image, "r/x:", false},
		{setter.Image, "r/x: y", false},
	} {
		if sane(c.part, c.value) != c.sane {
			t.Errorf("part %q, value %q: want %v", c.part, c.value, c.sane)
		}
	}
}

func TestQuotePath(t *testing.T) {
	for name, want := range map[string]string{"a/b-c.yaml": "a/b-c.yaml", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'", "ü": "'ü'", "": "''"} {
		if got := QuotePath(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestTempNames(t *testing.T) {
	name := TempName("a/b/" + strings.Repeat("x", 250))
	if path.Dir(name) != "a/b" || !isTemp(Entry{path.Base(name), Regular}) || name != TempName("a/b/"+strings.Repeat("x", 250)) || name == TempName("a/b/y") {
		t.Errorf("got %s", name)
	}
	for _, e := range []Entry{{path.Base(name), Directory}, {path.Base(name), Symlink}, {path.Base(name) + "0", Regular}, {TempPrefix + "mine.yaml-012345", Regular}, {TempPrefix, Regular}} {
		if isTemp(e) {
			t.Errorf("%+v is taken for lvsgen's", e)
		}
	}
}

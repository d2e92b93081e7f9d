package vendored_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/vendored"
)

// repository holds files; those without content cannot be read.
type repository map[string]string

func (r repository) Has(name string) bool { _, ok := r[name]; return ok }

func (r repository) Read(name string) ([]byte, error) {
	if r[name] == "" {
		return nil, fs.ErrPermission
	}
	return []byte(r[name]), nil
}

const archive = "an archive"

var (
	source = vendored.Source{Repository: "https://charts.example.com", Name: "web", Version: "1.x"}
	entry  = fmt.Sprintf("- {repository: 'https://charts.example.com', name: web, version: 1.x, resolved: 1.2.3, digest: %q, file: a/web-1.2.3.tgz}\n", vendored.Digest([]byte(archive)))
	lock   = "version: 1\ncharts:\n" + entry
)

// read reads a lock with archives beside it.
func read(text string) (*vendored.Lock, []string) {
	l, findings := vendored.Read(repository{"c/charts.lock.yaml": text, "c/a/web-1.2.3.tgz": archive, "c/a/unread.tgz": "", "c/a/web.zip": archive, "out.tgz": archive}, "c")
	var said []string
	for _, f := range findings {
		said = append(said, fmt.Sprintf("%d: %s", f.Line, f.Message))
	}
	return l, said
}

func TestRead(t *testing.T) {
	l, said := read(lock)
	if len(said) > 0 || len(l.Charts) != 1 {
		t.Fatalf("%+v, %q", l, said)
	}
	if c, file, ok := l.Find(source); !ok || file != "c/a/web-1.2.3.tgz" || c.Resolved != "1.2.3" {
		t.Errorf("%+v in %q, %t", c, file, ok)
	}
	if _, _, ok := l.Find(vendored.Source{Repository: source.Repository, Name: "web", Version: "1.2.3"}); ok {
		t.Error("found by another version than a release asks for")
	}
	if _, _, ok := (*vendored.Lock)(nil).Find(source); ok {
		t.Error("found in no lock")
	}
	if l, findings := vendored.Read(repository{}, "c"); len(findings) > 0 || len(l.Charts) > 0 || l.Dir != "c" {
		t.Errorf("without a lock: %+v, %v", l, findings)
	}
}

func TestReadRefuses(t *testing.T) {
	other := strings.Replace(entry, vendored.Digest([]byte(archive)), vendored.Digest(nil), 1)
	file := func(name string) string { return strings.Replace(lock, "a/web-1.2.3.tgz", name, 1) }
	for name, test := range map[string]struct{ text, want string }{
		"no YAML":             {"a: [", "0: "},
		"another form":        {"- a\n", "1: this is no lock of charts"},
		"an unknown field":    {"version: 1\nchart: []\n", "1: this is no lock of charts"},
		"a newer version":     {"charts: []\nversion: 2\n", "2: the lock has version 2, this lvsgen reads 1"},
		"no version":          {"charts: []\n", "1: the lock has version 0"},
		"no digest":           {strings.Replace(lock, "sha256:", "md5:", 1), "3: chart web 1.x from https://charts.example.com: \"md5:"},
		"another digest":      {"version: 1\ncharts:\n" + other, "3: chart web 1.x from https://charts.example.com: the archive \"c/a/web-1.2.3.tgz\" has the digest"},
		"a missing archive":   {file("a/none.tgz"), "3: chart web 1.x from https://charts.example.com: the archive \"c/a/none.tgz\" is not there"},
		"an unread archive":   {file("a/unread.tgz"), "3: chart web 1.x from https://charts.example.com: the archive \"c/a/unread.tgz\" cannot be read"},
		"a way out":           {file("../out.tgz"), "3: chart web 1.x from https://charts.example.com: \"../out.tgz\" is no archive in the folder"},
		"a hidden way out":    {file("a/../../out.tgz"), "3: chart web 1.x from https://charts.example.com: \"a/../../out.tgz\" is no archive in the folder"},
		"an absolute path":    {file("/out.tgz"), "3: chart web 1.x from https://charts.example.com: \"/out.tgz\" is no archive in the folder"},
		"another kind":        {file("a/web.zip"), "3: chart web 1.x from https://charts.example.com: \"a/web.zip\" is no archive in the folder"},
		"a chart twice":       {lock + entry, "4: chart web 1.x from https://charts.example.com: it is in the lock twice"},
		"a second document":   {lock + "---\n" + lock, "5: the lock has a second document"},
		"the newest, no file": {"version: 1\ncharts: [{name: web, repository: r, digest: '" + vendored.Digest(nil) + "'}]\n", "2: chart web newest from r: \"\" is no archive"},
	} {
		t.Run(name, func(t *testing.T) {
			l, said := read(test.text)
			if len(said) != 1 || !strings.HasPrefix(said[0], test.want) && test.want != "0: " {
				t.Errorf("got %q, want %q", said, test.want)
			}
			if name != "a chart twice" && len(l.Charts) > 0 {
				t.Errorf("can be used: %+v", l.Charts)
			}
		})
	}
}

func TestReadUnreadable(t *testing.T) {
	l, findings := vendored.Read(repository{"c/charts.lock.yaml": ""}, "c")
	if len(l.Charts) > 0 || len(findings) != 1 || !strings.Contains(findings[0].Message, "cannot be read") {
		t.Errorf("%+v, %v", l, findings)
	}
}

func TestEncode(t *testing.T) {
	one := vendored.Chart{Source: vendored.Source{Repository: "b", Name: "a"}, File: "1.tgz"}
	two := vendored.Chart{Source: vendored.Source{Repository: "a", Name: "b"}, File: "2.tgz"}
	first := (&vendored.Lock{Charts: []vendored.Chart{one, two}}).Encode()
	if again := (&vendored.Lock{Charts: []vendored.Chart{two, one}}).Encode(); !bytes.Equal(first, again) {
		t.Errorf("first\n%s\nthen\n%s", first, again)
	}
	if bytes.Index(first, []byte("2.tgz")) > bytes.Index(first, []byte("1.tgz")) {
		t.Errorf("not sorted by repository:\n%s", first)
	}
}

func TestFileName(t *testing.T) {
	for _, test := range []struct{ repository, name, resolved, want string }{
		{"https://charts.example.com/stable", "web", "1.2.3", "charts.example.com/stable/web-1.2.3.tgz"},
		{"oci://ghcr.io/a/b", "web", "1.2.3+b", "ghcr.io/a/b/web-1.2.3+b.tgz"},
		{"https://x.example.com:8443", "../../etc", "a/b", "x.example.com_8443/_.._etc-a_b.tgz"},
		{"https://x/../..//.git", ".hidden", "..", "x/git/hidden-.tgz"},
	} {
		if got := vendored.FileName(vendored.Source{Repository: test.repository, Name: test.name}, test.resolved); got != test.want {
			t.Errorf("%s %s %s: got %q, want %q", test.repository, test.name, test.resolved, got, test.want)
		}
	}
}

// FuzzRead holds that no lock panics, that findings lie in it, that the archives it leads to lie below its folder and have its
// digests, that what was read is read again from what is written, and that the names of archives stay below the folder.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{lock, lock + entry, "version: 1\ncharts: []\n", "version: 2\n", "- a\n", "---\n---\n", "{version: 1, charts: [{}]}", "version: 1\ncharts: null\n---\na: b\n", "version: 0x1\ncharts: &a [*a]\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := repository{"c/charts.lock.yaml": text, "c/a/web-1.2.3.tgz": archive, "out.tgz": archive}
		l, findings := vendored.Read(files, "c")
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 2
		for _, finding := range findings {
			if finding.File != "c/charts.lock.yaml" || finding.Line > lines || finding.Message == "" {
				t.Errorf("%v is not in the file, which has %d lines", finding, lines)
			}
		}
		for _, c := range l.Charts {
			have, file, ok := l.Find(c.Source)
			if !ok || have != c || file != "c/a/web-1.2.3.tgz" || c.Digest != vendored.Digest([]byte(archive)) {
				t.Errorf("%+v leads to %+v in %q, %t", c, have, file, ok)
			}
			if name := vendored.FileName(c.Source, c.Resolved); !fs.ValidPath(name) || !vendored.Archive(name) || strings.HasPrefix(name, ".") {
				t.Errorf("%+v is kept in %q", c, name)
			}
		}
		files["c/charts.lock.yaml"] = string(l.Encode())
		again, findings := vendored.Read(files, "c")
		if len(findings) > 0 || !bytes.Equal(again.Encode(), l.Encode()) || len(again.Charts) != len(l.Charts) {
			t.Errorf("%v: %+v became %+v", findings, l, again)
		}
		if len(l.Charts) == 1 && !reflect.DeepEqual(again, l) {
			t.Errorf("%+v became %+v", l, again)
		}
	})
}

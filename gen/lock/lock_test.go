package lock

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

var tool = Tool{Version: "0.3.0", Schema: 1}

const (
	d1 = "0123456789abcdef0123456789abcdef"
	d2 = "11111111111111111111111111111111"
)

func parse(t *testing.T, text string) *Lock {
	t.Helper()
	l, err := Parse([]byte(text), tool)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestFormatAndParse(t *testing.T) {
	l := &Lock{
		Version: "0.3.0", Schema: 1,
		Files: map[string][]Digest{"b/x.yaml": {d2, d1, d2}, "a b/\"q\".yaml": {d1}, "ü.yaml": {d1}, "#x": {d1}},
		Seeds: map[string][]string{"apps:shop": {"1.0.0"}, "apps:shop:name": {"r/shop"}},
	}
	want := header + `lvsgen 0.3.0
schema 1
file #x ` + d1 + `
file "a b/\"q\".yaml" ` + d1 + `
file b/x.yaml ` + d1 + `
file b/x.yaml ` + d2 + `
file "ü.yaml" ` + d1 + `
image apps:shop 1.0.0
image apps:shop:name r/shop
`
	if got := string(l.Format()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	back := parse(t, want)
	if string(back.Format()) != want {
		t.Errorf("read back:\n%s", back.Format())
	}
	if !back.Owns("b/x.yaml", d1) || !back.Owns("b/x.yaml", d2) || back.Owns("b/x.yaml", "x") || (*Lock)(nil).Owns("b/x.yaml", d1) {
		t.Error("Owns")
	}
}

func TestParseWhatMergesLeave(t *testing.T) {
	want := parse(t, "lvsgen 0.3.0\nschema 1\nfile a "+d1+"\nfile a "+d2+"\nfile b "+d1+"\nimage n:p 1\nimage n:p 2\n")
	for name, text := range map[string]string{
		"union, repetitions": "lvsgen 0.2.0\nlvsgen 0.3.0\nschema 1\nschema 1\nfile b " + d1 + "\nfile a " + d2 + "\nfile a " + d1 + "\nfile b " + d1 + "\nimage n:p 2\nimage n:p 1\n",
		"conflict markers":   "lvsgen 0.3.0\nschema 1\n<<<<<<< HEAD\nfile a " + d1 + "\n=======\nfile a " + d2 + "\n>>>>>>> other\nfile b " + d1 + "\nimage n:p 1\nimage n:p 2\n",
		"diff3":              "lvsgen 0.3.0\nschema 1\n<<<<<<< HEAD\nfile a " + d1 + "\n||||||| 123\nfile gone " + d1 + "\n=======\nfile a " + d2 + "\n>>>>>>> other\nfile b " + d1 + "\nimage n:p 1\nimage n:p 2\n",
		"CRLF, BOM, blank":   "\uFEFF# x\r\nlvsgen 0.3.0\r\nschema 1\r\n\r\nfile a " + d1 + "\r\nfile a " + d2 + "\r\nfile b " + d1 + "\r\nimage n:p 1\r\nimage n:p 2",
	} {
		t.Run(name, func(t *testing.T) {
			if got := parse(t, text); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, message, hint string }{
		"unknown line":  {"lvsgen 0.3.0\nfrob x\n", `lvsgen.lock:2:1: line "frob x" is not known`, "git checkout HEAD -- lvsgen.lock"},
		"newer tool":    {"frob x\nlvsgen 0.10.0\n", "lvsgen 0.10.0 wrote it", "use lvsgen 0.10.0 or newer"},
		"newer schema":  {"frob x\nlvsgen 0.3.0\nschema 2\n", "(schema 2)", "use lvsgen 0.3.0 or newer"},
		"short digest":  {"file a 0123\n", `line "file a 0123" is not a path and a digest`, "delete it"},
		"upper digest":  {"file a " + strings.ToUpper(d1) + "\n", "is not a path and a digest", "delete it"},
		"escaping path": {"file ../a " + d1 + "\n", `path "../a" is not inside the repository`, "delete it"},
		"absolute path": {"file /etc/passwd " + d1 + "\n", "is not inside the repository", "delete it"},
		"git path":      {"file .git/config " + d1 + "\n", "is not inside the repository", "delete it"},
		"bad quotes":    {"file \"a " + d1 + "\n", "is not a path and a digest", "delete it"},
		"three fields":  {"file a b " + d1 + "\n", "is not a path and a digest", "delete it"},
		"schema":        {"schema one\n", "names no schema version", "delete it"},
		"version":       {"lvsgen\n", "names no version", "delete it"},
		"image":         {"image n:p\n", "is not an image policy and a version", "delete it"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Parse([]byte(c.text), tool)
			bad, ok := errors.AsType[diag.Findings](err)
			if !ok || l != nil {
				t.Fatalf("got %v, %v", l, err)
			}
			if !strings.Contains(bad.Error(), c.message) || !strings.Contains(bad[0].Hint, c.hint) {
				t.Errorf("got %s (%s)", bad, bad[0].Hint)
			}
		})
	}
}

func TestDigestLeavesFluxOut(t *testing.T) {
	a := DigestOf([]byte("tag: 1 # {\"$imagepolicy\": \"n:p:tag\"}\n"))
	b := DigestOf([]byte("tag: \"2\" # {\"$imagepolicy\": \"n:p:tag\"}\n"))
	c := DigestOf([]byte("tog: \"2\" # {\"$imagepolicy\": \"n:p:tag\"}\n"))
	if a != b || a == c || len(a) != digestLen {
		t.Errorf("got %s %s %s", a, b, c)
	}
	// echo -n abc | sha256sum
	if got := DigestOf([]byte("abc")); got != "ba7816bf8f01cfea414140de5dae2223" {
		t.Errorf("digest of abc: %s", got)
	}
}

func TestNewerVersionDoesNotDependOnOrder(t *testing.T) {
	versions := []string{"", "dev", "devel", "0.1.0", "v0.1.0", "0.10.0", "0.2.0-rc.1", "0.2.0"}
	for _, a := range versions {
		for _, b := range versions {
			if newerVersion(a, b) != newerVersion(b, a) {
				t.Errorf("%q, %q", a, b)
			}
		}
	}
	if newerVersion("0.2.0", "0.10.0") != "0.10.0" || newerVersion("dev", "0.1.0") != "0.1.0" {
		t.Error("wrong order")
	}
}

// FuzzParse: what can be read is written in one way, and every path in it is inside the repository.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		header + "lvsgen 0.3.0\nschema 1\nfile a " + d1 + "\nimage n:p 1\n",
		"<<<<<<< HEAD\nfile \"a b\" " + d1 + "\n|||||||\n=======\n>>>>>>> x\r\n",
		"file \"\\u00fc\" " + d1, "image \"\" x", "lvsgen  ", "frob",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		l, err := Parse(content, tool)
		if err != nil {
			return
		}
		for p := range l.Files {
			if !tree.Clean(p) {
				t.Errorf("path %q", p)
			}
		}
		text := l.Format()
		back, err := Parse(text, tool)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(back, l) {
			t.Errorf("got %+v\nwant %+v", back, l)
		}
	})
}

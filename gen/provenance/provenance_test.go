package provenance_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/provenance"
)

// cloud is a cloud of this repository in memory.
func cloud(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	root := os.DirFS(dir)
	for _, top := range []string{"cloud.cue", "cue.mod", "clusters", "platform", "infrastructure", "applications"} {
		err := fs.WalkDir(root, top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(root, name)
			out[name] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// ask gives the places of one line.
func ask(t *testing.T, root fs.FS, file, text string) []string {
	t.Helper()
	content, err := fs.ReadFile(root, file)
	if err != nil {
		t.Fatal(err)
	}
	line := 1 + slices.IndexFunc(strings.Split(string(content), "\n"), func(l string) bool { return strings.Contains(l, text) })
	if line == 0 {
		t.Fatalf("%s has no line with %q", file, text)
	}
	places, ok := provenance.Trace(root, diag.Findings{diag.Errorf("r", diag.Position{File: file, Line: line}, "m")})
	if !ok {
		t.Fatal("the inputs were not read")
	}
	var out []string
	for _, p := range places[0] {
		content, err := fs.ReadFile(root, p.File)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s: %s: %s", p.File, strings.TrimSpace(strings.Split(string(content), "\n")[p.Line-1]), p.Message))
	}
	return out
}

const (
	everything = "../../test/clouds/everything"
	byValue    = "the line is rendered from this value"
)

func TestTrace(t *testing.T) {
	root := cloud(t, everything)
	for _, test := range []struct {
		file, text string
		want       []string
	}{
		// what a user's service says
		{"infrastructure/disks/storageclass.yaml", "provisioner:", []string{`platform/disks/service.cue: provisioner:   "disks.example.net": ` + byValue}},
		// a line that no value of the block makes
		{"infrastructure/disks/storageclass.yaml", "# Code generated", []string{`platform/disks/service.cue: clusters: prod: services: disks: {: the file is rendered from service disks`}},
		// a default
		{"applications/small/chart/Chart.yaml", "apiVersion:", []string{`applications/small/app.cue: apps: small: {: the file is rendered from app small`}},
		// of the cloud
		{"clusters/prod/sources.yaml", "url: https://", []string{`cloud.cue: url:        "https://git.example.org/cloud.git": ` + byValue}},
	} {
		if got := ask(t, root, test.file, test.text); !slices.Equal(got, test.want) {
			t.Errorf("%s, %s:\ngot  %q\nwant %q", test.file, test.text, got, test.want)
		}
	}
}

// TestMoved holds that lines are found again when people added some, and that Flux' tags are no change.
func TestMoved(t *testing.T) {
	root := cloud(t, everything)
	name := "infrastructure/disks/storageclass.yaml"
	root[name] = &fstest.MapFile{Data: append([]byte("# one line\n# two lines\n"), root[name].Data...)}
	want := []string{`platform/disks/service.cue: provisioner:   "disks.example.net": ` + byValue}
	if got := ask(t, root, name, "provisioner:"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := ask(t, root, name, "# one line"); len(got) != 1 || !strings.HasSuffix(got[0], "changed since: lvsgen render --check shows it") {
		t.Errorf("an added line: %q", got)
	}
	values := "applications/small/values.yaml"
	tagged := bytes.Replace(root[values].Data, []byte("tag: "), []byte("tag: 9.9.9 # was "), 1)
	if i := bytes.Index(root[values].Data, []byte("tag: ")); i >= 0 {
		end := i + bytes.IndexByte(root[values].Data[i:], '#')
		tagged = slices.Concat(root[values].Data[:i], []byte("tag: 9.9.9 "), root[values].Data[end:])
	}
	root[values] = &fstest.MapFile{Data: tagged}
	if got := ask(t, root, values, "tag: 9.9.9"); len(got) != 1 || strings.Contains(got[0], "changed since") {
		t.Errorf("a tag that Flux wrote: %q", got)
	}
}

// TestTrue holds what a traced place means, by CUE itself: with another value there the line is another.
func TestTrue(t *testing.T) {
	root := cloud(t, everything)
	const file, input = "infrastructure/disks/storageclass.yaml", "platform/disks/service.cue"
	var findings diag.Findings
	lines := strings.Split(string(root[file].Data), "\n")
	for i := range lines {
		findings = append(findings, diag.Errorf("r", diag.Position{File: file, Line: i + 1}, "m"))
	}
	places, ok := provenance.Trace(root, findings)
	proved := 0
	for i, list := range places {
		for _, p := range list {
			if p.Message != byValue {
				continue
			}
			source := strings.Split(string(root[input].Data), "\n")
			source[p.Line-1] = source[p.Line-1][:p.Column] + "x" + source[p.Line-1][p.Column:] // behind the quote
			changed := fstest.MapFS{}
			for name, f := range root {
				changed[name] = f
			}
			changed[input] = &fstest.MapFile{Data: []byte(strings.Join(source, "\n"))}
			out, _, _, err := generate.Tree(changed, load.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if out == nil {
				continue // the schema refuses this value
			}
			proved++
			f, _ := out.Get(file)
			if now := strings.Split(string(f.Content), "\n"); now[i] == lines[i] {
				t.Errorf("%s stays as it is when %s changes", lines[i], p.Position)
			}
		}
	}
	if !ok || proved < 2 {
		t.Errorf("%d places were proved", proved)
	}
}

func TestUnreadable(t *testing.T) {
	findings := diag.Findings{diag.Errorf("r", diag.Position{File: "a.yaml", Line: 1}, "m")}
	for name, root := range map[string]fs.FS{
		"no inputs": fstest.MapFS{}, "broken": fstest.MapFS{"cloud.cue": &fstest.MapFile{Data: []byte("package cloud\n{")}},
	} {
		if places, ok := provenance.Trace(root, findings); ok || len(places) != 1 || places[0] != nil {
			t.Errorf("%s: %v %v", name, places, ok)
		}
	}
}

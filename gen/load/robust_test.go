package load

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/test/inputs"
)

// unreadableFS fails to open one file.
type unreadableFS struct {
	fs.FS
	name string
}

func (u unreadableFS) Open(name string) (fs.File, error) {
	if name == u.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return u.FS.Open(name)
}

// TestHostileFiles has files that no golden archive can hold.
func TestHostileFiles(t *testing.T) {
	const name = "applications/shop/app.cue"
	with := func(data []byte) fs.FS {
		files := inputs.Cloud(&txtar.Archive{})
		files[name] = &fstest.MapFile{Data: data}
		return files
	}
	deep := bytes.Repeat([]byte("{a: "), 2000)
	tests := []struct {
		name  string
		files fs.FS
		want  string
	}{
		{"unreadable", unreadableFS{inputs.Cloud(&txtar.Archive{}), name}, name + ": cannot read the file: permission denied"},
		{"huge", with(bytes.Repeat([]byte("// a comment\n"), 100_000)), name + ": cannot read the file: the file is larger than 1024 KiB"},
		{"not UTF-8", with([]byte("package cloud\n\napps: shop: env: A: \"\xff\"\n")), name + ":3:22: the file is not UTF-8 here"},
		{"zero byte", with([]byte("package cloud\x00\n")), name + ":1:"},
		{"a directory", func() fs.FS {
			files := inputs.Cloud(&txtar.Archive{})
			files["applications/mail/app.cue/x"] = &fstest.MapFile{}
			return files
		}(), "applications/mail/app.cue: cannot read the file: it is not a regular file"},
		{"a chain of labels", with([]byte("package cloud\n\napps: shop: values: " + strings.Repeat("a:", 200_000) + "1\n")), name + ":3:"},
		{"deep", with(append([]byte("package cloud\n\napps: shop: "), deep...)), name + ":"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, findings := Load(tt.files, Options{})
			if in != nil || len(findings) == 0 || !strings.HasPrefix(findings.Error(), tt.want) {
				t.Errorf("model %v, findings %v, want %q", in != nil, findings, tt.want)
			}
		})
	}
}

// FuzzApp gives any bytes as an app's file: findings or a model, never a panic, and every error has a place.
func FuzzApp(f *testing.F) {
	cases, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if file.Name == "applications/shop/app.cue" {
				f.Add(file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 || bytes.Count(data, []byte("for")) > 3 {
			t.Skip("may be large on purpose: the script limits.txtar has those")
		}
		files := inputs.Cloud(&txtar.Archive{})
		files["applications/shop/app.cue"] = &fstest.MapFile{Data: data}
		in, findings := Load(files, Options{})
		if (in == nil) == (findings.Count(diag.Error) == 0) {
			t.Fatalf("model %v with findings %v", in != nil, findings)
		}
		for _, finding := range findings {
			if finding.File == "" {
				t.Errorf("no place: %+v", finding)
			}
		}
	})
}

// TestSymlinksStayInside: an input that is a link to the outside is not read.
func TestSymlinksStayInside(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside.cue")
	if err := os.WriteFile(outside, []byte("package cloud\n\napps: evil: image: version: \"1.0.0\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	repository := filepath.Join(dir, "cloud")
	for name, file := range inputs.Cloud(&txtar.Archive{}) {
		target := filepath.Join(repository, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(repository, "applications/evil"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(repository, "applications/evil/app.cue")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(repository)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	in, findings := Load(root.FS(), Options{})
	if in != nil || len(findings) != 1 || findings[0].File != "applications/evil/app.cue" {
		t.Errorf("model %v, findings %v", in != nil, findings)
	}
}

package vendored_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/vendored"
)

// files are a repository in memory.
type files map[string]string

func (f files) Has(name string) bool { _, ok := f[name]; return ok }

func (f files) Read(name string) ([]byte, error) {
	content, ok := f[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(content), nil
}

const dir = "vendor/charts"

var entry = "version: 1\ncharts:\n- repository: https://charts.example.org\n  name: shop\n  version: 1.x\n  resolved: 1.2.3\n  digest: " +
	vendored.Digest([]byte("archive")) + "\n  file: shop-1.2.3.tgz\n"

// TestRead holds which locks are taken, and what is said of the others.
func TestRead(t *testing.T) {
	for name, test := range map[string]struct {
		lock, archive string
		charts        int
		finding       string
	}{
		"right":               {entry, "archive", 1, ""},
		"nothing":             {"", "", 0, ""},
		"no YAML":             {"a: [", "", 0, "YAML"},
		"another version":     {"version: 9\n", "", 0, "version 9"},
		"a field of tomorrow": {entry + "more: 1\n", "archive", 0, "no lock of charts"},
		"another archive":     {entry, "archives", 0, "has the digest sha256:"},
		"no digest":           {strings.Replace(entry, "sha256:", "md5:", 1), "archive", 0, "is no digest"},
		"a file outside":      {strings.Replace(entry, "shop-1.2.3.tgz", "../../shop-1.2.3.tgz", 1), "archive", 0, "is no archive in the folder"},
		"a file of the root":  {strings.Replace(entry, "shop-1.2.3.tgz", "/shop-1.2.3.tgz", 1), "archive", 0, "is no archive in the folder"},
		"another file":        {strings.Replace(entry, "shop-1.2.3.tgz", "shop-2.tgz", 1), "archive", 0, "is not there"},
	} {
		repository := files{path.Join(dir, vendored.LockName): test.lock, path.Join(dir, "shop-1.2.3.tgz"): test.archive}
		lock, findings := vendored.Read(repository, dir)
		if len(lock.Charts) != test.charts {
			t.Errorf("%s: %d charts, want %d", name, len(lock.Charts), test.charts)
		}
		if (test.finding == "") != (len(findings) == 0) || len(findings) > 0 && !strings.Contains(findings[0].Message, test.finding) {
			t.Errorf("%s: %v, want %q", name, findings, test.finding)
		}
	}
	if lock, findings := vendored.Read(files{}, dir); len(lock.Charts) > 0 || len(findings) > 0 {
		t.Errorf("without a lock: %v, %v", lock, findings)
	}
}

// FuzzRead holds that no lock panics, that findings lie in it, and that every chart taken has its archive in the folder.
func FuzzRead(f *testing.F) {
	f.Add(entry)
	f.Add("version: 1\ncharts: [{file: ../a.tgz}, {}, null]\n")
	f.Fuzz(func(t *testing.T, content string) {
		repository := files{path.Join(dir, vendored.LockName): content, path.Join(dir, "shop-1.2.3.tgz"): "archive"}
		lock, findings := vendored.Read(repository, dir)
		for _, finding := range findings {
			if finding.Line > strings.Count(content, "\n")+1 {
				t.Errorf("line %d is behind the end: %s", finding.Line, finding.Message)
			}
		}
		for _, c := range lock.Charts {
			if !repository.Has(path.Join(dir, c.File)) || !strings.HasPrefix(path.Join(dir, c.File), dir+"/") {
				t.Errorf("a chart whose archive is %q is taken", c.File)
			}
		}
	})
}

package config_test

import (
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/config"
	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// files is a repository.
type files map[string]string

func (f files) Has(name string) bool { _, ok := f[name]; return ok }

func (f files) Read(name string) ([]byte, error) {
	if !f.Has(name) {
		return nil, fs.ErrNotExist
	}
	return []byte(f[name]), nil
}

var known = []string{"missing-secret", "two-owners", "unreached-file"}

func TestRead(t *testing.T) {
	c, findings := config.Read(files{config.Name: `
validate:
  rules:
    missing-secret: warning
    two-owners: off
  exclude:
  - ./examples/
  - "**/testdata/*.yaml"
  - old/[ab]*
  kubernetes: "1.36"
  flux: "v2.9"
`}, known)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if c.Kubernetes != "1.36" || c.Flux != "2.9" {
		t.Errorf("targets are %q and %q", c.Kubernetes, c.Flux)
	}
	for file, want := range map[string]bool{
		"examples/lite/cloud.yaml": true, "examples": true, "examples2/a.yaml": false, "a/examples/b.yaml": false,
		"testdata/a.yaml": true, "a/b/testdata/a.yaml": true, "a/testdata/b/a.yaml": false,
		"old/a1/x/y.yaml": true, "old/c/x.yaml": false, "clusters/prod/a.yaml": false,
	} {
		if got := c.Excluded(file); got != want {
			t.Errorf("%s: excluded %v, want %v", file, got, want)
		}
	}
	for _, test := range []struct {
		rule     string
		in, want diag.Severity
		off      bool
	}{
		{"missing-secret", diag.Error, diag.Warning, false},
		{"missing-secret", diag.Info, diag.Info, false},
		{"two-owners", diag.Error, diag.Error, true},
		{"unreached-file", diag.Warning, diag.Warning, false},
	} {
		if got, off := c.Severity(test.rule, test.in); got != test.want || off != test.off {
			t.Errorf("%s: %s becomes %s, off %v", test.rule, test.in, got, off)
		}
	}
}

func TestNothing(t *testing.T) {
	for name, repository := range map[string]files{"no file": {}, "empty": {config.Name: ""}, "only comments": {config.Name: "# later\n"}, "empty section": {config.Name: "validate:\n"}} {
		c, findings := config.Read(repository, known)
		if len(findings) > 0 || c.Excluded("a.yaml") {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, test := range []struct{ text, want, hint string }{
		{"valdate: {}\n", `lvsgen.yaml:1:1: unknown key "valdate"`, `did you mean "validate"?`},
		{"validate:\n  exlude: []\n", `lvsgen.yaml:2:3: unknown key "exlude"`, `did you mean "exclude"?`},
		{"validate:\n  colour: red\n", `lvsgen.yaml:2:3: unknown key "colour"`, "there are: rules, exclude, kubernetes, flux"},
		{"validate: [a]\n", `lvsgen.yaml:1:1: key must be a mapping`, ""},
		{"- a\n", `lvsgen.yaml:1:1: the file must hold a mapping`, "begin with validate:"},
		{"validate:\n  rules:\n    mising-secret: off\n", `lvsgen.yaml:3:5: unknown rule "mising-secret"`, `did you mean "missing-secret"?`},
		{"validate:\n  rules:\n    two-owners: fatal\n", `lvsgen.yaml:3:17: the severity of two-owners is "fatal"`, "the severities are error, warning, info, off"},
		{"validate:\n  rules:\n    two-owners: false\n", `lvsgen.yaml:3:17: the severity of two-owners is "false"`, "the severities are error, warning, info, off"},
		{"validate:\n  exclude: examples\n", `lvsgen.yaml:2:12: exclude must be a list of paths, not "examples"`, ""},
		{"validate:\n  exclude:\n  - a[\n", `lvsgen.yaml:3:5: the pattern "a[" cannot be read`, "close every [ and {, or put a backslash before them"},
		{"validate:\n  exclude:\n  - ../other\n", `lvsgen.yaml:3:5: the path "../other" leads out of the repository`, "write it from the repository's root, such as examples/**"},
		{"validate:\n  exclude:\n  - /etc\n", `lvsgen.yaml:3:5: the path "/etc" leads out of the repository`, "write it from the repository's root, such as examples/**"},
		{"validate:\n  exclude:\n  - .\n", `lvsgen.yaml:3:5: a path to leave out is "."`, "write a path from the repository's root, such as examples/**"},
		{"validate:\n  exclude:\n  - {a: b}\n", `lvsgen.yaml:3:5: a path to leave out is a mapping`, "write a path from the repository's root, such as examples/**"},
		{"validate:\n  kubernetes: 1.36\n", `lvsgen.yaml:2:15: the release kubernetes must be a text with a major and a minor number, not "1.36"`, `write it in quotes, such as "1.36"`},
		{"validate:\n  flux: \"2.9.1\"\n", `lvsgen.yaml:2:9: the release flux must be a text with a major and a minor number, not "2.9.1"`, `write it in quotes, such as "1.36"`},
		{"validate: {}\n---\nvalidate: {}\n", `lvsgen.yaml:3:1: the file has a second document`, "write everything into one"},
		{"validate:\n  rules: {}\n  rules: {}\n", `lvsgen.yaml:3:3: key "rules" is there twice`, "remove one of them: only one can count"},
		{"validate:\n\t- a\n", `lvsgen.yaml:2: this is no YAML: found character that cannot start any token`, "indent with spaces, not tabs, and quote texts that begin with a special character"},
	} {
		c, findings := config.Read(files{config.Name: test.text}, known)
		if c != nil || len(findings) != 1 {
			t.Errorf("%q: %v", test.text, findings)
			continue
		}
		if got := findings.Error(); got != test.want || findings[0].Hint != test.hint {
			t.Errorf("%q:\ngot  %s\n     %s\nwant %s\n     %s", test.text, got, findings[0].Hint, test.want, test.hint)
		}
	}
	_, findings := config.Read(files{"lvsgen.yml": ""}, known)
	if want := `lvsgen.yml: nothing reads "lvsgen.yml"`; !strings.HasPrefix(findings.Error(), want) {
		t.Errorf("got %q, want %q", findings.Error(), want)
	}
}

// FuzzRead holds that a file is taken or refused for a reason, at a place in it, and the same twice; that what is taken says only
// what the documentation allows, with paths that stay in the repository.
func FuzzRead(f *testing.F) {
	f.Add("charts: ./a/../b\nvalidate:\n  kubernetes: v1.36\n  flux: \"2.9\"\n  rules: {missing-secret: info}\n")
	f.Add("validate: {exclude: [1, {a: b}, '', ./, /x, a/../b], rules: [], kubernetes: 1.36}\ncharts: [a]\nchart: b\n---\na: b\n")
	f.Add("validate:\n  rules:\n    two-owners: off\n  exclude:\n  - a/**\n")
	f.Add("validate: {exclude: ['a[', '{b', '\\']}\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, findings := config.Read(files{config.Name: text}, known)
		if c == nil && len(findings) == 0 {
			t.Fatal("refused without a reason")
		}
		if c != nil {
			c.Excluded("a/b/c.yaml")
			sound(t, c)
		}
		for _, finding := range findings {
			if finding.File != config.Name || finding.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+2 || finding.Message == "" {
				t.Errorf("%v is not in the file", finding)
			}
		}
		if again, more := config.Read(files{config.Name: text}, known); !reflect.DeepEqual(again, c) || !reflect.DeepEqual(more, findings) {
			t.Errorf("first %+v, %v, then %+v, %v", c, findings, again, more)
		}
	})
}

// sound holds what every file that is taken says.
func sound(t *testing.T, c *config.Config) {
	t.Helper()
	for rule, severity := range c.Severities {
		if !slices.Contains(known, rule) || !slices.Contains([]string{"error", "warning", "info", config.Off}, severity) {
			t.Errorf("%q is %q", rule, severity)
		}
	}
	if c.Charts != "" && (!fs.ValidPath(c.Charts) || c.Charts == ".") {
		t.Errorf("the charts lie in %q", c.Charts)
	}
	for _, p := range c.Exclude {
		if p.Glob == "" || path.IsAbs(p.Glob) || slices.Contains(strings.Split(p.Glob, "/"), "..") || p.At.Line < 1 {
			t.Errorf("%+v is left out", p)
		}
	}
}

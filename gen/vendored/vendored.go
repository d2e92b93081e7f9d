// Package vendored is the folder of third-party charts that a repository keeps, so that releases of them can be rendered
// without a network. A lock names the archives, where they came from and their digests.
package vendored

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Rule names the findings about the lock and the archives.
const Rule = "chart-lock"

// Dir is where the charts lie unless lvsgen.yaml names another folder; LockName is the lock in it.
const (
	Dir      = "vendor/charts"
	LockName = "charts.lock.yaml"
)

// format is the version of the lock's format.
const format = 1

// Source is a chart as a release asks for it.
type Source struct {
	// Repository is the URL of a Helm repository, or what comes before the chart's name in the URL of an OCI artifact. It
	// has no slash at its end.
	Repository string `json:"repository"`
	// Name is the chart's.
	Name string `json:"name"`
	// Version is what the release asks for: a version, a range, "" for the newest, or the digest of an OCI artifact.
	Version string `json:"version,omitempty"`
}

// OCI tells whether the chart is an OCI artifact.
func (s Source) OCI() bool { return strings.HasPrefix(s.Repository, "oci://") }

// String is the chart for messages.
func (s Source) String() string {
	version := s.Version
	if version == "" {
		version = "newest"
	}
	return fmt.Sprintf("%s %s from %s", s.Name, version, s.Repository)
}

// Compare orders charts by repository, name and version.
func (s Source) Compare(t Source) int {
	return strings.Compare(s.Repository+"\x00"+s.Name+"\x00"+s.Version, t.Repository+"\x00"+t.Name+"\x00"+t.Version)
}

// Chart is one chart of the lock.
type Chart struct {
	Source `json:",inline"`
	// Resolved is the version that Version led to when it was pulled.
	Resolved string `json:"resolved"`
	// Digest is that of the archive: "sha256:" and 64 hexadecimal digits.
	Digest string `json:"digest"`
	// Manifest is the digest of the OCI artifact.
	Manifest string `json:"manifest,omitempty"`
	// File is the archive, from the folder of the lock.
	File string `json:"file"`
}

// Lock names the vendored charts of a repository. The zero value names none.
type Lock struct {
	// Dir is its folder in the repository.
	Dir    string
	Charts []Chart
}

// document is the lock as it is written.
type document struct {
	Version int     `json:"version"`
	Charts  []Chart `json:"charts"`
}

// Repository is what the lock is read from.
type Repository interface {
	Has(name string) bool
	Read(name string) ([]byte, error)
}

// Read gives the lock in the folder dir of a repository; an empty one when there is none. The findings say what is wrong
// with it; the charts that they are not about can be used.
func Read(repository Repository, dir string) (*Lock, diag.Findings) {
	l := &Lock{Dir: dir}
	name := path.Join(dir, LockName)
	if !repository.Has(name) {
		return l, nil
	}
	content, err := repository.Read(name)
	if err != nil {
		return l, diag.Findings{diag.Errorf(Rule, diag.Position{File: name}, "the lock of the charts cannot be read: %v", err)}
	}
	docs, findings := yamlfile.Parse(name, content)
	if len(findings) > 0 || len(docs) == 0 {
		return l, findings
	}
	var d document
	if err := yaml.UnmarshalStrict(content, &d); err != nil {
		return l, diag.Findings{again(diag.Errorf(Rule, docs[0].Position(), "this is no lock of charts: %s", strings.Join(strings.Fields(err.Error()), " ")))}
	}
	if d.Version != format {
		return l, diag.Findings{diag.Errorf(Rule, docs[0].Position("version"), "the lock has version %d, this lvsgen reads %d", d.Version, format).
			WithHint("use the lvsgen that wrote it, or run lvsgen charts pull")}
	}
	if len(docs) > 1 {
		return l, diag.Findings{again(diag.Errorf(Rule, docs[1].Position(), "the lock has a second document, which nothing reads"))}
	}
	for i, c := range d.Charts {
		field, problem := c.problem(repository, dir)
		if _, _, twice := l.Find(c.Source); twice && problem == "" {
			field, problem = "name", "it is in the lock twice"
		}
		if problem != "" {
			findings = append(findings, again(diag.Errorf(Rule, docs[0].Position("charts", i, field), "chart %s: %s", c.Source, problem)))
			continue
		}
		l.Charts = append(l.Charts, c)
	}
	return l, findings
}

func again(f diag.Finding) diag.Finding {
	return f.WithHint("take back what was changed by hand, or run lvsgen charts pull")
}

var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// problem says why a chart of the lock cannot be used, and which field of it says so.
func (c *Chart) problem(repository Repository, dir string) (field, problem string) {
	switch {
	case !digest.MatchString(c.Digest):
		return "digest", fmt.Sprintf("%q is no digest", c.Digest)
	case path.Clean(c.File) != c.File || path.IsAbs(c.File) || c.File == ".." || strings.HasPrefix(c.File, "../") || !Archive(c.File):
		return "file", fmt.Sprintf("%q is no archive in the folder of the lock", c.File)
	}
	file := path.Join(dir, c.File)
	if !repository.Has(file) {
		return "file", fmt.Sprintf("the archive %q is not there", file)
	}
	content, err := repository.Read(file)
	if err != nil {
		return "file", fmt.Sprintf("the archive %q cannot be read: %v", file, err)
	}
	if have := Digest(content); have != c.Digest {
		return "digest", fmt.Sprintf("the archive %q has the digest %s", file, have)
	}
	return "", ""
}

// Archive tells whether a path is that of a packaged chart.
func Archive(name string) bool { return path.Ext(name) == ".tgz" }

// Digest is that of an archive as locks write it.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Find gives the chart that a release asks for, and its archive in the repository.
func (l *Lock) Find(s Source) (c Chart, file string, ok bool) {
	if l == nil {
		return Chart{}, "", false
	}
	i := slices.IndexFunc(l.Charts, func(c Chart) bool { return c.Source == s })
	if i < 0 {
		return Chart{}, "", false
	}
	return l.Charts[i], path.Join(l.Dir, l.Charts[i].File), true
}

// Encode gives the lock as it is written: sorted, and the same for the same charts.
func (l *Lock) Encode() []byte {
	d := document{Version: format, Charts: slices.Clone(l.Charts)}
	slices.SortFunc(d.Charts, func(a, b Chart) int { return a.Compare(b.Source) })
	body, err := yaml.Marshal(d)
	if err != nil {
		panic(err) // texts and numbers only
	}
	return append([]byte("# Written by lvsgen charts pull: where the charts in this folder came from.\n"), body...)
}

// FileName is where the archive of a chart is kept, from the folder of the lock: HOST/PATH/NAME-VERSION.tgz. It is safe as
// a file's name whatever the parts hold.
func FileName(s Source, resolved string) string {
	where := s.Repository
	if u, err := url.Parse(s.Repository); err == nil && u.Host != "" {
		where = u.Host + "/" + strings.Trim(u.Path, "/")
	}
	var parts []string
	for _, part := range strings.Split(where, "/") {
		if part = plain(part); part != "" {
			parts = append(parts, part)
		}
	}
	return path.Join(append(parts, plain(s.Name)+"-"+plain(resolved)+".tgz")...)
}

var unsafe = regexp.MustCompile(`[^A-Za-z0-9._+-]+`)

// plain leaves only what every file system takes, and no dots in front.
func plain(part string) string {
	return strings.TrimLeft(unsafe.ReplaceAllString(part, "_"), ".-")
}

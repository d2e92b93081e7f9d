package validate_test

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules"
	"github.com/lvs-cloud/lvsgen/gen/validate"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
	"github.com/lvs-cloud/lvsgen/gen/vendored/charttest"
)

// around is what an example need not repeat: a cluster that applies the folder platform.
const around = `
-- clusters/prod/flux-system.yaml --
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m
  url: ssh://git@git.example.org/cloud
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 10m
  path: ./clusters/prod
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
-- clusters/prod/platform.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: platform
  namespace: flux-system
spec:
  interval: 10m
  path: ./platform
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
`

// certManager comes to an example whose first line asks for it: cert-manager, and the folder platform waits for it.
const certManager = `
-- clusters/prod/platform.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: platform
  namespace: flux-system
spec:
  interval: 10m
  path: ./platform
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
  dependsOn:
  - name: certificates
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: certificates
  namespace: flux-system
spec:
  interval: 10m
  path: ./certificates
  prune: true
  wait: true
  sourceRef:
    kind: GitRepository
    name: flux-system
-- certificates/release.yaml --
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: certificates
  namespace: flux-system
spec:
  url: https://charts.jetstack.io
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: certificates
  namespace: flux-system
spec:
  interval: 10m
  targetNamespace: certificates
  install:
    createNamespace: true
  chart:
    spec:
      chart: cert-manager
      version: 1.21.2
      sourceRef:
        kind: HelmRepository
        name: certificates
  values:
    crds:
      enabled: true
`

// wanted marks the line of a finding in an example, and that it is a warning where that matters.
var wanted = regexp.MustCompile(`#\s*want: ([a-z0-9-]+(?: \(warning\))?)`)

// TestExamples runs the two examples of every rule: the bad one has findings of this rule alone, at the marked lines, the
// good one has none at all.
func TestExamples(t *testing.T) {
	if err := lint.Validate(rules.All); err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules.All {
		t.Run(rule.Name, func(t *testing.T) {
			want := marks(rule.Bad)
			if len(want) == 0 {
				t.Fatal("the bad example has no # want mark")
			}
			if got := found(t, rule.Bad); !slices.Equal(got, want) {
				t.Errorf("bad example:\ngot  %q\nwant %q", got, want)
			}
			if got := found(t, rule.Good); len(got) > 0 {
				t.Errorf("good example: %q", got)
			}
		})
	}
}

// TestRepositories holds what is said about whole repositories of the shapes that people use: the marked lines alone.
func TestRepositories(t *testing.T) {
	files, err := filepath.Glob("testdata/repositories/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no repositories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := found(t, string(archive)), marks(string(archive)); !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func marks(archive string) []string {
	var out []string
	for _, f := range txtar.Parse([]byte(archive)).Files {
		for i, line := range strings.Split(string(f.Data), "\n") {
			for _, m := range wanted.FindAllStringSubmatch(line, -1) {
				out = append(out, fmt.Sprintf("%s:%d %s", f.Name, i+1, m[1]))
			}
		}
	}
	slices.Sort(out)
	return out
}

func found(t *testing.T, archive string) []string {
	t.Helper()
	fsys := fstest.MapFS{}
	texts := []string{around, archive}
	switch comment := txtar.Parse([]byte(archive)).Comment; {
	case bytes.Contains(comment, []byte("whole repository")):
		texts = []string{archive}
	case bytes.Contains(comment, []byte("cert-manager")):
		texts = []string{around, certManager, archive}
	}
	for _, text := range texts {
		for _, f := range txtar.Parse([]byte(text)).Files {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	pack(fsys)
	result, err := validate.Repository(fsys, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	severities(t, result.Findings)
	var out []string
	for _, f := range result.Findings {
		if f.Severity != diag.Info {
			// what is about a whole file is marked in its first line
			mark := fmt.Sprintf("%s:%d %s", f.File, max(f.Line, 1), f.Rule)
			if warning := mark + " (warning)"; f.Severity == diag.Warning && slices.Contains(marks(archive), warning) {
				mark = warning
			}
			out = append(out, mark)
		}
	}
	slices.Sort(out)
	return out
}

// digestOf stands for the digest of an archive in the lock of an example.
var digestOf = regexp.MustCompile(`DIGEST\(([^)]+)\)`)

// pack makes archives of the folders of an example that are called like archives, and writes their digests into the lock.
func pack(fsys fstest.MapFS) {
	charts := map[string]map[string]string{}
	for name, file := range fsys {
		if archive, inside, found := strings.Cut(name, ".tgz/"); found {
			if charts[archive] == nil {
				charts[archive] = map[string]string{}
			}
			charts[archive][inside] = string(file.Data)
			delete(fsys, name)
		}
	}
	digests := map[string]string{}
	for name, files := range charts {
		archive := charttest.Archive(path.Base(name), "0.0.0", files)
		fsys[name+".tgz"] = &fstest.MapFile{Data: archive}
		digests[path.Base(name)+".tgz"] = vendored.Digest(archive)
	}
	for name, file := range fsys {
		if path.Base(name) == vendored.LockName {
			file.Data = digestOf.ReplaceAllFunc(file.Data, func(m []byte) []byte { return []byte(digests[string(digestOf.FindSubmatch(m)[1])]) })
		}
	}
}

// severities holds that rules say which severities their findings have.
func severities(t *testing.T, findings diag.Findings) {
	t.Helper()
	for _, f := range findings {
		i := slices.IndexFunc(rules.All, func(r *lint.Rule) bool { return r.Name == f.Rule })
		if i >= 0 && !slices.Contains(rules.All[i].Severities, f.Severity) {
			t.Errorf("%s does not say that it reports findings of severity %s", f.Rule, f.Severity)
		}
	}
}

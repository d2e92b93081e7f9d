package validate_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/validate"
)

const bootstrap = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  path: ./clusters/prod
  sourceRef: {kind: GitRepository, name: flux-system}
`

// kustomization is a Flux Kustomization of a folder, with more of its spec.
func kustomization(name, path, more string) string {
	return fmt.Sprintf("---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: '%s', namespace: flux-system}\nspec:\n  path: %s\n  sourceRef: {kind: GitRepository, name: flux-system}\n%s", name, path, more)
}

func release(name, path, more string) string {
	return fmt.Sprintf("---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: %s, namespace: flux-system}\nspec:\n  chart: {spec: {chart: %s, sourceRef: {kind: GitRepository, name: flux-system}}}\n%s", name, path, more)
}

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: flux-system}\ndata: {a: b}\n"

func repository(files ...string) fstest.MapFS {
	out := fstest.MapFS{"clusters/prod/flux-system/gotk-sync.yaml": {Data: []byte(bootstrap)}}
	for i := 0; i < len(files); i += 2 {
		out[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return out
}

// diamond are folders that include the next two, which include the same two.
func diamond() fstest.MapFS {
	out := repository("clusters/prod/a.yaml", kustomization("a", "./d0a", ""))
	for i := range 40 {
		for _, side := range "ab" {
			out[fmt.Sprintf("d%d%c/kustomization.yaml", i, side)] = &fstest.MapFile{Data: fmt.Appendf(nil, "resources: [../d%da, ../d%db]\n", i+1, i+1)}
		}
	}
	return out
}

func many(n int, doc string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, doc, i)
	}
	return b.String()
}

// kustomizationFile is a repository whose one Kustomization builds a folder with that file.
func kustomizationFile(content string, more ...string) fstest.MapFS {
	return repository(append([]string{"clusters/prod/a.yaml", kustomization("a", "./base", ""), "base/kustomization.yaml", content, "base/a.yaml", configMap}, more...)...)
}

// hostile are repositories that would not end, or reach outside; want is part of a finding, or "" when there need be none.
var hostile = map[string]struct {
	files fstest.MapFS
	want  string
}{
	"a Kustomization that makes itself under a new name": {repository("clusters/prod/a.yaml", kustomization("a", "./loop", "  postBuild: {substitute: {N: x}}\n"),
		"loop/a.yaml", kustomization("a-${N}", "./loop", "  postBuild: {substitute: {N: \"${N}x\"}}\n")), "more than 50 deep"},
	"Kustomizations that double": {repository("clusters/prod/a.yaml", kustomization("a", "./loop", "  postBuild: {substitute: {N: x}}\n"),
		"loop/a.yaml", kustomization("a-${N}", "./loop", "  postBuild: {substitute: {N: \"${N}x\"}}\n")+kustomization("b-${N}", "./loop", "  postBuild: {substitute: {N: \"${N}y\"}}\n")), "more than 10000 Kustomizations"},
	"Kustomizations that make each other": {repository("clusters/prod/a.yaml", kustomization("a", "./one", ""), "one/b.yaml", kustomization("b", "./two", ""), "two/a.yaml", kustomization("a", "./one", "")), ""},
	"a chart that makes a release of itself": {repository("clusters/prod/a.yaml", release("a", "./c", ""), "c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n",
		"c/templates/a.yaml", release("x-{{ .Release.Name }}", "./c", "")), "more than 50 deep"},
	"a chart that loops":                     {repository("clusters/prod/a.yaml", release("a", "./c", ""), "c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/templates/a.yaml", "{{ range 10000000000 }}{{ end }}"), "more than 20000000 steps"},
	"folders that double":                    {diamond(), "more than 10000 folders"},
	"a folder that includes itself":          {kustomizationFile("resources: [../base]\n"), "includes itself"},
	"a component that includes itself":       {kustomizationFile("resources: [a.yaml]\ncomponents: [c]\n", "base/c/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncomponents: [../c]\n"), "includes itself"},
	"a base in git":                          {kustomizationFile("resources: [a.yaml, 'https://127.0.0.1:1/x.git']\n"), ""},
	"a base in git by ssh":                   {kustomizationFile("resources: ['me@127.0.0.1:x/y']\n", "base/me@127.0.0.1:x/y/kustomization.yaml", "resources: []\n"), ""},
	"a folder with the name of a repository": {kustomizationFile("resources: ['x@github.com:a/b']\nnamePrefix: x\n", "base/x@github.com:a/b/kustomization.yaml", "resources: [a.yaml]\n", "base/x@github.com:a/b/a.yaml", configMap), ""},
	"a resource by HTTP":                     {kustomizationFile("resources: ['http://127.0.0.1:1/a.yaml']\nnamePrefix: x\n"), ""},
	"a patch by HTTP":                        {kustomizationFile("resources: [a.yaml]\npatches: [{path: 'http://127.0.0.1:1/a.yaml'}]\n"), ""},
	"a generator by HTTP":                    {kustomizationFile("resources: [a.yaml]\nconfigMapGenerator: [{name: x, files: ['k=http://127.0.0.1:1/a.yaml']}]\n"), ""},
	"an OpenAPI schema by HTTP":              {kustomizationFile("resources: [a.yaml]\nopenapi: {path: 'http://127.0.0.1:1/a.yaml'}\n"), ""},
	"a transformer by HTTP":                  {kustomizationFile("resources: [a.yaml]\ntransformers: [t.yaml]\n", "base/t.yaml", "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\npath: http://127.0.0.1:1/a.yaml\n"), ""},
	"a transformer in the text by HTTP":      {kustomizationFile("resources: [a.yaml]\ntransformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: t}\n  path: HTTPS://127.0.0.1:1/a.yaml\n"), ""},
	"a component of Flux in git":             {repository("clusters/prod/a.yaml", kustomization("a", "./base", "  components: ['https://127.0.0.1:1/x.git']\n"), "base/kustomization.yaml", "resources: [a.yaml]\n", "base/a.yaml", configMap), ""},
	"a post-renderer by HTTP": {repository("clusters/prod/a.yaml", release("a", "./c", "  postRenderers: [{kustomize: {patches: [{path: 'http://127.0.0.1:1/a.yaml', target: {kind: ConfigMap}}]}}]\n"),
		"c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/templates/a.yaml", configMap), "the patch has a path"},
	"a Helm chart of kustomize":    {kustomizationFile("resources: [a.yaml]\nhelmCharts: [{name: x, repo: 'http://127.0.0.1:1', version: 1.0.0}]\n"), "does not let kustomize render charts"},
	"a generator that runs":        {kustomizationFile("resources: [a.yaml]\ngenerators: [g.yaml]\n", "base/g.yaml", "apiVersion: someteam/v1\nkind: Exec\nmetadata:\n  name: g\n  annotations: {config.kubernetes.io/function: \"exec: {path: ./git}\"}\n"), "external plugins disabled"},
	"a container that generates":   {kustomizationFile("resources: [a.yaml]\ngenerators: [g.yaml]\n", "base/g.yaml", "apiVersion: someteam/v1\nkind: Run\nmetadata:\n  name: g\n  annotations: {config.kubernetes.io/function: \"container: {image: x}\"}\n"), "external plugins disabled"},
	"a generator of /etc/passwd":   {kustomizationFile("resources: [a.yaml]\nconfigMapGenerator: [{name: x, files: [/etc/passwd]}]\n"), "outside of the repository"},
	"a generator of what is above": {kustomizationFile("resources: [a.yaml]\nconfigMapGenerator: [{name: x, files: ['../../../etc/passwd']}]\n"), "outside of the repository"},
	"a path above":                 {repository("clusters/prod/a.yaml", kustomization("a", "../../etc", "")), "does not exist"},
	"patches for all": {kustomizationFile("resources: [many.yaml]\npatches:\n"+strings.Repeat("- {target: {kind: ConfigMap}, patch: '[{op: add, path: /data/x, value: y}]'}\n", 1000),
		"base/many.yaml", many(4000, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a%d}\ndata: {a: b}\n")), "more than 2000000 changes"},
	"a substitution that grows": {repository("clusters/prod/a.yaml", kustomization("a", "./base", "  postBuild: {substitute: {A: "+strings.Repeat("x", 10_000)+"}}\n"),
		"base/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \""+strings.Repeat("${A}", 10_000)+"\"}\n"), "larger than 3 MiB"},
	"a substitution that replaces": {repository("clusters/prod/a.yaml", kustomization("a", "./base", "  postBuild: {substitute: {A: "+strings.Repeat("x", 1_000_000)+"}}\n"),
		"base/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \"${A//x/"+strings.Repeat("y", 1_000_000)+"}\"}\n"), "larger than 3 MiB"},
	"a substitution that is deep": {repository("clusters/prod/a.yaml", kustomization("a", "./base", "  postBuild: {substitute: {A: x}}\n"),
		"base/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \""+strings.Repeat("${B:=", 10_000)+strings.Repeat("}", 10_000)+"\"}\n"), "more than 100 deep"},
	"an offset that overflows": {repository("clusters/prod/a.yaml", kustomization("a", "./base", "  postBuild: {substitute: {A: xyz}}\n"),
		"base/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \"${A:1:9223372036854775807}\"}\n"), "cannot be computed"},
	"a JSON patch that doubles":    {kustomizationFile("resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |\n" + many(40, "    - {op: copy, from: /data, path: /data/x%d}\n")), "exceeding the limit 3145728"},
	"a patch of Flux that doubles": {repository("clusters/prod/a.yaml", kustomization("a", "./base", "  patches:\n  - target: {kind: ConfigMap}\n    patch: |\n"+many(40, "      - {op: copy, from: /data, path: /data/x%d}\n")), "base/a.yaml", configMap), "exceeding the limit 3145728"},
	"a post-renderer that doubles": {repository("clusters/prod/a.yaml", release("a", "./c", "  postRenderers:\n  - kustomize:\n      patches:\n      - target: {kind: ConfigMap}\n        patch: |\n"+many(40, "          - {op: copy, from: /data, path: /data/x%d}\n")),
		"c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/templates/a.yaml", configMap), "exceeding the limit 3145728"},
	"links": {func() fstest.MapFS {
		files := kustomizationFile("resources: [a.yaml, b.yaml, c/d.yaml, e]\n")
		for _, name := range []string{"base/b.yaml", "base/c", "base/e"} {
			files[name] = &fstest.MapFile{Data: []byte("/etc"), Mode: fs.ModeSymlink}
		}
		return files
	}(), "is a symbolic link"},
	"values that fill a list": {repository("clusters/prod/a.yaml", release("a", "./c", "  valuesFrom: [{kind: ConfigMap, name: v, targetPath: 'a[2000000000].b'}]\n"),
		"clusters/prod/v.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: v, namespace: flux-system}\ndata: {values.yaml: x}\n", "c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/templates/a.yaml", configMap), "targetPath"},
	"a schema of values by HTTP":               {repository("clusters/prod/a.yaml", release("a", "./c", ""), "c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/values.schema.json", `{"$ref": "http://127.0.0.1:1/schema.json"}`), ""},
	"a schema of values that is a file":        {repository("clusters/prod/a.yaml", release("a", "./c", ""), "c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/values.schema.json", `{"$ref": "file:///etc/passwd"}`), ""},
	"a schema of values that refers to itself": {repository("clusters/prod/a.yaml", release("a", "./c", ""), "c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/values.schema.json", `{"$ref": "#"}`), ""},
	"a CRD whose rules cost too much":          {repository("clusters/prod/a.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.b.io}\nspec:\n  group: b.io\n  names: {kind: A, plural: as}\n  scope: Cluster\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          l: {type: array, items: {type: integer}, x-kubernetes-validations: [{rule: 'self.all(a, self.all(b, self.all(c, self.all(d, a+b+c+d > 0))))'}]}\n---\napiVersion: b.io/v1\nkind: A\nmetadata: {name: x}\nl: ["+strings.Repeat("1, ", 20_000)+"1]\n"), ""},
	"hard names":                               {repository("clusters/prod/a\n::error::b.yaml", configMap, "clusters/prod/-rf.yaml", configMap, "clusters/prod/A.yaml", configMap, "clusters/prod/"+strings.Repeat("a", 250)+".yaml", configMap), "is there twice"},
}

type noNetwork struct{ t *testing.T }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s is asked for", r.URL)
	return nil, fs.ErrPermission
}

// TestHostileRepositories holds that hostile repositories end in a finding, that nothing is fetched and no program started, and
// that a second run says the same.
func TestHostileRepositories(t *testing.T) {
	transport := http.DefaultTransport
	http.DefaultTransport = noNetwork{t}
	t.Cleanup(func() { http.DefaultTransport = transport })
	programs, marker := t.TempDir(), filepath.Join(t.TempDir(), "started")
	for _, name := range []string{"git", "helm", "docker", "go"} {
		if err := os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/sh\necho $0 $* >>"+marker+"\nexit 1\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", programs)
	for name, test := range hostile {
		t.Run(name, func(t *testing.T) {
			first := said(t, test.files)
			if !strings.Contains(first, test.want) {
				t.Errorf("no finding says %q: %.2000s", test.want, first)
			}
			if again := said(t, test.files); again != first {
				t.Errorf("first\n%.2000s\nthen\n%.2000s", first, again)
			}
			if started, err := os.ReadFile(marker); err == nil {
				t.Fatalf("programs were started: %s", started)
			}
		})
	}
}

func said(t testing.TB, files fs.FS) string {
	t.Helper()
	result, err := validate.Repository(files, validate.Options{})
	if err != nil {
		return err.Error()
	}
	var b bytes.Buffer
	if err := report.JSON(&b, report.Document{Findings: result.Findings}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// separator is between the name and the content of files, and between files, in what FuzzRepository is given.
const separator = "\x00"

// FuzzRepository holds that no small repository panics, and that two runs say the same.
func FuzzRepository(f *testing.F) {
	for name, test := range hostile {
		var parts []string
		for file, content := range test.files {
			parts = append(parts, file, string(content.Data))
		}
		if text := strings.Join(parts, separator); len(text) < 5000 && !strings.Contains(name, "double") && !strings.Contains(name, "loop") {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, content string) {
		files, parts := repository(), strings.Split(content, separator)
		for i := 0; i+1 < len(parts); i += 2 {
			if fs.ValidPath(parts[i]) && parts[i] != "." {
				files[parts[i]] = &fstest.MapFile{Data: []byte(parts[i+1])}
			}
		}
		if first, again := said(t, files), said(t, files); first != again {
			t.Fatalf("first\n%s\nthen\n%s", first, again)
		}
	})
}

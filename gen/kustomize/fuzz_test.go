package kustomize_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template: {spec: {containers: [{name: web, image: 'registry.example.com/web:1.0.0'}]}}
`

// built builds the folder "apps" of a repository that has a folder of its own beside it.
func built(t *testing.T, files fstest.MapFS) (kustomize.Result, string) {
	t.Helper()
	tree, err := checkout.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	result := kustomize.New(tree, yamlfile.NewCache(tree)).Build(&kustomize.Spec{Path: "apps"})
	var fields []map[string]any
	for _, o := range result.Objects {
		fields = append(fields, o.Fields)
	}
	text, err := json.Marshal([]any{fields, result.Files, result.Findings, result.Passed, result.Remote})
	if err != nil {
		t.Fatalf("the objects are no JSON: %v", err)
	}
	return result, string(text)
}

// FuzzBuild holds that no kustomization, patch and manifest panic, that what is found lies in a file that was given, that a
// build with findings has no objects, that it reads files of the repository alone, and that two builds say the same.
func FuzzBuild(f *testing.F) {
	for _, seed := range [][2]string{
		{"resources: [m.yaml, ../base]\n", ""},
		{"resources: [m.yaml]\npatches:\n- path: p.yaml\n", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 2}\n"},
		{"resources: [m.yaml]\npatches:\n- target: {kind: Deployment, name: w.*}\n  path: p.yaml\n", "- {op: add, path: /metadata/labels, value: {a: b}}\n- {op: copy, from: /spec, path: /metadata/x}\n"},
		{"resources: [m.yaml]\npatchesStrategicMerge: [p.yaml, \"kind: Deployment\\nmetadata: {name: web}\\n\"]\npatchesJson6902:\n- target: {kind: Deployment, name: web, version: v1}\n  path: p.yaml\n", "[]\n"},
		{"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: a\nnamePrefix: b-\nlabels: [{pairs: {a: b}, includeSelectors: true}]\ncommonAnnotations: {c: d}\nresources: [m.yaml]\nimages: [{name: registry.example.com/web, newTag: 2.0.0}]\nreplicas: [{name: web, count: 3}]\n", "a: b\n"},
		{"configMapGenerator:\n- name: a\n  files: [p.yaml, x=m.yaml]\n  literals: [a=b, 'c=\"d\"']\n- name: b\n  envs: [p.yaml]\nsecretGenerator: [{name: c, literals: [a=b]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n", "A=1\n# b\nC\n"},
		{"resources: [m.yaml]\nreplacements:\n- source: {kind: Deployment, name: web, fieldPath: metadata.name}\n  targets: [{select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=web].image'], options: {delimiter: ':', index: 1}}]\nvars: [{name: A, objref: {kind: Deployment, name: web, apiVersion: apps/v1}}]\n", ""},
		{"components: [../base]\nresources: ['https://example.com/a?ref=b', ./, m.yaml]\nhelmCharts: [{name: x}]\nbases: [../base]\ncrds: [p.yaml]\nopenapi: {path: p.yaml}\n", "{}"},
		{"transformers: [p.yaml]\nresources: [m.yaml]\n", "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: a-\nfieldSpecs: [{path: metadata/name}]\n"},
		{"resource: [m.yaml]\nresources: {a: b}\npatches: x\n", "---\n---\n"},
		{"", ""},
		{"kind: Component\n", "["},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), []byte(deployment))
	}
	f.Fuzz(func(t *testing.T, kustomization, patch, manifest []byte) {
		if len(kustomization)+len(patch)+len(manifest) > 8<<10 {
			return // the time of a build is bounded elsewhere
		}
		files := fstest.MapFS{
			"apps/kustomization.yaml": {Data: kustomization}, "apps/p.yaml": {Data: patch}, "apps/m.yaml": {Data: manifest},
			"base/kustomization.yaml": {Data: []byte("resources: [c.yaml]\n")},
			"base/c.yaml":             {Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n")},
		}
		result, first := built(t, files)
		if len(result.Findings) > 0 && len(result.Objects) > 0 {
			t.Errorf("%d objects of a build that fails: %v", len(result.Objects), result.Findings)
		}
		for _, name := range result.Files {
			if files[name] == nil {
				t.Errorf("read %q, which is not in the repository", name)
			}
		}
		for _, finding := range append(result.Findings, result.Passed...) {
			inside(t, files, finding.Position)
			for _, related := range finding.Related {
				inside(t, files, related.Position)
			}
			if strings.TrimSpace(finding.Message) == "" {
				t.Errorf("a finding says nothing: %v", finding)
			}
		}
		for _, at := range result.Remote {
			inside(t, files, at)
		}
		for _, o := range result.Objects {
			if o.Fields == nil {
				t.Error("an object without fields")
			}
		}
		if _, again := built(t, files); again != first {
			t.Errorf("first\n%s\nthen\n%s", first, again)
		}
	})
}

// inside holds that a place is a folder of the repository, or a line of a file in it.
func inside(t *testing.T, files fstest.MapFS, at diag.Position) {
	t.Helper()
	file := files[at.File]
	if file == nil {
		if at.Line > 0 || at.File != "apps" && at.File != "base" && at.File != "." {
			t.Errorf("%v is not in the repository", at)
		}
		return
	}
	if lines := strings.Count(string(file.Data), "\n") + strings.Count(string(file.Data), "\r") + 2; at.Line > lines || at.Line < 0 || at.Column < 0 {
		t.Errorf("%v is not in the file, which has %d lines", at, lines)
	}
}

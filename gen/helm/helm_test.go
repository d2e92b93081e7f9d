package helm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/helm"
)

const chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"

func render(t *testing.T, files map[string]string, own map[string]any, r helm.Release) ([]helm.Object, string) {
	t.Helper()
	fsys := fstest.MapFS{"chart/Chart.yaml": {Data: []byte(chart)}}
	for name, content := range files {
		fsys["chart/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	tree, err := checkout.Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	r.Name, r.Namespace, r.KubeVersion = "shop", "store", "v1.36.4"
	objects, findings, err := helm.New(tree).Render("chart", own, &r)
	var said []string
	for _, f := range findings {
		said = append(said, fmt.Sprintf("%s [%s] %s", f.Position, f.Rule, f.Message))
	}
	if err != nil {
		said = append(said, err.Error())
	}
	return objects, strings.Join(said, "\n")
}

// TestRender holds what helm-controller does: the chart's values or those that replace them, then the release's; CRDs when
// they are asked for; what the chart may ask about the cluster.
func TestRender(t *testing.T) {
	files := map[string]string{
		"values.yaml":           "name: own\nkept: here\n",
		"crds/crd.yaml":         "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\n",
		"templates/NOTES.txt":   "{{ .Values.name }}",
		"templates/_parts.tpl":  "{{ define \"label\" }}made{{ end }}",
		"templates/hook.yaml":   "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  annotations: {helm.sh/hook: test}\n",
		"templates/a.yaml":      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n  namespace: {{ .Release.Namespace }}\n  labels: {label: {{ include \"label\" . }}, kept: {{ .Values.kept | default \"lost\" }}}\ndata: {kube: {{ .Capabilities.KubeVersion }}}\n",
		"templates/nothing.txt": "",
	}
	objects, said := render(t, files, nil, helm.Release{Values: map[string]any{"name": "given"}, CRDs: true})
	if said != "" || len(objects) != 3 {
		t.Fatalf("%d objects, %s", len(objects), said)
	}
	text := fmt.Sprint(objects)
	for _, want := range []string{"name:given", "namespace:store", "label:made", "kept:here", "kube:v1.36.4", "things.example.org", "chart/templates/a.yaml"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	objects, _ = render(t, files, map[string]any{"name": "replaced"}, helm.Release{})
	if text := fmt.Sprint(objects); len(objects) != 2 || !strings.Contains(text, "name:replaced") || !strings.Contains(text, "kept:lost") {
		t.Errorf("with values of its own: %s", text)
	}
}

// TestRefused holds the places and rules of what does not render.
func TestRefused(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"template":       {map[string]string{"templates/a.yaml": "kind: ConfigMap\nmetadata:\n  name: {{ .Values.a.b }}\n"}, "chart/templates/a.yaml:3"},
		"unclosed":       {map[string]string{"templates/a.yaml": "a: {{ if true }}\n"}, "[chart-render]"},
		"no YAML":        {map[string]string{"templates/a.yaml": "a: b: c\n"}, "no YAML"},
		"no object":      {map[string]string{"templates/a.yaml": "- a\n"}, "no object"},
		"kube version":   {map[string]string{"Chart.yaml": chart + "kubeVersion: \"<1.20\"\n"}, "wants Kubernetes"},
		"schema":         {map[string]string{"values.yaml": "a: text\n", "values.schema.json": `{"type":"object","properties":{"a":{"type":"integer"}}}`}, "[chart-values-schema]"},
		"asked for more": {map[string]string{"templates/a.yaml": "{{ fail \"give a name\" }}"}, "give a name"},
		"dependency":     {map[string]string{"Chart.yaml": chart + "dependencies: [{name: other, version: 1.x, repository: https://charts.example.org}]\n"}, helm.ErrUnknown.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			objects, said := render(t, test.files, nil, helm.Release{})
			if len(objects) > 0 || !strings.Contains(said, test.want) {
				t.Errorf("%d objects, %q lacks %q", len(objects), said, test.want)
			}
		})
	}
}

// TestNoChart holds that a folder without Chart.yaml is a finding, not an error.
func TestNoChart(t *testing.T) {
	tree, err := checkout.Open(fstest.MapFS{"chart/values.yaml": {Data: []byte("a: b\n")}})
	if err != nil {
		t.Fatal(err)
	}
	_, findings, err := helm.New(tree).Render("chart", nil, &helm.Release{})
	if err != nil || len(findings) != 1 || findings[0].Rule != helm.RuleChart {
		t.Errorf("%v, %v", findings, errors.Unwrap(err))
	}
}

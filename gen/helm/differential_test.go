package helm

import (
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	helmengine "helm.sh/helm/v3/pkg/engine"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/helm/engine"
)

// both renders a chart with Helm's engine and with ours.
func both(t *testing.T, c *chart.Chart, values map[string]any) (theirs, ours map[string]string, theirErr, ourErr error) {
	t.Helper()
	render := func() chartutil.Values {
		v, err := chartutil.ToRenderValues(c, values, chartutil.ReleaseOptions{Name: "shop", Namespace: "shop", Revision: 1, IsInstall: true}, chartutil.DefaultCapabilities.Copy())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	theirs, theirErr = helmengine.Render(c, render())
	var templates []engine.Template
	gatherTemplates(c, render(), &templates)
	budget := engine.NewBudget()
	ours, ourErr = engine.Render(templates, budget)
	t.Logf("%s: %d steps", c.Name(), budget.Spent())
	return theirs, ours, theirErr, ourErr
}

func same(t *testing.T, c *chart.Chart, values map[string]any) {
	t.Helper()
	theirs, ours, theirErr, ourErr := both(t, c, values)
	if (theirErr == nil) != (ourErr == nil) {
		t.Fatalf("Helm says %v, we say %v", theirErr, ourErr)
	}
	if theirErr != nil {
		if theirErr.Error() != ourErr.Error() {
			t.Errorf("Helm says\n%v\nwe say\n%v", theirErr, ourErr)
		}
		return
	}
	if !maps.Equal(theirs, ours) {
		for _, name := range slices.Sorted(maps.Keys(theirs)) {
			if theirs[name] != ours[name] {
				t.Errorf("%s: Helm renders\n%s\nwe render\n%s", name, theirs[name], ours[name])
			}
		}
	}
}

// TestAsHelm holds that the charts of the reference cloud and of the test clouds render as Helm's own engine renders them.
func TestAsHelm(t *testing.T) {
	tree, err := checkout.Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	charts, done := New(tree), 0
	for _, name := range tree.Files() {
		if path.Base(name) != "Chart.yaml" {
			continue
		}
		c, findings := charts.Load(path.Dir(name))
		if len(findings) > 0 {
			continue
		}
		done++
		same(t, c, nil)
	}
	if done < 10 {
		t.Errorf("only %d charts were found", done)
	}
}

// snippets are templates that use what Helm's engine adds to text/template, and what may differ in errors.
var snippets = []string{
	`{{ .Values.name | quote }} {{ .Values.none }} {{ .Values.none.more }}`,
	`{{ include "x" (dict "a" .Values) }}{{ define "x" }}{{ toYaml .a | nindent 2 }}{{ end }}`,
	`{{ tpl .Values.text . }}`, `{{ tpl "{{ .Values.none }}{{ define \"y\" }}1{{ end }}{{ include \"y\" . }}" . }}`, `{{ tpl "{{ bad" . }}`, `{{ tpl "{{ fail \"no\" }}" . }}`,
	`{{ required "say a name" .Values.none }}`, `{{ required "say a name" "" }}`, `{{ required "r" .Values.name }}`, `{{ fail "this: is no good" }}`,
	`{{ range $i, $x := .Values.list }}{{ if eq $x "b" }}{{ continue }}{{ end }}{{ $i }}{{ $x }}{{ else }}none{{ end }}`, `{{ range .Values.list }}{{ break }}{{ end }}`, `{{ range 3 }}{{ . }}{{ end }}`,
	"{{- range .Values.list -}}\n  {{ . }}\n{{- end -}}", "{{ with .Values.map }}{{ .a }}{{ else }}no{{ end }}",
	`{{ .Files.Get "conf/a.txt" }}{{ (.Files.Glob "conf/*").AsConfig }}{{ (.Files.Glob "conf/*").AsSecrets }}{{ range .Files.Lines "conf/a.txt" }}{{ . }}{{ end }}`,
	`{{ range $name, $content := .Files }}{{ $name }}={{ $content | toString }}{{ end }}{{ .Files.GetBytes "no" }}`,
	`{{ toJson .Values }}{{ toToml .Values.map }}{{ toYamlPretty .Values }}{{ fromYaml "a: [1" }}{{ fromYaml "a: 1" }}{{ fromYamlArray "- 1" }}{{ fromYamlArray "a" }}{{ fromJson "{" }}{{ fromJsonArray "[1]" }}{{ fromYaml "" }}{{ fromYaml "null" }}`,
	`{{ .Chart.Name }}{{ .Chart.IsRoot }}{{ .Release.Service }}{{ .Template.Name }}{{ .Template.BasePath }}{{ .Capabilities.KubeVersion.Version }}{{ .Capabilities.APIVersions.Has "v1" }}`,
	`{{ lookup "v1" "Secret" "a" "b" }}{{ getHostByName "localhost" }}`, `{{ env "HOME" }}`, `{{ nothing }}`, `{{ .Values.name.x }}`, `{{ index .Values.list 9 }}`, `{{ if }}`, `{{ end }}`, `{{ include "none" . }}`, `{{ template "none" }}`,
	`{{ printf "%s-%d %v" .Values.name 3 .Values.map }}{{ print 1 2 "a" }}{{ println }}{{ html "<a>" }}{{ js "'" }}{{ urlquery "a b" }}`,
	`{{ $x := dict "a" 1 }}{{ $_ := set $x "b" (list 1 2) }}{{ merge $x .Values.map | toYaml }}{{ deepCopy $x }}{{ $x | keys | sortAlpha }}`,
	`{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}`, `{{ repeat 3 "x" }}{{ until 3 }}{{ untilStep 3 0 -1 }}{{ seq 3 }}{{ seq 1 2 5 }}{{ join "," (list 1 2) }}{{ uniq (list 1 1 2) }}{{ replace "a" "b" "aa" }}`,
	`{{ regexReplaceAll "(a+)" "baaab" "<$1>" }}{{ regexMatch "(" "a" }}`, `{{ mustRegexMatch "(" "a" }}`, `{{ first (list) }}{{ mustFirst 1 }}`, `{{ div 1 0 }}`, `{{ "x" | b64enc | sha256sum }}`, `{{ chunk 0 (list 1) }}`, `{{ index .Values "a" "b" }}`,
	`{{ semverCompare ">=1.2" "1.3.0" }}{{ semver "x" }}`, `{{ typeOf .Values }}{{ kindOf .Values }}{{ typeOf .Values.map }}{{ typeOf .Files }}`, "a\n{{/* c */}}\n{{- $a := 1 -}}\n{{ $a }}", `{{ ternary "a" "b" true }}{{ default "x" .Values.none }}{{ coalesce .Values.none "z" }}{{ dig "map" "q" 7 .Values.AsMap }}`,
	`{{ .Values.sub.greeting }}{{ .Subcharts.sub.Values.greeting }}{{ include "sub.name" .Subcharts.sub }}`, `{{ toYaml . | len | lt 10 }}`,
}

// TestSnippetsAsHelm holds the same for single templates, also those that fail: their errors are equal to the letter.
func TestSnippetsAsHelm(t *testing.T) {
	for _, snippet := range snippets {
		t.Run("", func(t *testing.T) { same(t, snippetChart(t, snippet), nil) })
	}
}

func snippetChart(t testing.TB, snippet string) *chart.Chart {
	t.Helper()
	if strings.Contains(snippet, "typeOf .Files") {
		snippet = strings.ReplaceAll(snippet, "{{ typeOf .Files }}", "") // the one thing that differs: its name in Go
	}
	c, err := loader.LoadFiles([]*loader.BufferedFile{
		{Name: "Chart.yaml", Data: []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\n")},
		{Name: "values.yaml", Data: []byte("name: shop\ntext: '{{ .Values.name }}-{{ .Release.Name }}'\nlist: [a, b, c]\nmap: {a: 1, b: x}\nsub: {greeting: hello}\n")},
		{Name: "templates/a.yaml", Data: []byte(snippet)},
		{Name: "templates/b.txt", Data: []byte(`{{ .Template.Name }}`)},
		{Name: "conf/a.txt", Data: []byte("one\ntwo\n")},
		{Name: "charts/sub/Chart.yaml", Data: []byte("apiVersion: v2\nname: sub\nversion: 1.0.0\n")},
		{Name: "charts/sub/templates/_n.tpl", Data: []byte(`{{ define "sub.name" }}{{ .Chart.Name }}{{ .Chart.IsRoot }}{{ end }}`)},
		{Name: "charts/sub/templates/c.yaml", Data: []byte(`{{ .Values.greeting }}{{ include "sub.name" . }}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

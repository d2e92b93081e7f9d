// Package helm renders the charts of the repository as helm-controller does: the chart's values, then those of the
// release, the values schema, the templates, the CRDs.
package helm

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// The rules of the findings of a chart.
const (
	RuleChart      = "chart-missing"
	RuleRender     = "chart-render"
	RuleSchema     = "chart-values-schema"
	RuleDependency = "chart-dependency"
)

// Release is what is rendered.
type Release struct {
	Name, Namespace string
	// Values are laid over those of the chart.
	Values map[string]any
	// CRDs tells whether the folder crds/ is installed.
	CRDs bool
	// KubeVersion is the cluster's, such as "v1.36.3"; APIVersions are the groups and versions that it serves, and their
	// kinds: "apps/v1", "apps/v1/Deployment".
	KubeVersion string
	APIVersions []string
	// Locate gives the place of a value in the files.
	Locate func(path []any) diag.Position
	// Templates replace those of the chart, by their path in it: to see what comes of a change.
	Templates map[string][]byte
}

// Object is one object of a chart.
type Object struct {
	Fields map[string]any
	// Template is the file in the repository that it comes from.
	Template string
	// Hook is the value of the annotation helm.sh/hook; "" for what belongs to the release.
	Hook string
}

// Charts loads the charts of one repository, each once.
type Charts struct {
	tree *checkout.Tree
	mu   sync.Mutex
	done map[string]loaded
	// steps are those that all renderings took.
	steps int64
}

type loaded struct {
	chart    *chart.Chart
	findings diag.Findings
}

// New loads from tree.
func New(tree *checkout.Tree) *Charts {
	return &Charts{tree: tree, done: map[string]loaded{}}
}

// Load reads the chart in a folder, or the packaged one in a file. The findings are why Flux could not package it.
func (c *Charts) Load(dir string) (*chart.Chart, diag.Findings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l, ok := c.done[dir]; ok {
		return l.chart, l.findings
	}
	var l loaded
	l.chart, l.findings = c.load(dir)
	c.done[dir] = l
	return l.chart, l.findings
}

func (c *Charts) load(dir string) (*chart.Chart, diag.Findings) {
	if isPackage(dir) {
		return c.unpack(dir)
	}
	file := path.Join(dir, "Chart.yaml")
	if !c.tree.Has(file) {
		return nil, diag.Findings{diag.Errorf(RuleChart, diag.Position{File: dir}, "folder %q holds no Chart.yaml", dir)}
	}
	var g gathered
	if err := c.gather(dir, dir, &g); err != nil {
		return nil, diag.Findings{overBounds(dir, &g, err)}
	}
	if len(g.conflicts) > 0 {
		return nil, g.conflicts
	}
	loadedChart, err := loader.LoadFiles(g.files)
	if err != nil {
		if findings := c.unreadable(dir); len(findings) > 0 {
			return nil, findings
		}
		return nil, diag.Findings{diag.Errorf(RuleChart, c.blamed(file, err), "this is no chart: %s", oneLine(err))}
	}
	return loadedChart, c.dependencies(file, loadedChart)
}

// metadata are the fields of Chart.yaml that Helm's messages name (pkg/chart/metadata.go).
var metadata = regexp.MustCompile(`chart\.metadata\.(\w+)`)

// blamed is the line of the field of Chart.yaml that an error is about; the file when it names none, or one that is missing.
func (c *Charts) blamed(file string, err error) diag.Position {
	m := metadata.FindStringSubmatch(err.Error())
	content, unread := c.tree.Read(file)
	if m == nil || unread != nil {
		return diag.Position{File: file}
	}
	docs, _ := yamlfile.Parse(file, content)
	for _, doc := range docs {
		if doc.Fields()[m[1]] != nil {
			return doc.Position(m[1])
		}
	}
	return diag.Position{File: file}
}

// unreadable says which of the files that make a chart are no YAML.
func (c *Charts) unreadable(dir string) (out diag.Findings) {
	for _, name := range []string{"Chart.yaml", "values.yaml", "Chart.lock"} {
		if content, err := c.tree.Read(path.Join(dir, name)); err == nil {
			_, findings := yamlfile.Parse(path.Join(dir, name), content)
			out = append(out, findings...)
		}
	}
	return out
}

// ErrUnknown is the error of a chart that cannot be rendered offline.
var ErrUnknown = errors.New("the chart fetches dependencies")

// Render gives the objects of a release of the chart in the folder dir; its own values may be replaced (own is not nil)
// by those of spec.chart.spec.valuesFiles.
func (c *Charts) Render(dir string, own map[string]any, r *Release) ([]Object, diag.Findings, error) {
	loaded, findings := c.Load(dir)
	if findings.Count(diag.Error) > 0 {
		return nil, findings, nil
	}
	for _, d := range loaded.Metadata.Dependencies {
		if !slices.ContainsFunc(loaded.Dependencies(), func(have *chart.Chart) bool { return have.Name() == d.Name }) {
			return nil, findings, ErrUnknown
		}
	}
	used := *loaded
	if own != nil {
		used.Values = own
	}
	if len(r.Templates) > 0 {
		used.Templates = slices.Clone(used.Templates)
		for i, file := range used.Templates {
			if data, ok := r.Templates[file.Name]; ok {
				used.Templates[i] = &chart.File{Name: file.Name, Data: data}
			}
		}
	}
	files, findings := c.templates(dir, &used, r)
	if findings.Count(diag.Error) > 0 {
		return nil, findings, nil
	}
	objects, more := c.objects(dir, files)
	return objects, append(findings, more...), nil
}

func (c *Charts) templates(dir string, used *chart.Chart, r *Release) (map[string]string, diag.Findings) {
	capabilities := chartutil.DefaultCapabilities.Copy()
	if v, err := chartutil.ParseKubeVersion(r.KubeVersion); err == nil {
		capabilities.KubeVersion = *v
	}
	if len(r.APIVersions) > 0 {
		capabilities.APIVersions = r.APIVersions // Helm's own list has what Kubernetes no longer serves
	}
	file := path.Join(dir, "Chart.yaml")
	if want := used.Metadata.KubeVersion; want != "" && !chartutil.IsCompatibleRange(want, capabilities.KubeVersion.Version) {
		return nil, diag.Findings{diag.Errorf(RuleRender, c.field(file, "kubeVersion"), "the chart wants Kubernetes %q, the cluster has %s", want, capabilities.KubeVersion.Version)}
	}
	if len(used.Metadata.Dependencies) > 0 {
		if err := chartutil.ProcessDependenciesWithMerge(used, r.Values); err != nil {
			return nil, diag.Findings{diag.Errorf(RuleRender, diag.Position{File: file}, "the chart's dependencies cannot be used: %s", oneLine(err))}
		}
	}
	options := chartutil.ReleaseOptions{Name: r.Name, Namespace: r.Namespace, Revision: 1, IsInstall: true}
	values, err := chartutil.ToRenderValuesWithSchemaValidation(used, r.Values, options, capabilities, true)
	if err != nil {
		return nil, diag.Findings{diag.Errorf(RuleRender, diag.Position{File: file}, "the values cannot be laid over those of the chart: %s", oneLine(err))}
	}
	findings := judge(dir, used, values, r)
	if findings.Count(diag.Error) > 0 {
		return nil, findings
	}
	rendered, finding := c.execute(dir, used, values)
	if finding != nil {
		return nil, diag.Findings{*finding}
	}
	if r.CRDs {
		for _, crd := range used.CRDObjects() {
			rendered[crd.Filename] = string(crd.File.Data)
		}
	}
	out := map[string]string{}
	for name, text := range rendered {
		if path.Base(name) != "NOTES.txt" && strings.TrimSpace(text) != "" {
			out[strings.TrimPrefix(name, used.Name()+"/")] = text
		}
	}
	return out, findings
}

func (c *Charts) field(file string, path ...any) diag.Position {
	if content, err := c.tree.Read(file); err == nil {
		if docs, _ := yamlfile.Parse(file, content); len(docs) > 0 {
			return docs[0].Position(path...)
		}
	}
	return diag.Position{File: file}
}

var inTemplate = regexp.MustCompile(`(?:template: |parse error at \(|execution error at \()?([^\s:()]+/templates/[^\s:()]+):(\d+)(?::(\d+))?\)?:? *(.*)$`)

// templateError takes the place out of the engine's message; the last one named is the innermost.
func (c *Charts) templateError(dir, name string, err error) diag.Finding {
	message := oneLine(err)
	at := diag.Position{File: path.Join(dir, "templates")}
	if m := inTemplate.FindStringSubmatch(message); m != nil {
		at.File = path.Join(dir, strings.TrimPrefix(m[1], name+"/"))
		at.Line, _ = strconv.Atoi(m[2])
		at.Column, _ = strconv.Atoi(m[3])
		message = m[4]
	}
	return diag.Errorf(RuleRender, at, "the chart does not render: %s", message).
		WithHint("the same error comes from: helm template %s", dir)
}

// objects reads the objects of rendered templates, by file.
func (c *Charts) objects(dir string, files map[string]string) ([]Object, diag.Findings) {
	var out []Object
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		template := path.Join(dir, name)
		docs, finding := c.documents(dir, name, files[name])
		if finding != nil {
			return nil, diag.Findings{*finding}
		}
		for _, doc := range docs {
			fields := doc.Fields()
			if fields == nil {
				return nil, diag.Findings{diag.Errorf(RuleRender, diag.Position{File: template}, "the template renders to something that is no object")}
			}
			metadata, _ := fields["metadata"].(map[string]any)
			annotations, _ := metadata["annotations"].(map[string]any)
			hook, _ := annotations["helm.sh/hook"].(string)
			out = append(out, Object{Fields: fields, Template: template, Hook: hook})
		}
	}
	return out, nil
}

// separator is where Helm cuts what a template renders to: the line needs not end after the dashes
// (helm.sh/helm/v3/pkg/releaseutil, SplitManifests).
var separator = regexp.MustCompile(`(?:^|\s*\n)---\s*`)

// documents reads what a template rendered to.
func (c *Charts) documents(dir, name, text string) ([]*yamlfile.Document, *diag.Finding) {
	var out []*yamlfile.Document
	from := 0
	for _, cut := range append(separator.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		docs, findings := yamlfile.Parse(path.Join(dir, name), []byte(text[from:cut[0]]))
		if len(findings) > 0 {
			line := strings.Count(text[:from], "\n") + findings[0].Line
			f := diag.Errorf(RuleRender, diag.Position{File: path.Join(dir, name)}, "the template renders to what is no YAML: line %d of its output: %s", line, findings[0].Message).
				WithHint("look at the output of: helm template %s --show-only %s", dir, name)
			return nil, &f
		}
		out = append(out, docs...)
		from = cut[1]
	}
	return out, nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

package expand

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"
)

// helmRelease is the part of a helm.toolkit.fluxcd.io/v2 HelmRelease that
// decides which objects it installs.
type helmRelease struct {
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec struct {
		Chart *struct {
			Spec chartSpec `json:"spec"`
		} `json:"chart"`
		ChartRef        *reference `json:"chartRef"`
		ReleaseName     string     `json:"releaseName"`
		TargetNamespace string     `json:"targetNamespace"`
		Install         struct {
			CreateNamespace bool   `json:"createNamespace"`
			CRDs            string `json:"crds"`
		} `json:"install"`
		PostRenderers  []postRenderer   `json:"postRenderers"`
		CommonMetadata metadata         `json:"commonMetadata"`
		Values         map[string]any   `json:"values"`
		ValuesFrom     []valueReference `json:"valuesFrom"`
	} `json:"spec"`
}

type chartSpec struct {
	Chart                    string    `json:"chart"`
	SourceRef                reference `json:"sourceRef"`
	ValuesFiles              []string  `json:"valuesFiles"`
	IgnoreMissingValuesFiles bool      `json:"ignoreMissingValuesFiles"`
}

type valueReference struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	ValuesKey  string `json:"valuesKey"`
	TargetPath string `json:"targetPath"`
	Optional   bool   `json:"optional"`
	Literal    bool   `json:"literal"`
}

// namespace is where the release's objects go.
func (r helmRelease) namespace() string {
	if r.Spec.TargetNamespace != "" {
		return r.Spec.TargetNamespace
	}
	return r.Metadata.Namespace
}

// name is the Helm release's name, which charts see as .Release.Name.
func (r helmRelease) name() string {
	switch {
	case r.Spec.ReleaseName != "":
		return r.Spec.ReleaseName
	case r.Spec.TargetNamespace != "":
		return r.Spec.TargetNamespace + "-" + r.Metadata.Name
	}
	return r.Metadata.Name
}

func (r helmRelease) id() string {
	return "HelmRelease " + r.Metadata.Namespace + "/" + r.Metadata.Name
}

// source says where the chart is, for a chart outside this repository.
func (r helmRelease) source() string {
	if r.Spec.Chart == nil {
		return r.Spec.ChartRef.Kind + " " + r.Spec.ChartRef.Name
	}
	return fmt.Sprintf("chart %s of %s %s", r.Spec.Chart.Spec.Chart, r.Spec.Chart.Spec.SourceRef.Kind, r.Spec.Chart.Spec.SourceRef.Name)
}

// helmReleases renders every HelmRelease found so far whose chart lies in this
// repository. It comes last, because values may come from any object.
func (e *expander) helmReleases() {
	for _, object := range slices.Clone(e.objects) {
		if object.APIVersion() != "helm.toolkit.fluxcd.io/v2" || object.Kind() != "HelmRelease" {
			continue
		}
		origin := append(slices.Clone(object.Origin), "HelmRelease "+object.Namespace()+"/"+object.Name())
		var r helmRelease
		if err := decode(object.Fields, &r); err != nil {
			e.fail(origin, err)
			continue
		}
		if err := e.helmRelease(origin, r); err != nil {
			e.fail(origin, err)
		}
	}
}

func (e *expander) helmRelease(origin []string, r helmRelease) error {
	if r.Spec.Chart == nil && r.Spec.ChartRef == nil {
		return errors.New("neither spec.chart nor spec.chartRef is set")
	}
	if r.Spec.Install.CreateNamespace {
		e.add(append(slices.Clone(origin), "createNamespace"), "", []map[string]any{{
			"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": r.namespace()},
		}})
	}
	if r.Spec.Chart == nil || !r.Spec.Chart.Spec.SourceRef.isThisRepository(r.Metadata.Namespace) {
		e.remote = append(e.remote, fmt.Sprintf("%s (%s)", r.id(), r.source()))
		return nil
	}
	c, err := e.chart(r.Spec.Chart.Spec)
	if err != nil {
		return err
	}
	values, err := e.values(r)
	if err != nil {
		return err
	}
	return e.render(origin, r, c, values)
}

// chart loads a chart of this repository with the values files that replace its
// own.
func (e *expander) chart(spec chartSpec) (*chart.Chart, error) {
	dir := path.Join("/", spec.Chart)
	c, err := loader.LoadDir(filepath.Join(e.root, filepath.FromSlash(dir)))
	if err != nil {
		return nil, fmt.Errorf("chart %q: %w", spec.Chart, err)
	}
	if err := vendored(c); err != nil {
		return nil, fmt.Errorf("chart %q: %w", spec.Chart, err)
	}
	if len(spec.ValuesFiles) == 0 {
		return c, nil
	}
	c.Values = map[string]any{}
	for _, name := range spec.ValuesFiles {
		file := path.Join("/", name)
		if !e.files.Exists(file) && spec.IgnoreMissingValuesFiles {
			continue
		}
		data, err := e.files.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("values file %q: %w", name, err)
		}
		values, err := chartutil.ReadValues(data)
		if err != nil {
			return nil, fmt.Errorf("values file %q: %w", name, err)
		}
		c.Values = merge(c.Values, values)
	}
	return c, nil
}

// vendored refuses a chart with a dependency that is not in its charts folder.
func vendored(c *chart.Chart) error {
	for _, dependency := range c.Metadata.Dependencies {
		if !slices.ContainsFunc(c.Dependencies(), func(d *chart.Chart) bool { return d.Name() == dependency.Name }) {
			return fmt.Errorf("dependency %q is not in charts/", dependency.Name)
		}
	}
	return nil
}

// values returns the values that Flux gives to the release: the references in
// their order, then the inline ones.
func (e *expander) values(r helmRelease) (map[string]any, error) {
	values := map[string]any{}
	for _, ref := range r.Spec.ValuesFrom {
		value, ok, err := e.referenced(ref, r.Metadata.Namespace)
		if err != nil {
			return nil, fmt.Errorf("valuesFrom %s %q: %w", ref.Kind, ref.Name, err)
		}
		if !ok {
			continue
		}
		if values, err = ref.merge(values, value); err != nil {
			return nil, fmt.Errorf("valuesFrom %s %q: %w", ref.Kind, ref.Name, err)
		}
	}
	return merge(values, r.Spec.Values), nil
}

// referenced returns the text that a reference points to. It is not ok if it
// may be, and is, absent.
func (e *expander) referenced(ref valueReference, namespace string) (value string, ok bool, err error) {
	object, ok := e.find(ref.Kind, namespace, ref.Name)
	if !ok {
		if ref.Optional {
			return "", false, nil
		}
		return "", false, fmt.Errorf("not in the tree in namespace %q", namespace)
	}
	data, err := object.data()
	if err != nil {
		return "", false, err
	}
	key := ref.ValuesKey
	if key == "" {
		key = "values.yaml"
	}
	value, ok = data[key]
	if !ok && !ref.Optional {
		return "", false, fmt.Errorf("no key %q, only %q", key, slices.Sorted(maps.Keys(data)))
	}
	return value, ok, nil
}

// merge adds a reference's value to the values.
func (ref valueReference) merge(values map[string]any, value string) (map[string]any, error) {
	switch {
	case ref.TargetPath == "":
		more, err := chartutil.ReadValues([]byte(value))
		return merge(values, more), err
	case ref.Literal:
		return values, strvals.ParseLiteralInto(ref.TargetPath+"="+value, values)
	}
	return values, strvals.ParseInto(ref.TargetPath+"="+value, values)
}

// merge returns a with b over it: maps are merged, anything else replaced.
func merge(a, b map[string]any) map[string]any {
	result := maps.Clone(a)
	if result == nil {
		result = map[string]any{}
	}
	for key, value := range b {
		below, isMap := value.(map[string]any)
		above, wasMap := result[key].(map[string]any)
		if isMap && wasMap {
			value = merge(above, below)
		}
		result[key] = value
	}
	return result
}

// render adds the objects of a release: the chart's CRDs, then its templates
// (hooks and tests too: they are applied at some time) sorted by file.
func (e *expander) render(origin []string, r helmRelease, c *chart.Chart, values map[string]any) error {
	if constraint := c.Metadata.KubeVersion; constraint != "" && !chartutil.IsCompatibleRange(constraint, e.capabilities.KubeVersion.Version) {
		return fmt.Errorf("chart wants Kubernetes %q, not %s", constraint, e.capabilities.KubeVersion.Version)
	}
	if err := chartutil.ProcessDependenciesWithMerge(c, values); err != nil {
		return err
	}
	release := chartutil.ReleaseOptions{Name: r.name(), Namespace: r.namespace(), Revision: 1, IsInstall: true}
	input, err := chartutil.ToRenderValues(c, values, release, e.capabilities)
	if err != nil {
		return err
	}
	rendered, err := engine.Render(c, input)
	if err != nil {
		return err
	}
	if r.Spec.Install.CRDs != "Skip" {
		for _, crd := range c.CRDObjects() {
			rendered[path.Join(c.Name(), crd.Filename)] = string(crd.File.Data)
		}
	}
	var files []renderedFile
	for _, file := range slices.Sorted(maps.Keys(rendered)) {
		if strings.HasSuffix(file, "NOTES.txt") {
			continue
		}
		objects, err := manifests(rendered[file])
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := deployable(objects); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		files = append(files, renderedFile{file, objects})
	}
	if err := postRender(files, r.Spec.PostRenderers); err != nil {
		return err
	}
	for _, f := range files {
		for _, object := range f.objects {
			r.Spec.CommonMetadata.apply(object)
		}
		e.add(append(slices.Clone(origin), f.name), r.namespace(), f.objects)
	}
	return nil
}

// manifests returns the objects of a rendered template, the items of a List one
// by one.
func manifests(rendered string) ([]map[string]any, error) {
	split := releaseutil.SplitManifests(rendered)
	names := slices.Collect(maps.Keys(split))
	sort.Sort(releaseutil.BySplitManifestsOrder(names))
	var objects []map[string]any
	for _, name := range names {
		var object map[string]any
		if err := yaml.UnmarshalStrict([]byte(split[name]), &object); err != nil {
			return nil, err
		}
		if len(object) == 0 {
			continue // only comments
		}
		if text(object, "apiVersion") == "" || text(object, "kind") == "" {
			return nil, errors.New("rendered a document without apiVersion or kind")
		}
		items, isList := object["items"].([]any)
		if !isList || !strings.HasSuffix(text(object, "kind"), "List") {
			objects = append(objects, object)
			continue
		}
		for _, item := range items {
			fields, ok := item.(map[string]any)
			if !ok {
				return nil, errors.New("rendered a List with an item that is no object")
			}
			objects = append(objects, fields)
		}
	}
	return objects, nil
}

// deployable refuses Flux objects in a chart: what they lead to would not be
// judged, and nobody would notice.
func deployable(objects []map[string]any) error {
	for _, object := range objects {
		kind := text(object, "kind")
		group, _, _ := strings.Cut(text(object, "apiVersion"), "/")
		if (kind == "Kustomization" || kind == "HelmRelease") && strings.HasSuffix(group, ".toolkit.fluxcd.io") {
			return fmt.Errorf("%s %q is rendered by a chart, which this test cannot follow", kind, text(object, "metadata", "name"))
		}
	}
	return nil
}

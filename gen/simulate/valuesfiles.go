package simulate

import (
	"path"
	"slices"
	"strings"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

const ruleValuesFiles = "chart-values-files"

// valuesFiles are what replaces the chart's own values.yaml; nil when nothing does.
func (s *simulation) valuesFiles(o *world.Object, r *release) (values map[string]any, known bool) {
	if len(r.Chart.Spec.ValuesFiles) == 0 {
		return nil, true
	}
	values, known = map[string]any{}, true
	for i, written := range r.Chart.Spec.ValuesFiles {
		name := confined(written)
		if !s.tree.Has(name) {
			if known && s.missingValuesFile(o, r, i) {
				known = false // the others are wrong in the same way, or the next to be found
			}
			continue
		}
		docs, findings := s.docs.Documents(name)
		known = known && len(findings) == 0
		for _, doc := range docs {
			values = merge(values, doc.Fields())
		}
	}
	return values, known
}

// missingValuesFile reports a values file that is not there; true when Flux stops at it.
func (s *simulation) missingValuesFile(o *world.Object, r *release, i int) bool {
	written := r.Chart.Spec.ValuesFiles[i]
	at := o.Position("spec", "chart", "spec", "valuesFiles", i)
	if r.Chart.Spec.IgnoreMissingValuesFiles {
		s.add(diag.Warnf(ruleValuesFiles, at, "values file %q does not exist, and ignoreMissingValuesFiles keeps Flux from saying so", written).
			WithHint("correct its path from the repository's root, or take it out"), o)
		return false
	}
	f := diag.Errorf(ruleValuesFiles, at, "values file %q does not exist", written)
	if why := s.tree.LeftOut(confined(written)); why != "" {
		f = diag.Errorf(ruleValuesFiles, at, "values file %q %s", written, why).WithHint("write the path of the file itself")
	} else if beside := path.Join(r.Chart.Spec.Chart, written); s.tree.Has(confined(beside)) {
		f = f.WithHint("valuesFiles count from the repository's root, not from the chart: write %q", beside)
	} else {
		f = f.WithHint("write its path from the repository's root")
	}
	s.add(f, o)
	return true
}

// lostDefaults reports that the values files take the place of the chart's own values.yaml and lack some of its keys. It is
// true when they do.
func (s *simulation) lostDefaults(o *world.Object, r *release, dir string, own, values map[string]any) bool {
	file := path.Join(dir, "values.yaml")
	for _, written := range r.Chart.Spec.ValuesFiles {
		if confined(written) == file {
			return false
		}
	}
	docs, _ := s.docs.Documents(file)
	if own == nil || len(docs) == 0 {
		return false
	}
	key := lacking(docs[0].Fields(), merge(own, values), "")
	if key == "" {
		return false
	}
	at := o.Position("spec", "chart", "spec", "valuesFiles")
	if o.Doc != nil {
		at = o.Doc.Key("spec", "chart", "spec", "valuesFiles")
	}
	s.add(diag.Errorf(ruleValuesFiles, at, "valuesFiles replace the chart's own values.yaml, whose %s is lost", key).
		WithHint("list %q first", "./"+file).WithRelated(diag.Position{File: file}, "the chart's own values"), o)
	return true
}

// lacking is the first key, in their order, that have does not set; "" when it sets all.
func lacking(want, have map[string]any, above string) string {
	for _, key := range sortedKeys(want) {
		value, there := have[key]
		if !there {
			return above + key
		}
		inner, isMap := want[key].(map[string]any)
		other, wasMap := value.(map[string]any)
		if isMap && wasMap {
			if found := lacking(inner, other, above+key+"."); found != "" {
				return found
			}
		}
	}
	return ""
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// archivedValues are what replaces the values.yaml of a vendored chart: values files are then the chart's own (source-controller,
// "HelmChart", values files).
func (s *simulation) archivedValues(o *world.Object, r *release, archive string) (values map[string]any, known bool) {
	if r.Chart == nil || len(r.Chart.Spec.ValuesFiles) == 0 {
		return nil, true
	}
	chart, _ := s.charts.Load(archive)
	if chart == nil {
		return nil, false
	}
	values, known = map[string]any{}, true
	for i, written := range r.Chart.Spec.ValuesFiles {
		name := path.Clean(strings.TrimPrefix(written, "/"))
		at := slices.IndexFunc(chart.Raw, func(f *helmchart.File) bool { return f.Name == name })
		if at < 0 {
			if !r.Chart.Spec.IgnoreMissingValuesFiles {
				s.add(diag.Errorf(ruleValuesFiles, o.Position("spec", "chart", "spec", "valuesFiles", i), "chart %q has no values file %q", chart.Name(), written).
					WithHint("of a chart from a Helm repository, values files are those in the chart: for your own use spec.values or valuesFrom"), o)
				known = false
			}
			continue
		}
		var more map[string]any
		if yaml.Unmarshal(chart.Raw[at].Data, &more) != nil {
			return nil, false
		}
		values = merge(values, more)
	}
	return values, known
}

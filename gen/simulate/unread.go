package simulate

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	helmchart "helm.sh/helm/v3/pkg/chart"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// maxUnread bounds the values of one release that are tried: each costs a rendering.
const maxUnread = 20

// unread finds the values of a release that its chart does not read: keys that stand beside others of the chart,
// that nothing in the chart mentions, and without which it renders to the same.
func (t *tracer) unread() []world.Unread {
	chart, _ := t.charts.Load(t.dir)
	if chart == nil || t.base == nil {
		return nil
	}
	v := &vocabulary{chart: chart}
	var out []world.Unread
	tried := 0
	t.candidates(chart, v, t.values, chart.Values, nil, func(at []any, near string) {
		if tried++; tried <= maxUnread && t.same(without(t.values, at)) {
			out = append(out, world.Unread{Path: at, Near: near})
		}
	})
	return out
}

// candidates walks through the values as far as the chart has values of its own there: a map that is empty in the chart
// takes any keys.
func (t *tracer) candidates(chart *helmchart.Chart, v *vocabulary, given, own map[string]any, at []any, found func(at []any, near string)) {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		here := append(slices.Clone(at), key)
		below, isMap := given[key].(map[string]any)
		theirs, known := own[key]
		switch ownBelow, ownMap := theirs.(map[string]any); {
		case known && isMap && ownMap && len(ownBelow) > 0:
			t.candidates(chart, v, below, ownBelow, here, found)
		case known || given[key] == nil || len(at) == 0 && (key == "global" || dependency(chart, key)):
		case !v.mentions(key):
			found(here, diag.Nearest(key, slices.Collect(maps.Keys(own))))
		}
	}
}

// dependency tells whether a key holds the values of a chart in a chart.
func dependency(chart *helmchart.Chart, key string) bool {
	return slices.ContainsFunc(chart.Metadata.Dependencies, func(d *helmchart.Dependency) bool { return d.Name == key || d.Alias == key }) ||
		slices.ContainsFunc(chart.Dependencies(), func(c *helmchart.Chart) bool { return c.Name() == key })
}

// same tells whether the chart renders to the same with other values.
func (t *tracer) same(values map[string]any) bool {
	if t.traced.Add(t.size()) > maxTraced {
		return false
	}
	objects, findings, err := t.charts.Render(t.dir, t.own, t.asked(values, nil))
	if err != nil || findings.Count(diag.Error) > 0 || len(objects) != len(t.base) {
		return false
	}
	for i := range objects {
		if !reflect.DeepEqual(objects[i].Fields, t.base[i].Fields) {
			return false
		}
	}
	return true
}

// without gives v without the key at path.
func without(v map[string]any, at []any) map[string]any {
	out := copied(v)
	key := at[0].(string)
	if len(at) == 1 {
		delete(out, key)
		return out
	}
	below, _ := out[key].(map[string]any)
	out[key] = without(below, at[1:])
	return out
}

// vocabulary is what a chart and those in it mention: the fields and texts of its templates, and the keys of its values, also
// those that are commented out.
type vocabulary struct {
	chart             *helmchart.Chart
	templates, values strings.Builder
}

func (v *vocabulary) read(chart *helmchart.Chart) {
	for _, f := range chart.Templates {
		v.templates.Write(f.Data)
		v.templates.WriteByte('\n')
	}
	for _, f := range chart.Raw {
		if f.Name == "values.yaml" || strings.HasSuffix(f.Name, ".md") {
			v.values.Write(f.Data)
			v.values.WriteByte('\n')
		}
	}
	v.templates.Write(chart.Schema)
	v.templates.WriteByte('\n')
	for _, below := range chart.Dependencies() {
		v.read(below)
	}
}

func (v *vocabulary) mentions(key string) bool {
	if v.templates.Len() == 0 {
		v.read(v.chart)
	}
	quoted := regexp.QuoteMeta(key)
	return regexp.MustCompile(`[."'`+"`"+`]`+quoted+`($|[^A-Za-z0-9_-])`).MatchString(v.templates.String()) ||
		regexp.MustCompile(`(^|[^A-Za-z0-9_-])`+quoted+`["']?:`).MatchString(v.values.String()) ||
		regexp.MustCompile(`[.`+"`"+`]`+quoted+`($|[^A-Za-z0-9_-])`).MatchString(v.values.String())
}

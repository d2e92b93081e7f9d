package simulate

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/helm"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// tracer finds where the fields of a release's objects come from, by trying: a value is where a field comes from when the
// field changes with it, and so is a line of a template. Nothing is guessed.
type tracer struct {
	*simulation
	release *world.Object
	spec    *release
	// dir is the chart's folder or archive.
	dir      string
	archived bool
	values   map[string]any
	own      map[string]any
	// base is what the chart renders to.
	base []helm.Object
	done map[string]diag.Position
	// locate gives the place of a value.
	locate func(path []any) diag.Position
}

// mark is what a value or line is replaced with: a name that nothing has.
const mark = "lvsgen-traced"

// maxTries bounds the renderings for one field; maxTraced bounds the bytes of templates that are rendered for all fields of
// all clusters, which take about four seconds: beyond it, findings have the template without a line.
const (
	maxTries  = 60
	maxTraced = 16 << 20
)

// trace gives the place of a field of an object: the value that it comes from, else the line of the template, else the
// template.
func (t *tracer) trace(o *world.Object, at []any) diag.Position {
	key := fmt.Sprint(o.Place.File, o.ID(), at)
	if place, ok := t.done[key]; ok {
		return place
	}
	place := o.Place
	if t.traced.Load() >= maxTraced {
		return place
	}
	if i := slices.IndexFunc(t.base, func(b helm.Object) bool { return same(b, o) }); i >= 0 {
		for len(at) > 0 && world.Value(t.base[i].Fields, at...) == nil {
			at = at[:len(at)-1]
		}
		if len(at) > 0 {
			place = t.find(i, at, o.Place)
		}
	}
	t.done[key] = place
	return place
}

func same(b helm.Object, o *world.Object) bool {
	return b.Template == o.Place.File && b.Fields["kind"] == o.Kind && world.Value(b.Fields, "metadata", "name") == o.Name
}

func (t *tracer) find(i int, at []any, template diag.Position) diag.Position {
	ways := []func(int, []any) (diag.Position, bool){t.byValue, t.byName, t.byText, t.byKey, t.byLine}
	if t.archived {
		ways = ways[:2] // nobody edits the templates of a vendored chart
	}
	for _, by := range ways {
		if place, ok := by(i, at); ok {
			return place
		}
	}
	return template
}

// render gives the field of an object after a change; false when the chart no longer renders to such an object.
func (t *tracer) render(i int, at []any, values map[string]any, templates map[string][]byte) (any, bool) {
	if t.traced.Add(t.size()) > maxTraced {
		return nil, false
	}
	objects, findings, err := t.charts.Render(t.dir, t.own, t.asked(values, templates))
	if err != nil || findings.Count(diag.Error) > 0 || i >= len(objects) || objects[i].Template != t.base[i].Template || !reflect.DeepEqual(objects[i].Fields["kind"], t.base[i].Fields["kind"]) {
		return nil, false
	}
	return world.Value(objects[i].Fields, at...), true
}

// asked is the release with other values and templates.
func (t *tracer) asked(values map[string]any, templates map[string][]byte) *helm.Release {
	return &helm.Release{
		Name: t.spec.name(t.release), Namespace: t.spec.namespace(t.release), Values: values, CRDs: t.spec.Install.CRDs != "Skip",
		KubeVersion: t.KubeVersion, APIVersions: t.capabilities(), Templates: templates,
	}
}

// size is that of the chart's templates.
func (t *tracer) size() int64 {
	chart, _ := t.charts.Load(t.dir)
	if chart == nil {
		return 0
	}
	n := 0
	for _, f := range chart.Templates {
		n += len(f.Data)
	}
	return int64(n)
}

// leaf is a text in a file of values.
type leaf struct {
	path  []any
	value string
	at    diag.Position
}

// byValue tries the values whose text is part of the field, those that are equal first.
func (t *tracer) byValue(i int, at []any) (diag.Position, bool) {
	field, isText := world.Value(t.base[i].Fields, at...).(string)
	if !isText {
		return diag.Position{}, false
	}
	effective := t.effective()
	var candidates []leaf
	for _, l := range t.leaves() {
		if l.value != "" && strings.Contains(field, l.value) && world.Value(effective, l.path...) == l.value {
			candidates = append(candidates, l)
		}
	}
	slices.SortStableFunc(candidates, func(a, b leaf) int { return len(b.value) - len(a.value) })
	for _, l := range candidates[:min(len(candidates), maxTries)] {
		changed, ok := t.render(i, at, with(effective, l.path, l.value+"-"+mark).(map[string]any), nil)
		if text, _ := changed.(string); ok && strings.Contains(text, mark) {
			return l.at, true
		}
	}
	return diag.Position{}, false
}

// byName tries the values that are called like the field and hold the same: a part that is handed on as it is.
func (t *tracer) byName(i int, at []any) (diag.Position, bool) {
	for len(at) > 0 {
		if _, isIndex := at[len(at)-1].(int); !isIndex {
			break
		}
		at = at[:len(at)-1]
	}
	if len(at) == 0 {
		return diag.Position{}, false
	}
	field := world.Value(t.base[i].Fields, at...)
	var found [][]any
	alike(t.values, at[len(at)-1].(string), field, nil, &found)
	for _, candidate := range found[:min(len(found), maxTries)] {
		changed, ok := t.render(i, at, with(t.values, candidate, nil).(map[string]any), nil)
		if ok && !reflect.DeepEqual(changed, field) {
			return t.locate(candidate), true
		}
	}
	return diag.Position{}, false
}

// alike gathers the paths of the values of a name that are equal to a field.
func alike(v any, name string, field any, at []any, out *[][]any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			here := append(slices.Clone(at), key)
			if key == name && reflect.DeepEqual(plain(v[key]), plain(field)) {
				*out = append(*out, here)
			}
			alike(v[key], name, field, here, out)
		}
	case []any:
		for i := range v {
			alike(v[i], name, field, append(slices.Clone(at), i), out)
		}
	}
}

// plain gives a value as JSON would, in which all numbers are alike.
func plain(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return v
	}
	return string(text)
}

// effective are the values that the templates see.
func (t *tracer) effective() map[string]any {
	own := t.own
	if own == nil {
		if chart, _ := t.charts.Load(t.dir); chart != nil {
			own = chart.Values
		}
	}
	return merge(own, t.values)
}

// with gives v with the part at path replaced.
func with(v any, at []any, value any) any {
	if len(at) == 0 {
		return value
	}
	switch part := at[0].(type) {
	case string:
		m, _ := v.(map[string]any)
		out := copied(m)
		out[part] = with(out[part], at[1:], value)
		return out
	case int:
		l, _ := v.([]any)
		out := slices.Clone(l)
		if part < len(out) {
			out[part] = with(out[part], at[1:], value)
		}
		return out
	}
	return v
}

// leaves are the texts of all values, those that count most first.
func (t *tracer) leaves() []leaf {
	var out []leaf
	if t.release.Doc != nil {
		out = append(out, texts(t.release.Doc, "spec", "values")...)
	}
	for i := len(t.spec.ValuesFrom) - 1; i >= 0; i-- {
		out = append(out, t.referencedLeaves(t.spec.ValuesFrom[i])...)
	}
	if t.archived {
		return out
	}
	files := slices.Clone(t.spec.Chart.Spec.ValuesFiles)
	slices.Reverse(files)
	if len(files) == 0 {
		files = []string{path.Join(t.dir, "values.yaml")}
	}
	for _, name := range files {
		docs, _ := t.docs.Documents(path.Clean(strings.TrimPrefix(name, "/")))
		for _, doc := range docs {
			out = append(out, texts(doc)...)
		}
	}
	return out
}

func (t *tracer) referencedLeaves(ref valueReference) []leaf {
	from := t.world.Find("", ref.Kind, t.release.Namespace, ref.Name)
	if from == nil || ref.TargetPath != "" || ref.Kind == "Secret" {
		return nil
	}
	var out []leaf
	if file := from.Sources[ref.key()]; file != "" {
		docs, _ := t.docs.Documents(file)
		for _, doc := range docs {
			out = append(out, texts(doc)...)
		}
		return out
	}
	docs, _ := yamlfile.Parse(from.Place.File, []byte(from.Text("data", ref.key())))
	for _, doc := range docs {
		for _, l := range texts(doc) {
			l.at = from.Inside(l.at.Line-1, "data", ref.key())
			out = append(out, l)
		}
	}
	return out
}

// texts are the texts of a document below a path, whose parts their paths leave out.
func texts(doc *yamlfile.Document, below ...any) []leaf {
	var out []leaf
	doc.Texts(func(at []any, value string, place diag.Position) {
		if len(at) > len(below) && slices.Equal(at[:len(below)], below) {
			out = append(out, leaf{slices.Clone(at[len(below):]), value, place})
		}
	})
	return out
}

// byText tries the lines of the templates that hold the field's text in quotes.
func (t *tracer) byText(i int, at []any) (diag.Position, bool) {
	text, _ := world.Value(t.base[i].Fields, at...).(string)
	if text == "" {
		return diag.Position{}, false
	}
	return t.byChange(i, at, func(line string) string { return strings.Replace(line, `"`+text+`"`, `"`+mark+`"`, 1) })
}

// byKey tries the lines of the templates that set a field of that name.
func (t *tracer) byKey(i int, at []any) (diag.Position, bool) {
	key, _ := at[len(at)-1].(string)
	if key == "" {
		return diag.Position{}, false
	}
	sets := regexp.MustCompile(`^(\s*(?:- )?["']?` + regexp.QuoteMeta(key) + `["']?:)\s.*$`)
	return t.byChange(i, at, func(line string) string { return sets.ReplaceAllString(line, "${1} "+mark) })
}

// byChange changes one line of the template, or of what it includes, after the other, and looks for the mark in the field.
func (t *tracer) byChange(i int, at []any, change func(line string) string) (diag.Position, bool) {
	chart, _ := t.charts.Load(t.dir)
	if chart == nil {
		return diag.Position{}, false
	}
	tries := 0
	for _, f := range chart.Templates {
		full := path.Join(t.dir, f.Name)
		if full != t.base[i].Template && path.Ext(full) != ".tpl" {
			continue
		}
		lines := strings.Split(string(f.Data), "\n")
		for n, line := range lines {
			changed := slices.Clone(lines)
			changed[n] = change(line)
			if changed[n] == line || tries == maxTries {
				continue
			}
			tries++
			value, ok := t.render(i, at, t.values, map[string][]byte{f.Name: []byte(strings.Join(changed, "\n"))})
			if ok && value == mark {
				return diag.Position{File: full, Line: n + 1}, true
			}
		}
	}
	return diag.Position{}, false
}

// byLine tries to leave out lines of the template: the last one without which the field is not there makes it.
func (t *tracer) byLine(i int, at []any) (diag.Position, bool) {
	chart, _ := t.charts.Load(t.dir)
	if chart == nil {
		return diag.Position{}, false
	}
	for _, f := range chart.Templates {
		if path.Join(t.dir, f.Name) != t.base[i].Template {
			continue
		}
		lines := strings.Split(string(f.Data), "\n")
		for tries, n := 0, len(lines)-1; n >= 0 && tries < 2*maxTries; n-- {
			if !strings.Contains(lines[n], "{{") {
				continue
			}
			tries++
			left := slices.Delete(slices.Clone(lines), n, n+1)
			value, ok := t.render(i, at, t.values, map[string][]byte{f.Name: []byte(strings.Join(left, "\n"))})
			if ok && value == nil {
				return diag.Position{File: t.base[i].Template, Line: n + 1}, true
			}
		}
	}
	return diag.Position{}, false
}

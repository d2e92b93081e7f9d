package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"text/template"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
	goyaml "sigs.k8s.io/yaml/goyaml.v3"
)

// functions gives a template all functions that Helm gives it, each within the budget. Helm takes env and expandenv away,
// and has lookup find nothing without a cluster, and getHostByName give nothing without --enable-dns.
func (r *rendering) functions(t *template.Template) {
	r.included = map[string]int{}
	all := sprig.TxtFuncMap()
	delete(all, "env")
	delete(all, "expandenv")
	maps.Copy(all, template.FuncMap{
		// text/template's own, which must count too.
		"print": fmt.Sprint, "printf": fmt.Sprintf, "println": fmt.Sprintln,
		"html": template.HTMLEscaper, "js": template.JSEscaper, "urlquery": template.URLQueryEscaper,
		// Helm's.
		"toYaml": toYAML, "toYamlPretty": toYAMLPretty, "fromYaml": fromYAML, "fromYamlArray": fromYAMLArray,
		"toJson": toJSON, "fromJson": fromJSON, "fromJsonArray": fromJSONArray,
		"toToml": toTOML, "fromToml": fromTOML,
		"getHostByName": func(string) string { return "" },
		"lookup":        func(_, _, _, _ string) (map[string]any, error) { return map[string]any{}, nil },
		"fail":          func(message string) (string, error) { return "", told{message} },
		"required":      required,
	})
	for name, function := range all {
		all[name] = r.budget.wrap(name, function)
	}
	all[stepFunction], all[enterFunction], all[leaveFunction] = r.step, r.enter, r.leave
	t.Funcs(all)
	r.late(t)
}

// late sets the functions that know the set of templates in which they run.
func (r *rendering) late(t *template.Template) {
	t.Funcs(template.FuncMap{"include": r.include(t), "tpl": r.tpl(t)})
}

// include is Helm's: a template's output as a text.
func (r *rendering) include(t *template.Template) func(string, any) (string, error) {
	return func(name string, data any) (string, error) {
		if r.included[name] > maxIncludes {
			return "", fmt.Errorf("rendering template has a nested reference name: %s: unable to execute template", name)
		}
		r.included[name]++
		out := &output{budget: r.budget}
		err := t.ExecuteTemplate(out, name, data)
		r.included[name]--
		return out.String(), err
	}
}

// tplCost is what a copy of all functions costs, in steps; tplDepth what it counts for in maxDepth, for its memory.
const (
	tplCost  = 200
	tplDepth = 100
)

// tpl is Helm's: a text as a template, which sees the others and may define more.
func (r *rendering) tpl(parent *template.Template) func(string, any) (string, error) {
	return func(text string, data any) (string, error) {
		if len(text) > MaxTemplateSize {
			return "", r.budget.exceed("tpl is given more than %d MiB", MaxTemplateSize>>20)
		}
		if err := r.budget.steps(tplCost + float64(len(text)/8+len(parent.Templates()))); err != nil {
			return "", err
		}
		t, err := parent.Clone()
		if err != nil {
			return "", fmt.Errorf("cannot clone template: %w", err)
		}
		t.Option("missingkey=zero") // Clone loses it (golang.org/issue/43022)
		r.late(t)
		if t, err = parseText(t.New(parent.Name()), text); err != nil {
			return "", fmt.Errorf("cannot parse template %q: %w", text, err)
		}
		r.count(t)
		if err := r.budget.deeper(tplDepth); err != nil {
			return "", err
		}
		out := &output{budget: r.budget}
		err = t.Execute(out, data)
		r.budget.depth -= tplDepth
		switch {
		case r.budget.over != nil:
			return "", r.budget.over
		case err != nil:
			return "", fmt.Errorf("error during tpl function execution for %q: %w", text, err)
		}
		return withoutNoValue(out.String()), nil
	}
}

// wrap gives a function of the same type that takes its cost from the budget.
func (b *Budget) wrap(name string, function any) any {
	call := reflect.ValueOf(function)
	return reflect.MakeFunc(call.Type(), func(args []reflect.Value) []reflect.Value {
		b.before(name, args)
		var out []reflect.Value
		if call.Type().IsVariadic() {
			out = call.CallSlice(args)
		} else {
			out = call.Call(args)
		}
		b.after(name, args, out)
		return out
	}).Interface()
}

func required(message string, value any) (any, error) {
	if value == nil || value == "" {
		return value, told{message}
	}
	return value, nil
}

// The conversions give an empty text for what cannot be written, and the error in the value for what cannot be read: Helm's
// charts rely on it.

func toYAML(v any) string {
	data, err := yaml.Marshal(v)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(data), "\n")
}

func toYAMLPretty(v any) string {
	var data bytes.Buffer
	encoder := goyaml.NewEncoder(&data)
	encoder.SetIndent(2)
	if encoder.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(data.String(), "\n")
}

func toJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}

func toTOML(v any) string {
	var data bytes.Buffer
	if err := toml.NewEncoder(&data).Encode(v); err != nil {
		return err.Error()
	}
	return data.String()
}

func fromYAML(text string) map[string]any { return mapping(text, yamlInto) }
func fromJSON(text string) map[string]any { return mapping(text, json.Unmarshal) }
func fromTOML(text string) map[string]any { return mapping(text, toml.Unmarshal) }
func fromYAMLArray(text string) []any     { return sequence(text, yamlInto) }
func fromJSONArray(text string) []any     { return sequence(text, json.Unmarshal) }

func yamlInto(data []byte, into any) error { return yaml.Unmarshal(data, into) }

func mapping(text string, read func([]byte, any) error) map[string]any {
	m := map[string]any{}
	if err := read([]byte(text), &m); err != nil {
		if m == nil {
			m = map[string]any{}
		}
		m["Error"] = err.Error()
	}
	return m
}

func sequence(text string, read func([]byte, any) error) []any {
	a := []any{}
	if err := read([]byte(text), &a); err != nil {
		a = []any{err.Error()}
	}
	return a
}

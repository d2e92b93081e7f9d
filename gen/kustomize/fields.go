package kustomize

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// known are the fields of a kustomization file by its Go type, with those that kustomize still takes under old names.
var known = func() map[string]bool {
	names := map[string]bool{"bases": true, "imageTags": true, "commonLabels": true, "vars": true}
	for name := range fieldsOf(reflect.TypeFor[types.Kustomization]()) {
		names[name] = true
	}
	return names
}()

// plainFields are those that the own build knows.
var plainFields = []string{"apiVersion", "kind", "metadata", "resources", "configMapGenerator", "generatorOptions"}

// fieldsOf are the fields of a Go type by the names that they have in a file; those of embedded types are among them.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && field.Anonymous:
			for inner, innerType := range fieldsOf(pointed(field.Type)) {
				out[inner] = innerType
			}
		case name != "":
			out[name] = field.Type
		}
	}
	return out
}

func pointed(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// fields checks what is at the top of a kustomization file: first of which kind it is, since that explains the rest.
func (w *walk) fields(f *folder) bool {
	if !w.header(f) {
		return false
	}
	ok := true
	for _, name := range sortedKeys(f.doc.Fields()) {
		switch {
		case !known[name]:
			ok = false
			w.unknown(f.doc, []any{name}, known)
		case inflates(name) && len(list(f.doc.Fields()[name])) > 0:
			ok = false
			w.hint(w.errorf(RuleKustomizationField, f.doc.Key(name), "Flux does not let kustomize render charts: %s stops the build", name), "write a HelmRelease for the chart, with a HelmRepository or OCIRepository")
		case !slices.Contains(plainFields, name):
			w.simple = false
		}
	}
	return ok
}

// inflates tells whether a field has kustomize render charts, which it does only with --enable-helm.
func inflates(name string) bool { return name == "helmCharts" || name == "helmChartInflationGenerator" }

// header checks apiVersion and kind.
func (w *walk) header(f *folder) bool {
	version, _ := f.doc.Fields()["apiVersion"].(string)
	kind, _ := f.doc.Fields()["kind"].(string)
	want := types.KustomizationVersion
	if kind == types.ComponentKind {
		want = types.ComponentVersion
	}
	switch {
	case strings.HasPrefix(version, "kustomize.toolkit.fluxcd.io/"):
		w.hint(w.errorf(RuleKustomizationField, f.doc.Position("apiVersion"), "this is the Kustomization of Flux, but a file of this name is read by kustomize, which refuses it"),
			"write apiVersion: %s for a list of manifests; an object of Flux belongs into a file of another name", want)
		return false
	case kind != "" && kind != types.KustomizationKind && kind != types.ComponentKind:
		w.hint(w.errorf(RuleKustomizationField, f.doc.Position("kind"), "a kustomization file has kind %s or %s, not %q", types.KustomizationKind, types.ComponentKind, kind),
			"an object of the cluster belongs into a file of its own, listed under resources:")
		return false
	case version != "" && version != want:
		w.hint(w.errorf(RuleKustomizationField, f.doc.Position("apiVersion"), "kustomize refuses apiVersion %q", version), "write apiVersion: %s", want)
		return false
	}
	return true
}

// kind checks that a folder is included as what it is.
func (w *walk) kind(f *folder, field string, at diag.Position) {
	if f.doc == nil {
		return
	}
	component := f.doc.Fields()["kind"] == types.ComponentKind
	switch {
	case component && field != "components":
		w.hint(w.errorf(RuleKustomizationField, at, "%q is a Component, which kustomize refuses under %s:", f.dir, field), "list it under components:")
	case !component && field == "components":
		w.hint(w.errorf(RuleKustomizationField, at, "%q is no Component, so kustomize refuses it under components:", f.dir), "list it under resources:, or give it kind: %s and apiVersion: %s", types.ComponentKind, types.ComponentVersion)
	}
}

// ofFlux are fields that people look for in the wrong Kustomization (kustomize.toolkit.fluxcd.io/v1).
var ofFlux = []string{"decryption", "dependsOn", "force", "healthChecks", "interval", "path", "postBuild", "prune", "retryInterval", "sourceRef", "suspend", "targetNamespace", "timeout", "wait"}

// unknown reports a field that its place does not have.
func (w *walk) unknown(doc *yamlfile.Document, at []any, have map[string]bool) {
	name, _ := at[len(at)-1].(string)
	finding := w.errorf(RuleKustomizationField, doc.Key(at...), "a kustomization file has no field %q here", name)
	if len(at) == 1 {
		*finding = diag.Errorf(RuleKustomizationField, doc.Key(at...), "a kustomization file has no field %q", name)
	}
	near := diag.Nearest(name, sortedKeys(have))
	place := placeOf(reflect.TypeFor[types.Kustomization](), name, "")
	switch {
	case len(at) == 1 && slices.Contains(ofFlux, name):
		w.hint(finding, "it is a field of spec of Flux's Kustomization, which lies in another file")
	case len(at) > 1 && place != "":
		w.hint(finding, "it belongs to %s", place)
	case near != "":
		w.hint(finding, "did you mean %q?", near)
	case place != "":
		w.hint(finding, "it belongs to %s", place)
	case len(at) == 1:
		w.hint(finding, "an object of the cluster belongs into a file of its own, listed under resources:")
	default:
		w.hint(finding, "the fields here are: %s", strings.Join(sortedKeys(have), ", "))
	}
}

// placeOf is where a field of that name belongs, such as "generatorOptions" for disableNameSuffixHash; "" when nowhere.
func placeOf(t reflect.Type, name, at string) string {
	fields := fieldsOf(t)
	if _, here := fields[name]; here {
		if at == "" {
			return "the top of the file"
		}
		return at
	}
	var found []string
	for _, key := range sortedKeys(fields) {
		if inner := structOf(fields[key]); inner != nil {
			if place := placeOf(inner, name, strings.TrimPrefix(at+"."+key, ".")); place != "" {
				found = append(found, place)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// structOf is the struct that a type holds, itself or as items; nil when it holds none.
func structOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return t
	}
	return nil
}

var unknownName = regexp.MustCompile(`unknown field "([^"]+)"`)

// refused reports, at its line, why kustomize's own type does not take a file.
func (w *walk) refused(f *folder, err error) {
	if m := unknownName.FindStringSubmatch(err.Error()); m != nil {
		if at, t := search(f.doc.Value, reflect.TypeFor[types.Kustomization](), m[1]); at != nil {
			have := map[string]bool{}
			for name := range fieldsOf(t) {
				have[name] = true
			}
			w.unknown(f.doc, at, have)
			return
		}
	}
	at := f.doc.Position()
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		at = wrongPart(f.doc, strings.Split(wrong.Field, ".")[0], wrong.Type.Kind())
	}
	w.hint(w.errorf(RuleKustomizationField, at, "kustomize does not take this file: %s", oneLine(err)), "compare it with the reference of kustomization.yaml")
}

// wrongPart is the place of a field of a wrong type, or of its first item of a wrong type.
func wrongPart(doc *yamlfile.Document, field string, want reflect.Kind) diag.Position {
	for i, item := range list(doc.Fields()[field]) {
		_, isText := item.(string)
		_, isMap := item.(map[string]any)
		if want == reflect.String && !isText || want == reflect.Struct && !isMap {
			return doc.Position(field, i)
		}
	}
	return doc.Key(field)
}

// search finds the field that a type lacks in a value of that type; nil when the value has none of that name.
func search(value any, t reflect.Type, name string) ([]any, reflect.Type) {
	inner := structOf(t)
	if inner == nil {
		return nil, nil
	}
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if at, in := search(item, inner, name); at != nil {
				return append([]any{i}, at...), in
			}
		}
	case map[string]any:
		fields := fieldsOf(inner)
		for _, key := range sortedKeys(v) {
			fieldType, has := fields[key]
			if !has && key == name {
				return []any{key}, inner
			}
			if has {
				if at, in := search(v[key], fieldType, name); at != nil {
					return append([]any{key}, at...), in
				}
			}
		}
	}
	return nil, nil
}

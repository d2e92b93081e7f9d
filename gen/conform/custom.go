package conform

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// custom judges what the schema of a custom resource says beyond the form of its fields.
type custom struct {
	namespaced bool
	structural *structuralschema.Structural
	rules      *cel.Validator
	lists      bool
}

func (j *Judge) customOf(at address) *custom {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.custom[at]
	if c == nil {
		c = newCustom(j.schemas.raw(at), at.namespaced)
		j.custom[at] = c
	}
	return c
}

// newCustom prepares what a schema asks for. Most schemas have neither rules nor lists with keys.
func newCustom(raw []byte, namespaced bool) *custom {
	c := &custom{namespaced: namespaced, lists: bytes.Contains(raw, []byte(`"x-kubernetes-list-type"`))}
	hasRules := bytes.Contains(raw, []byte(`"x-kubernetes-validations"`))
	if !c.lists && !hasRules {
		return c
	}
	var v1 apiextensionsv1.JSONSchemaProps
	var internal apiextensions.JSONSchemaProps
	if json.Unmarshal(raw, &v1) != nil || apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&v1, &internal, nil) != nil {
		return c
	}
	structural, err := structuralschema.NewStructural(&internal)
	if err != nil {
		return c
	}
	c.structural = structural
	if hasRules {
		c.rules = cel.NewValidator(structural, true, celconfig.PerCallLimit)
	}
	return c
}

// judge applies what the API server applies to a custom resource whose fields fit the schema.
func (c *custom) judge(object map[string]any) []Problem {
	var errs field.ErrorList
	metadata := &unstructured.Unstructured{Object: object}
	if !guessed(object["metadata"]) {
		errs = validation.ValidateObjectMetaAccessor(withNamespace(metadata, c.namespaced), c.namespaced, validation.NameIsDNSSubdomain, field.NewPath("metadata"))
	}
	if c.structural != nil {
		object = metadata.DeepCopy().Object
		defaulting.Default(object, c.structural)
		errs = append(errs, listtype.ValidateListSetsAndMaps(nil, c.structural, object)...)
	}
	var problems []Problem
	for _, e := range errs {
		problems = append(problems, fromKubernetes(e, object))
	}
	if c.rules != nil && !guessed(object) {
		problems = append(problems, c.byRules(object)...)
	}
	return problems
}

// withNamespace gives the object's metadata with a namespace where one is needed: which one is for others to judge.
func withNamespace(o *unstructured.Unstructured, namespaced bool) *unstructured.Unstructured {
	out := &unstructured.Unstructured{Object: map[string]any{"metadata": o.DeepCopy().Object["metadata"]}}
	out.SetNamespace("")
	if namespaced {
		out.SetNamespace("default")
	}
	if out.GetName() == "" && out.GetGenerateName() != "" {
		out.SetName(out.GetGenerateName() + "x")
	}
	return out
}

// byRules evaluates the rules in CEL.
func (c *custom) byRules(object map[string]any) []Problem {
	var problems []Problem
	for _, e := range c.evaluate(object) {
		p := Problem{Sort: Contradictory, Path: pathIn(object, e.Field), Message: e.Detail, Either: c.either(object, e)}
		switch value := valueAt(object, p.Path).(type) {
		case string, int64, float64, bool: // a rule about nothing but this value
			p.Sort, p.Message = Invalid, short(value)+": "+e.Detail
		}
		problems = append(problems, p)
	}
	return problems
}

func (c *custom) evaluate(object map[string]any) field.ErrorList {
	errs, _ := c.rules.Validate(context.Background(), nil, c.structural, object, nil, celconfig.RuntimeCELCostBudget)
	// A rule that cannot be evaluated is no verdict on the object: the definition is refused for it.
	return slices.DeleteFunc(errs, func(e *field.Error) bool {
		return e.Type == field.ErrorTypeInternal || strings.HasPrefix(e.Detail, "rule compile error")
	})
}

// manyFields is the number of fields from which on nobody looks for those that contradict each other: each look evaluates
// all rules.
const manyFields = 64

// either finds the fields one of which must go: those without which the rule is content.
func (c *custom) either(object map[string]any, broken *field.Error) [][]any {
	path := pathIn(object, broken.Field)
	fields, _ := valueAt(object, path).(map[string]any)
	if len(fields) > manyFields {
		return nil
	}
	var out [][]any
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		left := without(object, append(slices.Clone(path), key)).(map[string]any)
		still := slices.ContainsFunc(c.evaluate(left), func(e *field.Error) bool { return e.Field == broken.Field && e.Detail == broken.Detail })
		if !still {
			out = append(out, append(slices.Clone(path), key))
		}
	}
	return out
}

// without copies v along path and leaves its last part out.
func without(v any, path []any) any {
	switch part := path[0].(type) {
	case string:
		m, _ := v.(map[string]any)
		out := maps.Clone(m)
		if len(path) == 1 {
			delete(out, part)
		} else {
			out[part] = without(out[part], path[1:])
		}
		return out
	case int:
		l, _ := v.([]any)
		out := slices.Clone(l)
		if len(path) > 1 && part < len(out) {
			out[part] = without(out[part], path[1:])
		}
		return out
	}
	return v
}

// broughtKind is one version of a CustomResourceDefinition of the cluster.
type broughtKind struct {
	schema     []byte
	namespaced bool
}

// brought reads CustomResourceDefinitions: the versions that they serve, by "apiVersion Kind". Versions without a schema
// are left out, and so are definitions whose schema holds what only the cluster knows.
func brought(definitions []map[string]any) map[string]broughtKind {
	out := map[string]broughtKind{}
	for _, d := range definitions {
		group, _ := valueAt(d, []any{"spec", "group"}).(string)
		kind, _ := valueAt(d, []any{"spec", "names", "kind"}).(string)
		scope, _ := valueAt(d, []any{"spec", "scope"}).(string)
		versions, _ := valueAt(d, []any{"spec", "versions"}).([]any)
		for i, v := range versions {
			name, _ := valueAt(v, []any{"name"}).(string)
			schema := valueAt(d, []any{"spec", "versions", i, "schema", "openAPIV3Schema"})
			if served, _ := valueAt(v, []any{"served"}).(bool); !served || schema == nil || guessed(undescribed(schema)) {
				continue
			}
			if data, err := json.Marshal(schema); err == nil {
				out[group+"/"+name+" "+kind] = broughtKind{schema: data, namespaced: scope != "Cluster"}
			}
		}
	}
	return out
}

// undescribed is a schema without its descriptions: that of Flux's Kustomization explains ${var} in one.
func undescribed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			if _, text := item.(string); !text || key != "description" {
				out[key] = undescribed(item)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = undescribed(item)
		}
		return out
	}
	return v
}

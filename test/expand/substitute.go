package expand

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// standIn is the value of a variable that only the cluster knows, because the
// ConfigMap or Secret that holds it is not in the tree. It is base64 of the
// JSON {"auths":{}}, so that it is legal wherever a rendered Secret takes a
// value: in data of any type, that of a registry's credentials included.
const standIn = "eyJhdXRocyI6e319"

// postBuild is spec.postBuild of a Flux Kustomization.
type postBuild struct {
	Substitute     map[string]string `json:"substitute"`
	SubstituteFrom []struct {
		Kind     string `json:"kind"`
		Name     string `json:"name"`
		Optional bool   `json:"optional"`
	} `json:"substituteFrom"`
	SubstituteStrategy string `json:"substituteStrategy"`
}

// variables returns the variables that are known, and whether there may be
// others that only the cluster knows.
func (e *expander) variables(p postBuild, namespace string) (known map[string]string, others bool, err error) {
	known = map[string]string{}
	for _, source := range p.SubstituteFrom {
		object, ok := e.find(source.Kind, namespace, source.Name)
		if !ok {
			others = true
			continue
		}
		data, err := object.data()
		if err != nil {
			return nil, false, err
		}
		for name, value := range data {
			known[name] = value
		}
	}
	for name, value := range p.Substitute {
		known[name] = value
	}
	for name, value := range known {
		known[name] = strings.ReplaceAll(value, "\n", "")
	}
	return known, others, nil
}

// substitute replaces the variables in the objects, in place. An undefined
// variable becomes empty, unless it may be one of the others: then it becomes a
// stand-in.
func (p postBuild) substitute(objects []map[string]any, known map[string]string, others bool) error {
	if len(known) == 0 && !others && p.SubstituteStrategy != "Always" {
		return nil
	}
	lookup := func(name string) (string, bool) {
		value, ok := known[name]
		if !ok && others {
			return standIn, true
		}
		return value, ok
	}
	for _, object := range objects {
		if substitutionDisabled(object) {
			continue
		}
		if err := substituteObject(object, lookup); err != nil {
			return fmt.Errorf("%s %q: %w", text(object, "kind"), text(object, "metadata", "name"), err)
		}
	}
	return nil
}

// substitutionDisabled says whether an object opts out by label or annotation.
func substitutionDisabled(object map[string]any) bool {
	const key = "kustomize.toolkit.fluxcd.io/substitute"
	return text(object, "metadata", "labels", key) == "disabled" ||
		text(object, "metadata", "annotations", key) == "disabled"
}

// substituteObject works on the object's YAML text, as Flux does: a value can
// so become a number, or break the object.
func substituteObject(object map[string]any, lookup func(string) (string, bool)) error {
	before, err := yaml.Marshal(object)
	if err != nil {
		return err
	}
	after, err := substituteText(string(before), lookup)
	if err != nil {
		return err
	}
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(after), &fields); err != nil {
		return fmt.Errorf("not YAML after substitution: %w", err)
	}
	clear(object)
	for name, value := range fields {
		object[name] = value
	}
	return nil
}

// expression matches ${...}, and $${...}, which stands for a literal ${...}.
var expression = regexp.MustCompile(`\$?\$\{[^}]*\}`)

// variable matches what may stand inside: a name, and a default.
var variable = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-=])(.*))?$`)

func substituteText(s string, lookup func(string) (string, bool)) (string, error) {
	var err error
	s = expression.ReplaceAllStringFunc(s, func(match string) string {
		if escaped, ok := strings.CutPrefix(match, "$$"); ok {
			return "$" + escaped
		}
		parts := variable.FindStringSubmatch(match[len("${") : len(match)-len("}")])
		if parts == nil {
			err = fmt.Errorf("expression %q is not one that this test can evaluate", match)
			return match
		}
		value, ok := lookup(parts[1])
		if !ok || (value == "" && strings.HasPrefix(parts[2], ":")) {
			value = parts[3]
		}
		return value
	})
	return s, err
}

// data returns the keys of a ConfigMap or Secret with their values as text.
func (o Object) data() (map[string]string, error) {
	values := map[string]string{}
	data, _ := o.Fields["data"].(map[string]any)
	for key, value := range data {
		plain := fmt.Sprint(value)
		if o.Kind() == "Secret" {
			decoded, err := base64.StdEncoding.DecodeString(plain)
			if err != nil {
				return nil, fmt.Errorf("%s: key %q: %w", o, key, err)
			}
			plain = string(decoded)
		}
		values[key] = plain
	}
	strings, _ := o.Fields["stringData"].(map[string]any)
	for key, value := range strings {
		values[key] = fmt.Sprint(value)
	}
	return values, nil
}

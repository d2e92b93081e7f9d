package simulate

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// substituteKey is the label or annotation that keeps an object from being substituted.
const substituteKey = "kustomize.toolkit.fluxcd.io/substitute"

// variables are what a Flux Kustomization substitutes.
type variables struct {
	values map[string]string
	// open tells that a Secret or ConfigMap that is not in the repository may hold more.
	open bool
}

// variablesOf gathers the variables of a Kustomization; nil when it substitutes nothing.
func (s *simulation) variablesOf(k *kustomization, namespace string) *variables {
	if k.PostBuild == nil {
		return nil
	}
	v := &variables{values: map[string]string{}}
	for _, from := range k.PostBuild.SubstituteFrom {
		object := s.world.Find("", from.Kind, namespace, from.Name)
		if object == nil {
			object = s.known.Find("", from.Kind, namespace, from.Name)
		}
		if object == nil {
			s.wanted = append(s.wanted, source{from.Kind, namespace, from.Name})
			v.open = true
			continue
		}
		for _, field := range []string{"data", "stringData"} {
			for key, value := range object.Map(field) {
				text, _ := value.(string)
				if from.Kind == "Secret" {
					text = "${" + key + "}" // its value is nobody's business
				}
				v.values[key] = strings.ReplaceAll(text, "\n", "")
			}
		}
	}
	for key, value := range k.PostBuild.Substitute {
		v.values[key] = strings.ReplaceAll(value, "\n", "")
	}
	if len(v.values) == 0 && !v.open {
		return nil // Flux substitutes nothing when it has no variable
	}
	return v
}

// substitute gives the object with its variables filled in. A variable that is open stays as it is.
func (s *simulation) substitute(o *world.Object, v *variables) {
	for _, field := range []string{"labels", "annotations"} {
		if o.Text("metadata", field, substituteKey) == "disabled" {
			return
		}
	}
	text, err := yaml.Marshal(o.Fields)
	if err != nil || !bytes.Contains(text, []byte("$")) {
		return
	}
	var missing []string
	guessed := false
	out, err := evaluate(string(text), func(name string) (string, bool) {
		value, ok := v.values[name]
		switch {
		case ok:
			return value, true
		case v.open:
			guessed = true
			return "${" + name + "}", true
		case s.lenient:
			return "", true
		}
		missing = append(missing, name)
		return "", false
	})
	if err != nil {
		s.notSubstituted(o, missing, err)
		return
	}
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(out), &fields); err != nil {
		if guessed {
			return // with its value it may be YAML
		}
		s.notSubstituted(o, nil, err)
		return
	}
	*o = *withFields(o, integers(fields).(map[string]any))
}

func withFields(o *world.Object, fields map[string]any) *world.Object {
	changed := world.New(fields, o.Owner)
	changed.Doc, changed.Place, changed.Sources = o.Doc, o.Place, o.Sources
	return changed
}

// integers gives whole numbers the type that they have when they are read from a file.
func integers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = integers(item)
		}
	case []any:
		for i, item := range v {
			v[i] = integers(item)
		}
	case float64:
		if i := int64(v); float64(i) == v {
			return i
		}
	}
	return v
}

// expressionPlace is the line of what stops the substitution of an object: the first use of the missing variable, or the
// first expression of a shell in the text that cannot be read.
func expressionPlace(o *world.Object, missing []string) diag.Position {
	at, found := o.Position("metadata", "name"), false
	if o.Doc == nil {
		return at
	}
	var shell diag.Position
	o.Doc.Texts(func(path []any, value string, _ diag.Position) {
		for i, line := range strings.Split(value, "\n") {
			if found || !strings.Contains(line, "${") {
				continue
			}
			if shell.File == "" && shellExpression.MatchString(line) {
				shell = o.Doc.Inside(i, path...)
			}
			_, err := evaluate(line, func(name string) (string, bool) { return "", !slices.Contains(missing, name) })
			if err == nil {
				continue
			}
			found, at = true, o.Doc.Inside(i, path...)
			if len(missing) == 0 && shell.File != "" {
				at = shell
			}
		}
	})
	return at
}

// shellExpression is an expression that people write for a shell, not for Flux.
var shellExpression = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*[^A-Za-z0-9_}:]`)

// notSubstituted reports what Flux's substitution stops at.
func (s *simulation) notSubstituted(o *world.Object, missing []string, err error) {
	at := expressionPlace(o, missing)
	if len(missing) > 0 {
		s.unset = true
		s.add(diag.Errorf(ruleVariable, at, "nothing substitutes ${%s} in %s: Flux refuses to apply it", missing[0], o.ID()).
			WithHint("add it to postBuild of the Flux Kustomization, give a default (${%s:=value}), write $${%s} for a literal, or put the annotation %s: disabled on the object", missing[0], missing[0], substituteKey), o)
		return
	}
	s.add(diag.Errorf(ruleVariable, at, "Flux's substitution cannot read %s: %v", o.ID(), err).
		WithHint("write $$ for a literal $, or put the annotation %s: disabled on the object", substituteKey), o)
}

package conform

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// collector turns what the library says into problems.
type collector struct {
	*schemas
	root     string
	object   map[string]any
	problems []Problem
}

// collect takes the errors that name a cause and leaves out those that only say where it is.
func (c *collector) collect(e *jsonschema.ValidationError) {
	path := c.path(e.InstanceLocation)
	value := valueAt(c.object, path)
	if text, ok := value.(string); ok && guessed(text) {
		return
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			c.unknownField(e, path, name)
		}
	case *kind.Required:
		if guessedKey(value) {
			return
		}
		c.add(Problem{Sort: Invalid, Path: path, Message: "lacks " + quoted(k.Missing)})
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		if guessed(value) {
			return
		}
		c.add(Problem{Sort: c.alternatives(e), Path: path, Message: c.alternativeMessage(e, value)})
	case *kind.Type:
		c.add(Problem{Sort: Invalid, Path: path, Message: short(value) + " is " + article(k.Got) + ", not " + wanted(k.Want), Hint: hint(k, value)})
	case *kind.Enum:
		c.add(Problem{Sort: Invalid, Path: path, Message: short(value) + " is none of " + listed(k.Want), Hint: suggestion(value, k.Want)})
	case *kind.Format:
		c.add(Problem{Sort: Invalid, Path: path, Message: short(value) + " " + fmt.Sprint(k.Err)})
	case *kind.Pattern:
		c.add(Problem{Sort: Invalid, Path: path, Message: fmt.Sprintf("%s does not match the pattern %s", short(value), k.Want)})
	default:
		if len(e.Causes) == 0 {
			c.add(Problem{Sort: Invalid, Path: path, Message: short(value) + ": " + k.LocalizedString(english)})
		}
		for _, cause := range e.Causes {
			c.collect(cause)
		}
	}
}

var english = message.NewPrinter(language.English)

// add keeps a problem unless the same place has one already.
func (c *collector) add(p Problem) {
	if !slices.ContainsFunc(c.problems, func(o Problem) bool { return slices.Equal(o.Path, p.Path) }) {
		c.problems = append(c.problems, p)
	}
}

func (c *collector) path(location []string) []any {
	var path []any
	var at any = c.object
	for _, token := range location {
		if list, ok := at.([]any); ok {
			i, _ := strconv.Atoi(token)
			path, at = append(path, i), list[i]
			continue
		}
		path, at = append(path, token), valueAt(at, []any{token})
	}
	return path
}

// unknownField is a field that the schema does not have.
func (c *collector) unknownField(e *jsonschema.ValidationError, path []any, name string) {
	if unknown(name) {
		return
	}
	properties, _ := c.fragment(e.SchemaURL)["properties"].(map[string]any)
	p := Problem{Sort: Unknown, Path: append(slices.Clone(path), name), Message: fmt.Sprintf("%s has no field %q", holder(path), name)}
	known := slices.Sorted(maps.Keys(properties))
	if near := diag.Nearest(name, known); near != "" {
		p.Hint = fmt.Sprintf("did you mean %q?", near)
	} else if elsewhere := c.elsewhere(name); elsewhere != "" {
		p.Hint = fmt.Sprintf("%q is a field of %s", name, elsewhere)
	} else if len(known) > 0 && len(known) <= 12 {
		p.Hint = "its fields are " + strings.Join(known, ", ")
	}
	c.add(p)
}

func holder(path []any) string {
	if len(path) == 0 {
		return "the object"
	}
	return fieldPath(path)
}

// elsewhere is the only place above its lists at which the kind has a field of that name.
func (c *collector) elsewhere(name string) string {
	var found []string
	var search func(s map[string]any, path []any)
	search = func(s map[string]any, path []any) {
		if reference, ok := s["$ref"].(string); ok {
			s = c.loaded[reference]
		}
		properties, _ := s["properties"].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(properties)) {
			if key == name {
				found = append(found, holder(path))
			}
			if inside, ok := properties[key].(map[string]any); ok && len(path) < 4 && key != "status" {
				search(inside, append(slices.Clone(path), key))
			}
		}
	}
	search(c.loaded[c.root], nil)
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// alternatives tells whether only the fields of one object contradict each other.
func (c *collector) alternatives(e *jsonschema.ValidationError) Sort {
	if _, ok := valueAt(c.object, c.path(e.InstanceLocation)).(map[string]any); ok {
		return Contradictory
	}
	return Invalid
}

func (c *collector) alternativeMessage(e *jsonschema.ValidationError, value any) string {
	var needs []string
	for _, cause := range e.Causes {
		if k, ok := cause.ErrorKind.(*kind.Required); ok {
			needs = append(needs, k.Missing...)
		}
	}
	switch {
	case len(needs) > 0:
		return "needs one of " + quoted(needs)
	case len(e.Causes) > 0:
		return short(value) + ": " + e.Causes[0].ErrorKind.LocalizedString(english)
	}
	return short(value) + " is not allowed here"
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strconv.Quote(name)
	}
	return strings.Join(out, ", ")
}

func listed(values []any) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = short(v)
	}
	return strings.Join(out, ", ")
}

func suggestion(value any, allowed []any) string {
	text, _ := value.(string)
	var names []string
	for _, v := range allowed {
		if name, ok := v.(string); ok {
			names = append(names, name)
		}
	}
	if near := diag.Nearest(text, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// article names a JSON type as people say it.
func article(jsonType string) string {
	switch jsonType {
	case "object":
		return "a mapping"
	case "array":
		return "a list"
	case "string":
		return "a text"
	case "boolean":
		return "true or false"
	case "integer":
		return "a whole number"
	case "null":
		return "nothing"
	}
	return "a " + jsonType
}

func wanted(types []string) string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = article(t)
	}
	return strings.Join(out, " or ")
}

// written tells whether a text would be of one of the types if it had no quotes.
func written(text string, types []string) bool {
	_, notNumber := strconv.ParseFloat(text, 64)
	_, notInteger := strconv.Atoi(text)
	return slices.Contains(types, "integer") && notInteger == nil || slices.Contains(types, "number") && notNumber == nil ||
		slices.Contains(types, "boolean") && (text == "true" || text == "false")
}

// hint says how a value gets the type that is wanted.
func hint(k *kind.Type, value any) string {
	text, isText := value.(string)
	switch {
	case slices.Contains(k.Want, "string") && (k.Got == "number" || k.Got == "integer" || k.Got == "boolean"):
		return fmt.Sprintf("write it in quotes: \"%v\"", value)
	case isText && written(text, k.Want):
		return "write it without quotes"
	case slices.Contains(k.Want, "array"):
		return "begin the entry with \"- \""
	}
	return ""
}

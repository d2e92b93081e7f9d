package conform

import "maps"

// strict turns a schema as Kubernetes writes it (OpenAPI 3.0, with Kubernetes' extensions) into JSON Schema, in which a
// field that the schema does not name is an error. address gives the URL of a definition.
//
// Kubernetes itself leaves fields out that it does not know; server-side apply, which Flux uses, refuses them.
type translator struct {
	address func(definition string) string
	// required tells whether what the schema calls required is judged. Kubernetes' own kinds are judged by code that
	// knows better: some fields of theirs are called required and are not.
	required bool
}

// schema translates one schema. inner is true for those of which several hold at once (allOf and the like): they name only
// the fields that they are about.
func (t translator) schema(s map[string]any, inner bool) map[string]any {
	if ref, ok := s["$ref"].(string); ok {
		return map[string]any{"$ref": t.address(ref)}
	}
	if only, ok := s["allOf"].([]any); ok && len(only) == 1 && s["type"] == nil {
		if reference, ok := only[0].(map[string]any); ok && reference["$ref"] != nil {
			return t.schema(reference, inner) // the way in which OpenAPI adds a default to a reference
		}
	}
	out := map[string]any{}
	for _, keyword := range []string{"enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "multipleOf"} {
		if value, ok := s[keyword]; ok {
			out[keyword] = value
		}
	}
	for _, keyword := range []string{"default", listType, listKeys} { // nothing to the library; lists are judged by them
		if value, ok := s[keyword]; ok {
			out[keyword] = value
		}
	}
	t.bounds(s, out)
	t.kind(s, out)
	if t.required {
		if required := withoutDefaults(s); len(required) > 0 {
			out["required"] = required
		}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		if list, ok := s[keyword].([]any); ok && s["x-kubernetes-int-or-string"] != true {
			out[keyword] = t.list(list)
		}
	}
	if not, ok := s["not"].(map[string]any); ok {
		out["not"] = t.schema(not, true)
	}
	if items, ok := s["items"].(map[string]any); ok {
		out["items"] = t.schema(items, inner)
	}
	t.fields(s, out, inner)
	return out
}

func (t translator) list(schemas []any) []any {
	out := make([]any, len(schemas))
	for i, s := range schemas {
		m, _ := s.(map[string]any)
		out[i] = t.schema(m, true)
	}
	return out
}

// bounds are booleans beside the bound in OpenAPI 3.0, and the bound itself in JSON Schema.
func (t translator) bounds(s, out map[string]any) {
	for bound, exclusive := range map[string]string{"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"} {
		value, ok := s[bound]
		switch {
		case !ok:
		case s[exclusive] == true:
			out[exclusive] = value
		default:
			out[bound] = value
		}
	}
}

// kind is the type with what Kubernetes' extensions say about it.
func (t translator) kind(s, out map[string]any) {
	if s["x-kubernetes-int-or-string"] == true || s["format"] == "int-or-string" {
		out["type"] = []any{"integer", "string"}
		return
	}
	if format, ok := s["format"].(string); ok && judgedFormats[format] {
		out["format"] = format
	}
	switch kind, ok := s["type"].(string); {
	case !ok:
	case s["nullable"] == true:
		out["type"] = []any{kind, "null"}
	default:
		out["type"] = kind
	}
}

// withoutDefaults are the required fields that the API server does not fill in.
func withoutDefaults(s map[string]any) []any {
	required, _ := s["required"].([]any)
	properties, _ := s["properties"].(map[string]any)
	var out []any
	for _, name := range required {
		key, _ := name.(string)
		property, _ := properties[key].(map[string]any)
		if _, filled := property["default"]; !filled {
			out = append(out, name)
		}
	}
	return out
}

func (t translator) fields(s, out map[string]any, inner bool) {
	properties, closed := s["properties"].(map[string]any)
	if closed {
		translated := make(map[string]any, len(properties))
		for name, property := range properties {
			m, _ := property.(map[string]any)
			if _, filled := m["default"]; filled && m["type"] != nil {
				m["nullable"] = true // the default takes the place of null
			}
			translated[name] = t.schema(m, inner)
		}
		out["properties"] = translated
	}
	switch additional := s["additionalProperties"].(type) {
	case map[string]any:
		out["additionalProperties"] = t.schema(additional, inner)
		return
	case bool:
		return
	}
	if !closed || inner || s["x-kubernetes-preserve-unknown-fields"] == true {
		return
	}
	out["additionalProperties"] = false
	if s["x-kubernetes-embedded-resource"] == true {
		open := maps.Clone(out["properties"].(map[string]any))
		for _, name := range []string{"apiVersion", "kind", "metadata"} {
			if open[name] == nil {
				open[name] = map[string]any{}
			}
		}
		out["properties"] = open
	}
}

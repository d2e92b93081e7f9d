package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// spoken are the keywords of a schema that people read and nothing is judged by.
var spoken = []string{"description", "title", "example", "examples", "externalDocs"}

// strip removes from a schema, and from all within, what no judgement depends on, and shortens references to the name of
// the definition. What lies in `default`, `enum` and the extensions is data and stays as it is.
func strip(schema map[string]any) {
	for _, keyword := range spoken {
		delete(schema, keyword)
	}
	if ref, is := schema["$ref"].(string); is {
		schema["$ref"] = short(ref)
	}
	for _, keyword := range []string{"properties", "patternProperties", "definitions"} {
		for _, child := range object(schema[keyword]) {
			strip(object(child))
		}
	}
	for _, keyword := range []string{"items", "additionalProperties", "not"} {
		if child := object(schema[keyword]); child != nil {
			strip(child)
		}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		children, _ := schema[keyword].([]any)
		for _, child := range children {
			strip(object(child))
		}
	}
	unwrap(schema)
}

// unwrap replaces an `allOf` with one reference, which OpenAPI needs to give a description beside it, by the reference.
func unwrap(schema map[string]any) {
	all, _ := schema["allOf"].([]any)
	if len(all) != 1 || len(schema) != 1 {
		return
	}
	if only := object(all[0]); len(only) == 1 && only["$ref"] != nil {
		delete(schema, "allOf")
		schema["$ref"] = only["$ref"]
	}
}

// short is the name of the definition that a reference points to.
func short(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// object returns a JSON object, nil for anything else.
func object(value any) map[string]any {
	out, _ := value.(map[string]any)
	return out
}

// openStatus lets the schema of a root kind accept any status: nobody commits one, and the API server resets it.
func openStatus(schema map[string]any) {
	properties := object(schema["properties"])
	if properties["status"] == nil {
		return
	}
	properties["status"] = map[string]any{}
	if required, is := schema["required"].([]any); is {
		required = slices.DeleteFunc(required, func(name any) bool { return name == "status" })
		schema["required"] = required
		if len(required) == 0 {
			delete(schema, "required")
		}
	}
}

// references appends the names of the definitions that a schema refers to.
func references(names []string, value any) []string {
	switch value := value.(type) {
	case map[string]any:
		if ref, is := value["$ref"].(string); is {
			names = append(names, ref)
		}
		for _, child := range value {
			names = references(names, child)
		}
	case []any:
		for _, child := range value {
			names = references(names, child)
		}
	}
	return names
}

// decode reads JSON with numbers as they are written.
func decode(data []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(value)
}

// canonical writes JSON on one line with sorted keys.
func canonical(value any) (json.RawMessage, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

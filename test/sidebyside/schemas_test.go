package sidebyside

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/apis"
)

// writeSchemas writes the schemas of every kind that lvsgen knows as kubeconform reads them: strict, each in one file. So
// it judges with what lvsgen judges, also the custom resources.
func writeSchemas(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	catalog := apis.Embedded()
	for _, product := range catalog.Products() {
		releases := catalog.Releases(product)
		for _, apiVersion := range catalog.Served(product, releases[len(releases)-1], func(string) bool { return true }) {
			for _, name := range catalog.KindsOf(apiVersion) {
				for _, kind := range catalog.Kinds(apiVersion, name) {
					writeSchema(t, catalog, dir, kind)
				}
			}
		}
	}
	return dir
}

// location is kubeconform's template of the files' names.
const location = "/{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json"

func writeSchema(t *testing.T, catalog *apis.Catalog, dir string, kind apis.Kind) {
	t.Helper()
	release := kind.Releases[len(kind.Releases)-1]
	expand := expander{definition: func(name string) map[string]any {
		var out map[string]any
		if err := json.Unmarshal(catalog.Definition(kind.Product, release, name), &out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return out
	}}
	schema := expand.schema(expand.definition(kind.Definition))
	if properties, ok := schema["properties"].(map[string]any); ok {
		for _, name := range []string{"apiVersion", "kind"} {
			properties[name] = map[string]any{"type": "string"}
		}
		if kind.Product != "kubernetes" { // a CustomResourceDefinition says nothing of them
			properties["metadata"] = map[string]any{"type": "object"}
			properties["status"] = map[string]any{}
		}
	}
	content, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	version := kind.APIVersion[strings.LastIndexByte(kind.APIVersion, '/')+1:]
	group, _, _ := strings.Cut(kind.APIVersion, "/") // of the core group kubeconform takes the version for the group
	file := group + "_" + version + "_" + strings.ToLower(kind.Kind) + ".json"
	if err := os.WriteFile(filepath.Join(dir, file), content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// expander turns Kubernetes' OpenAPI into JSON Schema as the schemas for kubeconform are made: references filled in, fields
// that are not named forbidden.
type expander struct {
	definition func(name string) map[string]any
	inside     []string
}

const (
	quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
	crdProps = "JSONSchemaProps"
)

func (e expander) schema(s map[string]any) map[string]any {
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/definitions/")
		switch {
		case name == quantity:
			return map[string]any{"type": []any{"string", "number"}}
		case strings.HasSuffix(name, crdProps), count(e.inside, name) > 1:
			return map[string]any{}
		}
		e.inside = append(e.inside[:len(e.inside):len(e.inside)], name)
		return e.schema(e.definition(name))
	}
	out := map[string]any{}
	for _, keyword := range []string{"type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "required", "format"} {
		if value, ok := s[keyword]; ok {
			out[keyword] = value
		}
	}
	if s["exclusiveMinimum"] == true || s["exclusiveMaximum"] == true {
		delete(out, "minimum")
		delete(out, "maximum")
	}
	if s["x-kubernetes-int-or-string"] == true || s["format"] == "int-or-string" {
		return map[string]any{"type": []any{"string", "integer"}}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		if list, ok := s[keyword].([]any); ok {
			var all []any
			for _, item := range list {
				all = append(all, e.inner(item))
			}
			out[keyword] = all
		}
	}
	if items, ok := s["items"].(map[string]any); ok {
		out["items"] = e.schema(items)
	}
	if properties, ok := s["properties"].(map[string]any); ok {
		fields := map[string]any{}
		for name, p := range properties {
			fields[name] = e.schema(p.(map[string]any))
		}
		out["properties"] = fields
		if s["x-kubernetes-preserve-unknown-fields"] != true {
			out["additionalProperties"] = false
		}
	}
	if more, ok := s["additionalProperties"].(map[string]any); ok {
		out["additionalProperties"] = e.schema(more)
	}
	if kind, ok := out["type"].(string); ok && s["nullable"] == true {
		out["type"] = []any{kind, "null"}
	}
	return out
}

// inner is a schema that holds beside others: it names only the fields that it is about.
func (e expander) inner(v any) any {
	m, _ := v.(map[string]any)
	out := e.schema(m)
	if m["$ref"] == nil && out["additionalProperties"] == false {
		delete(out, "additionalProperties")
	}
	return out
}

func count(list []string, name string) int {
	n := 0
	for _, item := range list {
		if item == name {
			n++
		}
	}
	return n
}

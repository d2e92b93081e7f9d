package apis

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// files are the texts of the products by name.
func files(t *testing.T) map[string]string {
	t.Helper()
	entries, err := data.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, entry := range entries {
		text, err := data.ReadFile("data/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if entry.Name() != removedFile {
			out[strings.TrimSuffix(entry.Name(), ".txt")] = string(text)
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d products", len(out))
	}
	return out
}

var sorts = map[string]*regexp.Regexp{
	"release":    regexp.MustCompile(`^release\t\d+\.\d+\t\S+@v\S+( \S+@v\S+)*$`),
	"kind":       regexp.MustCompile(`^kind\t[\d.,]+\t(\S+/)?v\d\w*\t[A-Z]\w+\t(Namespaced|Cluster)\t[a-z]+\t[^\t ]+\t[^\t]*\t(off)?$`),
	"definition": regexp.MustCompile(`^definition\t[\d.,]+\t[^\t ]+\t\{.*\}$`),
}

// TestFormat holds that each line is one of the three sorts, in their order, and names releases of its product.
func TestFormat(t *testing.T) {
	for product, text := range files(t) {
		order := ""
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			fields := strings.Split(line, "\t")
			if form := sorts[fields[0]]; form == nil || !form.MatchString(line) {
				t.Fatalf("%s: %.200q", product, line)
			}
			if len(order) == 0 || order[len(order)-1] != fields[0][0] {
				order += fields[0][:1]
			}
			if fields[0] == "release" {
				continue
			}
			known := Embedded().Releases(product)
			for _, release := range strings.Split(fields[1], ",") {
				if !slices.Contains(known, release) {
					t.Errorf("%s: release %s is none of %v", product, release, known)
				}
			}
		}
		if order != "rkd" {
			t.Errorf("%s: the sorts of lines come as %q", product, order)
		}
	}
}

// TestSorted holds the order of the lines, and that no line is there twice.
func TestSorted(t *testing.T) {
	for product, text := range files(t) {
		last := map[string]string{}
		seen := map[string]bool{}
		for line := range strings.Lines(text) {
			fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			name := map[string]string{"kind": strings.Join(fields[2:min(4, len(fields))], "\t"), "definition": fields[2]}[fields[0]]
			if name < last[fields[0]] {
				t.Errorf("%s: %q comes after %q", product, name, last[fields[0]])
			}
			last[fields[0]] = name
			content := fields[0] + strings.Join(fields[2:], "\t")
			if fields[0] != "release" && seen[content] {
				t.Errorf("%s: %s %q twice: one line with all its releases", product, fields[0], name)
			}
			seen[content] = true
		}
	}
}

// TestDefinitions holds, for each release, that every kind has a schema, that every reference leads to one, that nothing
// lies there unused, and that a schema is canonical and holds nothing that only people read.
func TestDefinitions(t *testing.T) {
	c := Embedded()
	for product, p := range c.products {
		for _, release := range p.releases {
			var todo []string
			for _, kinds := range c.kinds {
				for _, k := range kinds {
					if k.Product == product && slices.Contains(k.Releases, release) {
						todo = append(todo, k.Definition)
						judgeRoot(t, k, c.Definition(product, release, k.Definition))
					}
				}
			}
			reached := map[string]bool{}
			for len(todo) > 0 {
				name := todo[0]
				todo = todo[1:]
				if reached[name] {
					continue
				}
				reached[name] = true
				todo = append(todo, judge(t, product+" "+release+" "+name, c.Definition(product, release, name))...)
			}
			for name, forms := range p.index() {
				there := slices.ContainsFunc(forms, func(d definition) bool { return slices.Contains(d.releases, release) })
				if there && !reached[name] {
					t.Errorf("%s %s: nothing refers to %s", product, release, name)
				}
			}
		}
	}
}

// TestOneScope holds that all versions of a kind have the same scope and plural.
func TestOneScope(t *testing.T) {
	for name, versions := range Embedded().versions {
		for _, k := range versions {
			if k.Namespaced != versions[0].Namespaced || k.Plural != versions[0].Plural || k.Product != versions[0].Product {
				t.Errorf("%s: %+v and %+v", name, versions[0], k)
			}
		}
	}
}

// judgeRoot looks at what only the schema of a whole kind has.
func judgeRoot(t *testing.T, k Kind, schema []byte) {
	t.Helper()
	var root struct {
		Type       string
		Properties map[string]json.RawMessage
		Required   []string
	}
	if err := json.Unmarshal(schema, &root); err != nil {
		t.Errorf("%s %s: %v", k.APIVersion, k.Kind, err)
		return
	}
	if status, has := root.Properties["status"]; has && string(status) != "{}" || slices.Contains(root.Required, "status") {
		t.Errorf("%s %s: a status is judged", k.APIVersion, k.Kind)
	}
	if root.Type != "object" {
		t.Errorf("%s %s: not an object: %.100s", k.APIVersion, k.Kind, schema)
	}
	if strings.HasSuffix(k.Kind, "List") || strings.HasSuffix(k.Kind, "Options") {
		t.Errorf("%s %s is no kind of objects", k.APIVersion, k.Kind)
	}
}

// judge returns what a schema refers to.
func judge(t *testing.T, name string, text []byte) []string {
	t.Helper()
	if text == nil {
		t.Errorf("%s: no definition", name)
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var schema map[string]any
	if err := decoder.Decode(&schema); err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	var again bytes.Buffer
	encoder := json.NewEncoder(&again)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(again.Bytes()), text) {
		t.Errorf("%s: not in canonical form", name)
	}
	return walk(t, name, schema)
}

// keywords are those of OpenAPI v3's schemas that judge; with the extensions and defaults nothing else may be there.
var keywords = []string{
	"$ref", "additionalProperties", "allOf", "anyOf", "default", "enum", "exclusiveMaximum", "exclusiveMinimum", "format",
	"items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum",
	"multipleOf", "not", "nullable", "oneOf", "pattern", "properties", "required", "type", "uniqueItems",
}

// walk goes through a schema and returns what it refers to.
func walk(t *testing.T, name string, schema map[string]any) []string {
	t.Helper()
	var refs []string
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		value := schema[keyword]
		if !slices.Contains(keywords, keyword) && !strings.HasPrefix(keyword, "x-kubernetes-") {
			t.Errorf("%s: keyword %q", name, keyword)
		}
		var children []any
		switch keyword {
		case "$ref":
			refs = append(refs, value.(string))
		case "properties":
			children = slices.Collect(maps.Values(value.(map[string]any)))
		case "allOf", "anyOf", "oneOf":
			children = value.([]any)
		case "items", "additionalProperties", "not":
			children = []any{value}
		}
		for _, child := range children {
			if schema, is := child.(map[string]any); is {
				refs = append(refs, walk(t, name, schema)...)
			}
		}
	}
	return refs
}

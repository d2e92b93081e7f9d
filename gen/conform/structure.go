package conform

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lvs-cloud/lvsgen/gen/apis"
)

// address names one definition of one release of a product.
type address struct {
	product, release, definition string
	namespaced                   bool
}

// tree is the product of the CustomResourceDefinitions that the cluster brings itself.
const tree = "tree"

const scheme = "definition"

// url is the definition's address as the library wants it.
func (a address) url() string {
	return (&url.URL{Scheme: scheme, Host: a.product, Path: "/" + a.release + "/" + a.definition}).String()
}

// schemas hold the definitions in the form that objects are judged by. Each is read when it is first needed.
type schemas struct {
	catalog *apis.Catalog
	// brought are the definitions of CustomResourceDefinitions of the cluster, by "apiVersion Kind".
	brought map[string]broughtKind

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
	loaded   map[string]map[string]any
}

func newSchemas(catalog *apis.Catalog, definitions []map[string]any) *schemas {
	s := &schemas{catalog: catalog, brought: brought(definitions), compiled: map[string]*jsonschema.Schema{}, loaded: map[string]map[string]any{}}
	s.compiler = jsonschema.NewCompiler()
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	for _, f := range formats {
		s.compiler.RegisterFormat(f)
	}
	s.compiler.UseLoader(s)
	return s
}

// own is the definition of a kind that the cluster brings itself.
func (s *schemas) own(apiVersion, kind string) (address, bool) {
	k, ok := s.brought[apiVersion+" "+kind]
	return address{product: tree, definition: apiVersion + "/" + kind, namespaced: k.namespaced}, ok
}

// raw is a definition as Kubernetes writes it, nil when there is none.
func (s *schemas) raw(a address) []byte {
	if a.product == tree {
		i := strings.LastIndexByte(a.definition, '/')
		return s.brought[a.definition[:i]+" "+a.definition[i+1:]].schema
	}
	return s.catalog.Definition(a.product, a.release, a.definition)
}

// same tells whether two releases have the same definition, with all that it refers to. Only definitions that refer to
// nothing are compared: others count as different.
func (s *schemas) same(a, b address) bool {
	left := s.raw(a)
	return bytes.Equal(left, s.raw(b)) && !bytes.Contains(left, []byte(`"$ref"`))
}

// Load gives a definition to the library. It reads nothing but the catalog.
func (s *schemas) Load(location string) (any, error) {
	u, err := url.Parse(location)
	if err != nil || u.Scheme != scheme {
		return nil, fmt.Errorf("no definition is at %q", location)
	}
	release, definition, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	a := address{product: u.Host, release: release, definition: definition}
	if special := specials[definition]; special != nil {
		return special, nil
	}
	raw := s.raw(a)
	if raw == nil {
		return nil, fmt.Errorf("the catalog has no definition %s of %s %s", definition, a.product, release)
	}
	var m map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&m); err != nil {
		return nil, fmt.Errorf("definition %s of %s %s: %w", definition, a.product, release, err)
	}
	t := translator{required: a.product != kubernetes, address: func(definition string) string {
		return address{product: a.product, release: a.release, definition: definition}.url()
	}}
	translated := t.schema(m, false)
	if a.product != kubernetes {
		root(translated, s.metadata())
	}
	s.loaded[location] = translated
	return translated, nil
}

// specials are definitions of Kubernetes whose meaning their schema does not tell.
var specials = map[string]map[string]any{
	"io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": []any{"string", "number"}, "format": "quantity"},
	// The schemas of CustomResourceDefinitions are judged by Kubernetes' own code.
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps": {"type": "object"},
}

// metadata is where the schema of every object's metadata is.
func (s *schemas) metadata() string {
	releases := s.catalog.Releases(kubernetes)
	return address{product: kubernetes, release: releases[len(releases)-1], definition: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}.url()
}

// root adds to the schema of a custom resource what every object has and none of them says.
func root(schema map[string]any, metadata string) {
	properties, _ := schema["properties"].(map[string]any)
	if properties == nil {
		properties = map[string]any{}
		schema["properties"] = properties
	}
	properties["apiVersion"] = map[string]any{"type": "string"}
	properties["kind"] = map[string]any{"type": "string"}
	properties["metadata"] = map[string]any{"$ref": metadata}
	properties["status"] = map[string]any{}
}

// structure judges the fields and the single values of an object.
func (s *schemas) structure(at address, object map[string]any) []Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	location := at.url()
	schema := s.compiled[location]
	if schema == nil {
		var err error
		if schema, err = s.compiler.Compile(location); err != nil {
			// A schema of the repository that the library does not take: Kubernetes' code will say so, if it is wrong.
			return nil
		}
		s.compiled[location] = schema
	}
	err, _ := schema.Validate(object).(*jsonschema.ValidationError)
	if err == nil {
		if at.product == kubernetes {
			return s.repeated(s.loaded[location], object, nil)
		}
		return nil
	}
	c := collector{schemas: s, root: location, object: object}
	c.collect(err)
	// The library walks through maps in any order.
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Field(), b.Field()), cmp.Compare(a.Sort, b.Sort), strings.Compare(a.Message, b.Message))
	})
	return c.problems
}

// fragment is the part of a translated definition at a schema's URL.
func (s *schemas) fragment(location string) map[string]any {
	base, pointer, _ := strings.Cut(location, "#")
	part := any(s.loaded[base])
	for _, token := range strings.Split(strings.Trim(pointer, "/"), "/") {
		if token == "" {
			continue
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch p := part.(type) {
		case map[string]any:
			part = p[token]
		case []any:
			if i, err := strconv.Atoi(token); err == nil && i < len(p) {
				part = p[i]
			}
		}
	}
	m, _ := part.(map[string]any)
	return m
}

// Package definitions is the CustomResourceDefinitions that people bring so that objects of their kinds can be judged. They lie
// in a folder of the repository which Flux does not apply, as JSON without descriptions.
package definitions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/apis"
	"github.com/lvs-cloud/lvsgen/gen/conform"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Dir is the folder. Its files end in .json, since Flux takes up every .yaml below the path of a Kustomization without a
// kustomization.yaml.
const Dir = ".lvsgen/schemas"

// Rule names the findings about files in it.
const Rule = "schema-file"

// MaxSize is how large one of its files may be, in bytes. The API server takes objects of 1.5 MiB.
const MaxSize = 3 << 20

// Definition is one CustomResourceDefinition.
type Definition struct {
	// Name is PLURAL.GROUP.
	Name, Group, Kind string
	// Versions are those that it serves, in its order.
	Versions []string
	// Fields are the object.
	Fields map[string]any
}

// File is where it is kept.
func (d *Definition) File() string { return path.Join(Dir, d.Name+".json") }

// Encode gives the file: the same for the same definition, whatever it was written in.
func (d *Definition) Encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d.Fields); err != nil {
		return nil, fmt.Errorf("definition %s: %w", d.Name, err)
	}
	if out.Len() > MaxSize {
		return nil, fmt.Errorf("definition %s has %d KiB without its descriptions; the API server takes none above 1.5 MiB", d.Name, out.Len()>>10)
	}
	return out.Bytes(), nil
}

// Parse reads the definitions of a text, YAML or JSON, with several documents or a List. What is no definition is left out
// and counted in others. The findings say which definitions Kubernetes would refuse; those are not among the result.
func Parse(file string, content []byte) (out []*Definition, others int, findings diag.Findings) {
	docs, findings := yamlfile.Parse(file, content)
	if len(findings) > 0 {
		return nil, 0, findings
	}
	judge := conform.New(apis.Embedded(), conform.Targets{}, nil)
	for _, doc := range docs {
		for _, o := range objects(doc) {
			if o.fields["kind"] != "CustomResourceDefinition" {
				others++
				continue
			}
			if wrong := o.wrong(judge); wrong != nil {
				findings = append(findings, *wrong)
				continue
			}
			out = append(out, o.definition())
		}
	}
	return out, others, findings
}

// object is an object of a document, which may be inside a List.
type object struct {
	doc    *yamlfile.Document
	at     []any
	fields map[string]any
}

func objects(doc *yamlfile.Document) []object {
	fields := doc.Fields()
	items, isList := fields["items"].([]any)
	if kind, _ := fields["kind"].(string); !isList || !strings.HasSuffix(kind, "List") {
		return []object{{doc, nil, fields}}
	}
	var out []object
	for i, item := range items {
		below, _ := item.(map[string]any)
		out = append(out, object{doc, []any{"items", i}, below})
	}
	return out
}

func (o *object) position(at ...any) diag.Position {
	return o.doc.Position(append(slices.Clone(o.at), at...)...)
}

// wrong says why Kubernetes would refuse a definition.
func (o *object) wrong(judge *conform.Judge) *diag.Finding {
	var f diag.Finding
	switch version := o.fields["apiVersion"]; version {
	case "apiextensions.k8s.io/v1":
	case "apiextensions.k8s.io/v1beta1":
		f = diag.Errorf(Rule, o.position("apiVersion"), "a CustomResourceDefinition of v1beta1, which Kubernetes 1.22 and later do not serve").
			WithHint("take the definition of a newer release of its product")
		return &f
	default:
		f = diag.Errorf(Rule, o.position("apiVersion"), "a CustomResourceDefinition has the apiVersion %q", fmt.Sprint(version)).WithHint("write apiextensions.k8s.io/v1")
		return &f
	}
	if problems := judge.Judge(o.fields).Problems; len(problems) > 0 {
		p := problems[0]
		f = diag.Errorf(Rule, o.position(p.Path...), "Kubernetes refuses this CustomResourceDefinition: %s %s", p.Field(), p.Message)
		if p.Hint != "" {
			f = f.WithHint("%s", p.Hint)
		}
		return &f
	}
	d := o.definition()
	if len(d.Versions) == 0 {
		f = diag.Errorf(Rule, o.position("spec", "versions"), "%s serves no version with a schema", d.Name).WithHint("take the definition of a release that is not retired")
		return &f
	}
	return nil
}

// definition takes what judging needs: no descriptions, no status, no metadata but the name.
func (o *object) definition() *Definition {
	spec, _ := o.fields["spec"].(map[string]any)
	names, _ := spec["names"].(map[string]any)
	metadata, _ := o.fields["metadata"].(map[string]any)
	d := &Definition{}
	d.Name, _ = metadata["name"].(string)
	d.Group, _ = spec["group"].(string)
	d.Kind, _ = names["kind"].(string)
	versions, _ := spec["versions"].([]any)
	var kept []any
	for _, v := range versions {
		version, _ := v.(map[string]any)
		schema, _ := version["schema"].(map[string]any)
		root, _ := schema["openAPIV3Schema"].(map[string]any)
		if name, _ := version["name"].(string); root != nil {
			if version["served"] == true {
				d.Versions = append(d.Versions, name)
			}
			kept = append(kept, map[string]any{
				"name": name, "served": version["served"], "storage": version["storage"],
				"schema": map[string]any{"openAPIV3Schema": undescribed(root)},
			})
		}
	}
	d.Fields = map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": d.Name},
		"spec":     map[string]any{"group": d.Group, "names": names, "scope": spec["scope"], "versions": kept},
	}
	return d
}

// maps of a schema whose keys are names of fields, not of the schema's own words.
var named = []string{"properties", "patternProperties", "definitions", "dependencies"}

// undescribed gives a schema without its descriptions; a field that is called description stays.
func undescribed(schema map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range schema {
		if _, isText := value.(string); key == "description" && isText || key == "example" || key == "externalDocs" {
			continue
		}
		fields, isMap := value.(map[string]any)
		switch {
		case isMap && slices.Contains(named, key):
			below := map[string]any{}
			for name, field := range fields {
				if schema, ok := field.(map[string]any); ok {
					below[name] = undescribed(schema)
				} else {
					below[name] = field
				}
			}
			out[key] = below
		case isMap && key != "default" && key != "enum":
			out[key] = undescribed(fields)
		default:
			out[key] = value
		}
	}
	return out
}

// Source is the repository.
type Source interface {
	Dir(name string) []string
	Read(name string) ([]byte, error)
}

// Read gives the definitions in the folder of a repository, by name, and what is wrong with its files.
func Read(repository Source) (out []*Definition, findings diag.Findings) {
	byName := map[string]*Definition{}
	for _, name := range repository.Dir(Dir) {
		file := path.Join(Dir, name)
		if path.Ext(name) != ".json" {
			findings = append(findings, diag.Warnf(Rule, diag.Position{File: file}, "nothing reads %q", file).
				WithHint("add it: lvsgen schema add %s, then remove it here", file))
			continue
		}
		content, err := repository.Read(file)
		if err != nil {
			findings = append(findings, diag.Errorf(Rule, diag.Position{File: file}, "the schema cannot be read: %v", err))
			continue
		}
		parsed, others, wrong := Parse(file, content)
		findings = append(findings, wrong...)
		if len(wrong) == 0 && (len(parsed) != 1 || others > 0 || parsed[0].Name+".json" != name) {
			findings = append(findings, diag.Errorf(Rule, diag.Position{File: file}, "the file holds not just the CustomResourceDefinition that it is called after").
				WithHint("remove it, and add the definition again: lvsgen schema add FILE"))
			continue
		}
		for _, d := range parsed {
			byName[d.Name] = d
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[name])
	}
	return out, findings
}

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// crds are the CustomResourceDefinitions that a module has as files.
type crds struct {
	pins   string // the folder of the module that pins the version
	module string
	files  string // pattern of the files within the module
}

func (c crds) read(root string) (*served, error) {
	modules, err := download(filepath.Join(root, filepath.FromSlash(c.pins)), c.module)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(modules[0].Dir, filepath.FromSlash(c.files)))
	if err != nil {
		return nil, err
	}
	out := &served{modules: modules, definitions: map[string]json.RawMessage{}}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, document := range separator.Split(plain(string(data)), -1) {
			text, err := yaml.YAMLToJSON([]byte(document))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			if err := out.addCRD(text); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return out, nil
}

var separator = regexp.MustCompile(`(?m)^---\s*$`)

// plain takes the only template expression out of the CustomResourceDefinitions that Longhorn keeps in the form of a
// chart's template: labels, which no schema depends on.
func plain(manifest string) string {
	return strings.ReplaceAll(manifest, ` {{- include "longhorn.labels" . | nindent 4 }}`, "")
}

// definition is what matters of a CustomResourceDefinition (apiextensions.k8s.io/v1).
type definition struct {
	Kind string
	Spec struct {
		Group    string
		Names    struct{ Kind, Plural string }
		Scope    string
		Versions []struct {
			Name               string
			Served             bool
			Deprecated         bool
			DeprecationWarning *string
			Schema             struct {
				OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
			}
		}
	}
}

// addCRD adds the served versions of a CustomResourceDefinition. Other objects are passed over.
func (s *served) addCRD(text []byte) error {
	var crd definition
	if err := decode(text, &crd); err != nil || crd.Kind != "CustomResourceDefinition" {
		return err
	}
	for _, version := range crd.Spec.Versions {
		if !version.Served {
			continue
		}
		group := crd.Spec.Group + "/" + version.Name
		k := kind{
			apiVersion: group,
			kind:       crd.Spec.Names.Kind,
			plural:     crd.Spec.Names.Plural,
			namespaced: crd.Spec.Scope == "Namespaced",
			definition: group + "/" + crd.Spec.Names.Kind,
		}
		if version.Deprecated {
			// The text that the API server makes up, where the definition gives none.
			k.deprecation = fmt.Sprintf("%s %s is deprecated", group, k.kind)
			if version.DeprecationWarning != nil {
				k.deprecation = *version.DeprecationWarning
			}
		}
		schema := version.Schema.OpenAPIV3Schema
		strip(schema)
		openStatus(schema)
		text, err := canonical(schema)
		if err != nil {
			return err
		}
		s.kinds = append(s.kinds, k)
		s.definitions[k.definition] = text
	}
	slices.SortFunc(s.kinds, func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.apiVersion, b.apiVersion), cmp.Compare(a.kind, b.kind))
	})
	return nil
}

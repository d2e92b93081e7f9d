package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-tools/pkg/crd"
	crdmarkers "sigs.k8s.io/controller-tools/pkg/crd/markers"
	"sigs.k8s.io/controller-tools/pkg/loader"
	"sigs.k8s.io/controller-tools/pkg/markers"
)

// types are the kinds that modules define as Go types, read as controller-gen reads them: for projects whose
// CustomResourceDefinitions are not in a module that can be had.
type types struct {
	pins     string // the folder of the module that pins the versions, and imports the types so that go.sum has all they need
	modules  []string
	packages string // pattern of the packages within each module
}

func (t types) read(root string) (*served, error) {
	pins := filepath.Join(root, filepath.FromSlash(t.pins))
	modules, err := download(pins, t.modules...)
	if err != nil {
		return nil, err
	}
	definitions, err := t.generate(pins)
	if err != nil {
		return nil, err
	}
	out := &served{modules: modules, definitions: map[string]json.RawMessage{}}
	for _, definition := range definitions {
		text, err := json.Marshal(definition)
		if err != nil {
			return nil, err
		}
		if err := out.addCRD(text); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// generate returns the CustomResourceDefinitions of all types of the modules, by group and kind.
func (t types) generate(pins string) ([]apiextensions.CustomResourceDefinition, error) {
	var patterns []string
	for _, path := range t.modules {
		patterns = append(patterns, path+"/"+t.packages)
	}
	roots, err := loader.LoadRootsWithConfig(&packages.Config{Dir: pins, Env: environment()}, patterns...)
	if err != nil {
		return nil, err
	}
	parser, err := newParser()
	if err != nil {
		return nil, err
	}
	for _, pkg := range roots {
		parser.NeedPackage(pkg)
	}
	metav1 := crd.FindMetav1(roots)
	if metav1 == nil {
		return nil, fmt.Errorf("%v: no type is a kind", t.modules)
	}
	kinds := map[string]schema.GroupKind{}
	for _, kind := range crd.FindKubeKinds(parser, metav1) {
		kinds[kind.String()] = kind
	}
	var out []apiextensions.CustomResourceDefinition
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		parser.NeedCRDFor(kinds[name], nil)
		if definition, made := parser.CustomResourceDefinitions[kinds[name]]; made {
			crd.FixTopLevelMetadata(definition)
			out = append(out, definition)
		}
	}
	if loader.PrintErrors(roots, packages.TypeError) {
		return nil, errors.New("the types have errors")
	}
	return out, nil
}

// newParser is controller-gen's reader of types with its markers.
func newParser() (*crd.Parser, error) {
	registry := &markers.Registry{}
	if err := crdmarkers.Register(registry); err != nil {
		return nil, err
	}
	parser := &crd.Parser{
		Collector: &markers.Collector{Registry: registry},
		Checker:   &loader.TypeChecker{NodeFilters: []loader.NodeFilter{crd.Generator{}.CheckFilter()}},
	}
	crd.AddKnownTypes(parser)
	return parser, nil
}

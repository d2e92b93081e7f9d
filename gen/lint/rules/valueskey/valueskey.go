// Package valueskey is the rule values-key.
package valueskey

import (
	_ "embed"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds valuesFrom that lead nowhere. Keys that are not there are found by the simulation, which reads them.
var Rule = &lint.Rule{
	Name:       "values-key",
	Group:      6,
	Severities: []diag.Severity{diag.Error},
	Title:      "A release's values are read from a ConfigMap or key that does not exist",
	Why:        "Flux cannot compose the values: the release waits, or keeps its old values. valuesFrom reads the namespace of the HelmRelease; without valuesKey the key is values.yaml; kustomize adds a hash to generated names, which a HelmRelease does not follow.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		for _, o := range w.Kind("helm.toolkit.fluxcd.io", "HelmRelease") {
			for i := range o.List("spec", "valuesFrom") {
				reference(p, w, o, i)
			}
		}
	}
}

// reference judges ConfigMaps: a Secret is often made by hand or by another controller.
func reference(p *lint.Pass, w *world.World, o *world.Object, i int) {
	name := o.Text("spec", "valuesFrom", i, "name")
	if o.Text("spec", "valuesFrom", i, "kind") != "ConfigMap" || name == "" || o.Value("spec", "valuesFrom", i, "optional") == true {
		return
	}
	if answer, _ := w.Lookup("", "ConfigMap", o.Namespace, name); answer != world.Absent || made(w, o.Namespace) {
		return
	}
	at := o.Position("spec", "valuesFrom", i, "name")
	r := p.Errorf(at, o, "ConfigMap %s/%s, from which %s takes values, does not exist", o.Namespace, name, o.ID())
	var names []string
	for _, other := range w.Kind("", "ConfigMap") {
		switch {
		case other.Name == name:
			r.Hint("it is in namespace %q; valuesFrom reads that of the HelmRelease", other.Namespace).See(other.Position("metadata", "name"), "%s", other.ID())
			return
		case other.Namespace == o.Namespace && strings.HasPrefix(other.Name, name+"-") && other.Doc == nil:
			r.Hint("kustomize generates it as %q: set disableNameSuffixHash: true in generatorOptions", other.Name).See(other.Position(), "%s", other.ID())
			return
		case other.Namespace == o.Namespace:
			names = append(names, other.Name)
		}
	}
	if near := diag.Nearest(name, names); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	r.Hint("add the ConfigMap, or generate it in the kustomization.yaml of the release")
}

// made tells whether the namespace holds objects of groups whose controllers copy ConfigMaps.
func made(w *world.World, namespace string) bool {
	for _, o := range w.Objects {
		if o.Namespace == namespace && (o.Group == "trust.cert-manager.io" || o.Group == "kyverno.io" || strings.HasPrefix(o.Group, "external-secrets")) {
			return true
		}
	}
	return false
}

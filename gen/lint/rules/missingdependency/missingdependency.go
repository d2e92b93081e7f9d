// Package missingdependency is the rule missing-dependency.
package missingdependency

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/order"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds entries of dependsOn that name nothing.
var Rule = &lint.Rule{
	Name:       "missing-dependency",
	Group:      4,
	Severities: []diag.Severity{diag.Error},
	Title:      "dependsOn names a Kustomization or HelmRelease that does not exist",
	Why: "Flux waits for ever and says only \"dependency not found\". A Kustomization depends on Kustomizations and a " +
		"HelmRelease on HelmReleases, in its own namespace unless the entry names another.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		for _, d := range lint.Compute(p, w, order.Of).Dependencies {
			object := d.Owner.Object
			r := p.Errorf(object.Position("spec", "dependsOn", d.Index, "name"), object, "%s depends on %s %s/%s, which does not exist", object.ID(), d.Kind, d.Namespace, d.Name)
			hint(r, w, d)
		}
	}
}

func hint(r *lint.Report, w *world.World, d order.Reference) {
	var names []string
	for _, o := range w.Kind(d.Group, d.Kind) {
		if o.Name == d.Name {
			r.Hint("it is in namespace %q: write namespace: %s beside the name", o.Namespace, o.Namespace).See(o.Position("metadata", "name"), "%s", o.ID())
			return
		}
		names = append(names, o.Name)
	}
	for _, o := range w.Objects {
		if o.Name == d.Name && o.Kind != d.Kind && (o.Kind == "Kustomization" || o.Kind == "HelmRelease") {
			r.Hint("a %s can only depend on a %s; %s is none", d.Kind, d.Kind, o.ID()).See(o.Position("metadata", "name"), "%s", o.ID())
			return
		}
	}
	if near := diag.Nearest(d.Name, names); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	r.Hint("take the entry out, or add the %s", d.Kind)
}

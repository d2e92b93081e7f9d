// Package crdorder is the rule crd-order.
package crdorder

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/order"
)

// Rule finds custom resources that are applied before their CRD.
var Rule = &lint.Rule{
	Name:       "crd-order",
	Group:      4,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A custom resource comes before its CRD",
	Why: "Flux tries all objects of a Kustomization before it applies any. A custom resource beside the release that brings " +
		"its CRD stops that release, so on a new cluster neither ever comes: an error. In another Kustomization that does " +
		"not wait for the CRD it fails until the CRD happens to be there: a warning.",
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
		o := lint.Compute(p, w, order.Of)
		for _, c := range o.Circles {
			if c.Cause.Why != order.Provides || c.Cause.Need.Namespace != "" {
				continue
			}
			object := c.Cause.Need.Objects[0]
			at := lint.KindPosition(p, c.Cause.Need.Objects)
			provider := c.Cause.To.ID()
			if c.Cause.To == c.Cause.From {
				p.Errorf(at, object, "%s waits for its CRD, which %s brings only after it was applied with this object", object.ID(), provider).
					Hint("move it to a Kustomization of its own with dependsOn: %s", order.Top(c.Cause.To).Object.Name)
				continue
			}
			p.Errorf(at, object, "%s waits for its CRD, which comes with %s, and that waits for %s: neither is ever applied", object.ID(), provider, c.Cause.From.ID()).
				Hint("move it to a Kustomization of its own with dependsOn on the one that applies %s", provider).
				See(c.Cause.To.Object.Position("metadata", "name"), "%s", provider)
		}
		for _, e := range o.Early {
			top := order.Top(e.Need.Owner)
			if e.Need.Namespace != "" || top.Object == nil || e.Unready() {
				continue
			}
			object := e.Need.Objects[0]
			p.Warnf(top.Object.Position("spec", "path"), top.Object, "%s does not wait for %s, which brings the CRD of %s: it fails until the CRD is there", top.Object.ID(), e.Provider.ID(), object.ID()).
				Hint("add %s to its dependsOn; that one needs wait: true or a health check of what brings the CRD", order.Top(e.Provider).Name()).
				See(object.Position("kind"), "%s", object.ID())
		}
	}
}

// Package suspended is the rule suspended.
package suspended

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/order"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what is suspended in git and waited for.
var Rule = &lint.Rule{
	Name:       "suspended",
	Group:      4,
	Severities: []diag.Severity{diag.Warning, diag.Info},
	Title:      "Something that others need, or that does work, is suspended in git",
	Why: "Suspended for a repair in the running cluster, it keeps its objects there. A new cluster never gets them, and what " +
		"waits for it is never applied or never ready.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

// others reports objects of Flux that apply nothing themselves: sources, image automation, notifications.
func others(p *lint.Pass, w *world.World) {
	for _, o := range w.Objects {
		if !facts.Flux(o.Group) || o.Kind == "Kustomization" || o.Kind == "HelmRelease" || o.Value("spec", "suspend") != true {
			continue
		}
		p.Warnf(o.Position("spec", "suspend"), o, "%s is suspended in git: it does nothing, also in a new cluster", o.ID()).
			Hint("suspend it in the cluster only: flux suspend; or take it out")
	}
}

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		o := lint.Compute(p, w, order.Of)
		others(p, w)
		for _, owner := range w.Owners {
			if owner.Object == nil || owner.Object.Value("spec", "suspend") != true {
				continue
			}
			at := owner.Object.Position("spec", "suspend")
			blocked := o.Blocked(owner)
			if len(blocked) == 0 {
				p.Infof(at, owner.Object, "%s is suspended in git: a new cluster does not get what it applies", owner.Object.ID())
				continue
			}
			p.Warnf(at, owner.Object, "%s is suspended in git, and %d others wait for it, first %s: a new cluster never gets them", owner.Object.ID(), len(blocked), blocked[0].ID()).
				Hint("suspend it in the cluster only: flux suspend; or take out what waits for it").
				See(blocked[0].Object.Position("metadata", "name"), "%s", blocked[0].ID())
		}
	}
}

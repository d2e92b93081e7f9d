// Package missingcrd is the rule missing-crd.
package missingcrd

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/order"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds custom resources whose CRD nothing installs.
var Rule = &lint.Rule{
	Name:       "missing-crd",
	Group:      4,
	Severities: []diag.Severity{diag.Error},
	Title:      "A custom resource's CRD is installed by nothing",
	Why: "On a new cluster the API server does not know the kind. Flux's dry-run fails, and nothing of the Kustomization or " +
		"release is applied. It is reported only when every chart of the cluster is known.",
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
		seen := map[string]bool{}
		for _, need := range lint.Compute(p, w, order.Of).Missing {
			if need.Namespace != "" || seen[need.Group] {
				continue
			}
			seen[need.Group] = true
			object := need.Objects[0]
			r := p.Errorf(lint.KindPosition(p, need.Objects), object, "nothing installs the CRD of %s (%s), so %s is refused", need.Kind, object.APIVersion, object.ID())
			if chart := switchedOff(w, need.Group); chart != nil {
				r.Hint("the values of %s turn its CRDs off: turn them on", chart.Object.ID()).See(chart.Object.Position("spec", "values"), "%s", chart.Object.ID())
				continue
			}
			r.Hint("add the CRD, or the chart that brings it, to the repository, or leave the object out")
		}
	}
}

// switchedOff is a release whose chart could bring the group.
func switchedOff(w *world.World, group string) *world.Owner {
	for _, owner := range w.Owners {
		for _, brings := range facts.ChartGroups(owner.Chart) {
			if brings == group {
				return owner
			}
		}
	}
	return nil
}

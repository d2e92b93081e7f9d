// Package apiremoved is the rule api-removed.
package apiremoved

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/verdicts"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "api-removed",
	Group:      2,
	Severities: []diag.Severity{diag.Error},
	Title:      "The API version of an object is no longer served",
	Why: "The API server does not know the version any more, in the release that the cluster runs or, when the repository does not " +
		"say which, in every release that lvsgen knows. Flux's dry-run fails, and nothing of the Kustomization or release is applied. " +
		"`lvsgen.yaml` can name the releases.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	verdicts.EachEnd(p, false, func(objects []*world.Object, end verdicts.End) {
		o := objects[0]
		r := p.Errorf(o.Position("apiVersion"), o, "%s %s and later do not serve %s of %s, so %s is refused", end.Product, end.Release, o.Kind, o.APIVersion, o.ID())
		if end.Replacement == "" {
			r.Hint("nothing takes its place: see %s", end.Source)
			return
		}
		r.Hint("write it for %s: %s", end.Replacement, end.Source)
	})
}

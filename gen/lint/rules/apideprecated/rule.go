// Package apideprecated is the rule api-deprecated.
package apideprecated

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/verdicts"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "api-deprecated",
	Group:      2,
	Severities: []diag.Severity{diag.Warning},
	Title:      "The API version of an object will not be served for ever",
	Why: "The cluster still takes it, and a later release will not: after that upgrade Flux cannot apply the object, and nothing " +
		"else of its Kustomization or release.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	verdicts.EachEnd(p, true, func(objects []*world.Object, end verdicts.End) {
		o := objects[0]
		what := "is deprecated"
		switch {
		case end.Release != "":
			what = "is gone in " + end.Product + " " + end.Release
		case end.Deprecated != "":
			what = "is deprecated since " + end.Product + " " + end.Deprecated
		}
		r := p.Warnf(o.Position("apiVersion"), o, "%s of %s %s", o.Kind, o.APIVersion, what)
		switch {
		case end.Kind != "":
			r.Hint("write %s of %s instead", end.Kind, end.Replacement)
		case end.Replacement != "":
			r.Hint("write %s for %s", o.ID(), end.Replacement)
		}
		said := map[string]bool{o.Position().File: true}
		for _, other := range objects[1:] {
			if at := other.Position("apiVersion"); !said[at.File] {
				said[at.File] = true
				r.See(at, "so is %s", other.ID())
			}
		}
	})
}

// Package missingclaim is the rule missing-claim.
package missingclaim

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-claim",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A pod mounts a PersistentVolumeClaim that nothing makes",
	Why:        "The pod stays Pending for ever. With the strategy Recreate the old pod is already gone by then.",
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
		x := lint.Compute(p, refs.In{World: w}, refs.In.Index)
		for _, o := range w.Objects {
			for _, r := range refs.Of(o) {
				if r.Kind == refs.Claim {
					reference(p, x, r)
				}
			}
		}
	}
}

func reference(p *lint.Pass, x *refs.Index, r refs.Reference) {
	answer, _ := x.Lookup("", refs.Claim, r.Namespace, r.Name)
	if answer == world.Found || ofStatefulSet(x, r) || world.Guessed(r.Name) {
		return
	}
	if answer == world.Unknown && refs.Near(r.Name, x.Kind("", refs.Claim, r.Namespace)) == nil {
		return
	}
	report := p.Missing(answer)(r.From.Position(r.At...), r.From, "PersistentVolumeClaim %s/%s, which %s mounts, does not exist", r.Namespace, r.Name, r.From.ID())
	if near := diag.Nearest(r.Name, refs.Names(x.Kind("", refs.Claim, r.Namespace))); near != "" {
		report.Hint("did you mean %q?", near)
		return
	}
	report.Hint("add the claim, or take the volume out")
}

// ofStatefulSet tells whether a StatefulSet makes the claim: TEMPLATE-NAME-NUMBER.
func ofStatefulSet(x *refs.Index, r refs.Reference) bool {
	for _, set := range x.Kind("apps", "StatefulSet", r.Namespace) {
		for i := range set.List("spec", "volumeClaimTemplates") {
			template := set.Text("spec", "volumeClaimTemplates", i, "metadata", "name")
			if number, ok := strings.CutPrefix(r.Name, template+"-"+set.Name+"-"); ok {
				if _, err := strconv.Atoi(number); err == nil {
					return true
				}
			}
		}
	}
	return false
}

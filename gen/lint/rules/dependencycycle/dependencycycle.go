// Package dependencycycle is the rule dependency-cycle.
package dependencycycle

import (
	_ "embed"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/order"
)

// Rule finds Kustomizations and HelmReleases that wait for each other.
var Rule = &lint.Rule{
	Name:       "dependency-cycle",
	Group:      4,
	Severities: []diag.Severity{diag.Error},
	Title:      "Kustomizations or HelmReleases wait for each other",
	Why: "By dependsOn, by the health of what they apply or by a source, they form a circle. None of them is ever applied on " +
		"a new cluster, nor what depends on them. In the running cluster all may be ready from before.",
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
		for _, c := range lint.Compute(p, w, order.Of).Circles {
			if c.Cause.Why == order.Provides {
				continue
			}
			var steps []string
			for _, wait := range c.Waits {
				steps = append(steps, wait.From.ID()+" waits for "+wait.To.ID())
			}
			r := p.Errorf(place(c.Cause), c.Cause.From.Object, "%s waits for itself: %s", c.Cause.From.ID(), strings.Join(steps, ", "))
			r.Hint("take one of them out; nothing else in the circle needs this one")
			for _, wait := range c.Waits {
				if wait != c.Cause {
					r.See(place(wait), "%s waits for %s", wait.From.ID(), wait.To.ID())
				}
			}
		}
	}
}

func place(w order.Wait) diag.Position {
	object := w.From.Object
	switch w.Why {
	case order.Dependency:
		return object.Position("spec", "dependsOn", w.Index, "name")
	case order.Source:
		if object.Map("spec", "sourceRef") == nil {
			return object.Position("spec", "chart", "spec", "sourceRef", "name")
		}
		return object.Position("spec", "sourceRef", "name")
	}
	if object.Value("spec", "wait") == true {
		return object.Position("spec", "wait")
	}
	return object.Position("spec", "healthChecks")
}

package verdicts

import (
	"fmt"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/conform"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Report tells all problems of one sort as findings of a rule. What several objects have from one line, of a template or of
// a component, is told once.
func Report(p *lint.Pass, sort conform.Sort) {
	for _, w := range p.Worlds {
		told := map[string]bool{}
		for _, o := range Of(p, w).Objects {
			for _, c := range causes(o) {
				if c.Sort != sort {
					continue
				}
				if key := fmt.Sprint(c.line, c.Path, c.Message); !told[key] {
					told[key] = true
					c.report(p, o.Object)
				}
			}
		}
	}
}

// cause is a problem with its place, and with what else says the same.
type cause struct {
	conform.Problem
	at   diag.Position
	also []cause
	// line is what several objects have in common: where it is written or, inside of charts, the template.
	line diag.Position
}

// causes puts together what has one cause: unknown fields of one mapping, of which the whole is often from elsewhere, and
// what is wrong with several entries of a list in the same way. The one that is written first speaks for the others.
func causes(o Object) []cause {
	var out []cause
	for _, problem := range o.Problems {
		c := cause{Problem: problem, line: o.Place}
		if o.Doc != nil {
			c.at, _ = place(o.Object, problem)
			c.line = c.at
		}
		i := slices.IndexFunc(out, func(other cause) bool { return together(other.Problem, problem) })
		switch {
		case i < 0:
			out = append(out, c)
		case c.at.File == out[i].at.File && c.at.Line < out[i].at.Line:
			first := out[i]
			c.also, first.also = append(first.also, first), nil
			out[i] = c
		default:
			out[i].also = append(out[i].also, c)
		}
	}
	return out
}

func together(a, b conform.Problem) bool {
	if a.Sort != b.Sort || len(a.Path) != len(b.Path) || len(a.Path) == 0 {
		return false
	}
	last := len(a.Path) - 1
	if a.Sort == conform.Unknown && slices.Equal(a.Path[:last], b.Path[:last]) {
		return true
	}
	return a.Message == b.Message && slices.EqualFunc(a.Path, b.Path, func(x, y any) bool {
		_, i := x.(int)
		_, j := y.(int)
		return i && j || x == y
	})
}

func (c cause) report(p *lint.Pass, o *world.Object) {
	at, others := place(o, c.Problem)
	r := p.Errorf(at, o, "%s: %s", outcome(o, c.Problem), text(c.Problem))
	if c.Hint != "" {
		r.Hint("%s", c.Hint)
	}
	for _, other := range others {
		r.See(other, "or this goes")
	}
	for _, other := range c.also {
		at, _ := place(o, other.Problem)
		r.See(at, "%s", text(other.Problem))
	}
}

func text(problem conform.Problem) string {
	if field := problem.Field(); field != "" && problem.Sort != conform.Unknown {
		return field + " " + problem.Message
	}
	return problem.Message
}

// outcome is what becomes of an object with a problem. kustomize-controller reads objects of Kubernetes' own kinds into Go
// types before it applies them, and so drops fields that these do not have; not so RBAC's roles, CRDs and APIServices
// (ssa/normalize of github.com/fluxcd/pkg, 0.76). helm-controller applies what a chart renders with strict validation.
func outcome(o *world.Object, problem conform.Problem) string {
	byChart := o.Owner != nil && o.Owner.Object != nil && o.Owner.Object.Kind == "HelmRelease"
	if problem.Sort == conform.Unknown && !byChart && normalized(o) {
		return "Flux drops a field of " + o.ID() + " without a word"
	}
	return "the API server refuses " + o.ID()
}

func normalized(o *world.Object) bool {
	if o.Is("rbac.authorization.k8s.io", "Role") || o.Is("rbac.authorization.k8s.io", "ClusterRole") {
		return false
	}
	switch o.Group {
	case "", "admissionregistration.k8s.io", "apps", "autoscaling", "batch", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io",
		"events.k8s.io", "flowcontrol.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io",
		"resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io":
		return true
	}
	return false
}

// place is where a person must look: at the field, or at the one of several contradicting ones that was written last.
func place(o *world.Object, problem conform.Problem) (at diag.Position, others []diag.Position) {
	if len(problem.Either) == 0 {
		return o.Key(problem.Path...), nil
	}
	for _, path := range problem.Either {
		others = append(others, o.Key(path...))
	}
	slices.SortStableFunc(others, func(a, b diag.Position) int { return a.Line - b.Line })
	return others[len(others)-1], slices.Compact(others[:len(others)-1])
}

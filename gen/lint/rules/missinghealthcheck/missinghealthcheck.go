// Package missinghealthcheck is the rule missing-health-check.
package missinghealthcheck

import (
	_ "embed"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/order"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds health checks of objects that nothing makes.
var Rule = &lint.Rule{
	Name:       "missing-health-check",
	Group:      4,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A health check waits for an object that never comes",
	Why: "Flux waits until the timeout and reports the Kustomization as failed, every time. What depends on it is never " +
		"applied. Objects that a chart, a controller or a person may make are not judged.",
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
		for _, owner := range w.Owners {
			unread(p, owner)
		}
		for _, c := range lint.Compute(p, w, order.Of).Checks {
			object := c.Owner.Object
			r := p.Errorf(object.Position("spec", "healthChecks", c.Index, "name"), object, "%s waits for %s %s/%s, which nothing makes", object.ID(), c.Kind, c.Namespace, c.Name)
			var names []string
			there := false
			for _, o := range w.Kind(c.Group, c.Kind) {
				if o.Name == c.Name {
					r.Hint("it is in namespace %q", o.Namespace).See(o.Position("metadata", "name"), "%s", o.ID())
					there = true
				}
				if o.Namespace == c.Namespace {
					names = append(names, o.Name)
				}
			}
			if there {
				continue
			}
			if near := diag.Nearest(c.Name, names); near != "" {
				r.Hint("did you mean %q?", near)
			} else {
				r.Hint("name an object that the Kustomization applies, or take the entry out")
			}
		}
	}
}

// unread reports health checks that Flux does not look at, since it waits for all that the Kustomization applies: those
// of objects that it does not apply itself.
func unread(p *lint.Pass, owner *world.Owner) {
	o := owner.Object
	if o == nil || !o.Is("kustomize.toolkit.fluxcd.io", "Kustomization") || o.Value("spec", "wait") != true || owner.Opaque != "" {
		return
	}
	for i := range o.List("spec", "healthChecks") {
		kind, name := o.Text("spec", "healthChecks", i, "kind"), o.Text("spec", "healthChecks", i, "name")
		if world.Guessed(name) || slices.ContainsFunc(owner.Applied, func(a *world.Object) bool { return a.Kind == kind && a.Name == name }) {
			continue
		}
		p.Warnf(o.Position("spec", "wait"), o, "beside wait Flux does not look at healthChecks: %s does not wait for %s %q", o.ID(), kind, name).
			Hint("write wait: false and name all that is waited for under healthChecks").
			See(o.Position("spec", "healthChecks", i, "name"), "the health check")
		return
	}
}

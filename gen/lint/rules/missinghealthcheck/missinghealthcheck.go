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
			classes(p, w, owner)
		}
		unready(p, w)
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
	if slices.ContainsFunc(owner.Applied, func(a *world.Object) bool { return a.Is("helm.toolkit.fluxcd.io", "HelmRelease") }) {
		return // it waits for the release, and with it for what its chart brings
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

// classes reports the health check of a StorageClass that the Kustomization does not apply, though it applies others of
// which one is not looked at: that one was meant.
func classes(p *lint.Pass, w *world.World, owner *world.Owner) {
	o := owner.Object
	if o == nil || !o.Is("kustomize.toolkit.fluxcd.io", "Kustomization") || o.Value("spec", "wait") == true {
		return
	}
	checked := map[string]bool{}
	for i := range o.List("spec", "healthChecks") {
		checked[o.Text("spec", "healthChecks", i, "name")] = true
	}
	for i := range o.List("spec", "healthChecks") {
		name := o.Text("spec", "healthChecks", i, "name")
		if o.Text("spec", "healthChecks", i, "kind") != "StorageClass" || world.Guessed(name) || w.Find("storage.k8s.io", "StorageClass", "", name) != nil {
			continue
		}
		for _, a := range owner.Applied {
			if a.Is("storage.k8s.io", "StorageClass") && !checked[a.Name] {
				p.Errorf(o.Position("spec", "healthChecks", i, "name"), o, "%s waits for StorageClass %s, which nothing makes", o.ID(), name).
					Hint("did you mean %q, which it applies?", a.Name).See(a.Position("metadata", "name"), "%s", a.ID())
				break
			}
		}
	}
}

// unready reports a Kustomization that others wait for because it brings kinds or namespaces by a release, and that is
// ready before these are there.
func unready(p *lint.Pass, w *world.World) {
	said := map[*world.Owner]bool{}
	for _, e := range lint.Compute(p, w, order.Of).Early {
		to := order.Top(e.Provider)
		if !e.Unready() || said[to] {
			continue
		}
		said[to] = true
		at := to.Object.Position("spec", "path")
		if to.Object.Value("spec", "wait") != nil {
			at = to.Object.Position("spec", "wait")
		}
		from, what := order.Top(e.Need.Owner).Object, "CRDs"
		if e.Need.Namespace != "" {
			what = "namespace"
		}
		p.Warnf(at, to.Object, "%s is ready before %s has brought its %s, for which %s waits", to.Object.ID(), e.Provider.ID(), what, from.ID()).
			Hint("write wait: true, or name what is waited for under healthChecks").See(from.Position("metadata", "name"), "%s", from.ID())
	}
}

// Package missingconfigmap is the rule missing-configmap.
package missingconfigmap

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-configmap",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "An object needs a ConfigMap, or a key of one, that is not there",
	Why: "The pod is scheduled and then waits for ever: kubelet cannot make its volume or its environment. Nothing " +
		"else fails, so a rollout only stops.",
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
		x := lint.Compute(p, refs.In{World: w}, refs.In.Index)
		said := map[string]bool{}
		for _, o := range w.Objects {
			for _, r := range refs.Of(o) {
				if r.Kind == refs.ConfigMap && !world.Guessed(r.Name) {
					reference(p, x, r, said)
				}
			}
		}
		for _, owner := range w.Owners {
			for _, r := range refs.OfValues(owner) {
				value(p, x, r)
			}
		}
	}
}

// value reports a slip in the values of a chart that is not rendered: that the chart reads the value is not known.
func value(p *lint.Pass, x *refs.Index, r refs.Reference) {
	if r.Kind != refs.ConfigMap || world.Guessed(r.Name) || x.World.Find("", refs.ConfigMap, r.Namespace, r.Name) != nil {
		return
	}
	if other := refs.Near(r.Name, x.Kind("", refs.ConfigMap, r.Namespace)); other != nil {
		p.Warnf(r.From.Position(r.At...), r.From, "ConfigMap %s/%s, which the values of %s name, is not in the repository", r.Namespace, r.Name, r.From.ID()).
			Hint("did you mean %q?", other.Name).See(other.Position("metadata", "name"), "%s", other.ID())
	}
}

func reference(p *lint.Pass, x *refs.Index, r refs.Reference, said map[string]bool) {
	answer, found := x.Lookup("", refs.ConfigMap, r.Namespace, r.Name)
	if found != nil {
		key(p, r, found, said)
		return
	}
	others := x.Kind("", refs.ConfigMap, r.Namespace)
	meant := refs.Near(r.Name, others)
	if answer == world.Found || answer == world.Unknown && meant == nil {
		return
	}
	at := r.From.Position(r.At...)
	if !first(said, at, r.Name) {
		return
	}
	near := diag.Nearest(r.Name, refs.Names(others))
	if meant == nil && near == "" && facts.Flux(r.From.Group) && !p.Tree.Has("lvsgen.lock") {
		// Terraform, a script or a person may make it before Flux starts. lvsgen's own clouds get nothing but Secrets so.
		p.Warnf(at, r.From, "ConfigMap %s/%s, which %s needs, is not in the repository", r.Namespace, r.Name, r.From.ID()).
			Hint("add it to the repository, or let whoever starts Flux make it; optional: true is for one that may be missing")
		return
	}
	report := p.Missing(answer)(at, r.From, "ConfigMap %s/%s, which %s needs, does not exist", r.Namespace, r.Name, r.From.ID())
	if meant != nil {
		near = meant.Name
	}
	if near != "" {
		report.Hint("did you mean %q?", near)
		return
	}
	report.Hint("add it to the repository, or name one of namespace %s: %s", r.Namespace, strings.Join(refs.Names(others), ", "))
}

func key(p *lint.Pass, r refs.Reference, found *world.Object, said map[string]bool) {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(found.Map("data"))), maps.Keys(found.Map("binaryData")))
	if r.Key == "" || world.Guessed(r.Key) || slices.Contains(keys, r.Key) || injected(found) {
		return
	}
	slices.Sort(keys)
	if at := r.From.Position(r.KeyAt...); first(said, at, r.Key) {
		p.Errorf(at, r.From, "%s has no key %q, which %s needs", found.ID(), r.Key, r.From.ID()).
			Hint("its keys are: %s", strings.Join(keys, ", ")).See(found.Position("metadata", "name"), "%s", found.ID())
	}
}

// injected tells whether somebody else may fill in a ConfigMap: its annotations or labels speak of it.
func injected(found *world.Object) bool {
	for _, field := range []string{"annotations", "labels"} {
		for name := range found.Map("metadata", field) {
			if strings.Contains(name, "inject") || strings.Contains(name, "reflect") || strings.HasSuffix(name, "/ssa") {
				return true
			}
		}
	}
	return false
}

// first tells whether a place is reported for the first time: one value of a chart may stand in many objects.
func first(said map[string]bool, at diag.Position, name string) bool {
	id := at.String() + " " + name
	again := said[id]
	said[id] = true
	return !again
}

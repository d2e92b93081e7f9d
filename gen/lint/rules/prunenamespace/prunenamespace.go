// Package prunenamespace is the rule prune-namespace.
package prunenamespace

import (
	_ "embed"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds namespaces with data that Flux may delete.
var Rule = &lint.Rule{
	Name:       "prune-namespace",
	Group:      4,
	Severities: []diag.Severity{diag.Warning},
	Title:      "A namespace that holds volumes can be pruned",
	Why: "When the Namespace leaves its Kustomization, by a move or a mistake in a list, Flux deletes it, and with it all " +
		"volume claims inside. The annotation kustomize.toolkit.fluxcd.io/prune: disabled keeps it.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

const pruneKey = "kustomize.toolkit.fluxcd.io/prune"

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		claims := claimed(w)
		for _, o := range w.Kind("", "Namespace") {
			if at, value := ignored(o); value != "" {
				p.Warnf(at, o, "Flux does not know the value %q: it deletes namespace %q with all that is in it when it leaves %s", value, o.Name, o.Owner.ID()).
					Hint("write %s: disabled", pruneKey)
				continue
			}
			claim := claims[o.Name]
			if claim == nil || o.Owner.Object == nil || o.Owner.Object.Value("spec", "prune") != true || protected(o) {
				continue
			}
			p.Warnf(o.Position("metadata", "name"), o, "Flux deletes namespace %q with its volumes when it leaves %s", o.Name, o.Owner.ID()).
				Hint("annotate it: %s: disabled", pruneKey).See(claim.Position("metadata", "name"), "%s keeps data there", claim.ID())
		}
	}
}

// ignored gives the place and value of an annotation or label that is to protect a namespace and does not: Flux knows
// only "disabled". The default may be written too.
func ignored(o *world.Object) (at diag.Position, value string) {
	if o.Owner.Object == nil || o.Owner.Object.Value("spec", "prune") != true || protected(o) {
		return at, ""
	}
	for _, field := range []string{"annotations", "labels"} {
		value := o.Text("metadata", field, pruneKey)
		if value != "" && !world.Guessed(value) && !strings.EqualFold(value, "enabled") && value != "true" {
			return o.Position("metadata", field, pruneKey), value
		}
	}
	return at, ""
}

func protected(o *world.Object) bool {
	for _, field := range []string{"annotations", "labels"} {
		if strings.EqualFold(o.Text("metadata", field, pruneKey), "disabled") {
			return true
		}
	}
	return false
}

// claimed gives an object of each namespace that keeps data there.
func claimed(w *world.World) map[string]*world.Object {
	out := map[string]*world.Object{}
	add := func(namespace string, o *world.Object) {
		if out[namespace] == nil {
			out[namespace] = o
		}
	}
	for _, o := range w.Objects {
		if o.Is("", "PersistentVolumeClaim") || o.Is("apps", "StatefulSet") && len(o.List("spec", "volumeClaimTemplates")) > 0 {
			add(o.Namespace, o)
		}
	}
	for _, owner := range w.Owners {
		if owner.Namespace != "" && owner.Opaque != "" && storage(owner.Values) {
			add(owner.Namespace, owner.Object)
		}
	}
	return out
}

// storage tells whether the values of a chart ask for volumes.
func storage(v any) bool {
	m, _ := v.(map[string]any)
	for key, value := range m {
		inner, _ := value.(map[string]any)
		if (key == "persistence" || key == "persistentVolume") && inner["enabled"] != false && (inner["enabled"] == true || inner["size"] != nil) || storage(inner) {
			return true
		}
	}
	return false
}

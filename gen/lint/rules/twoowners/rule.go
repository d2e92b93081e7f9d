// Package twoowners is the rule two-owners.
package twoowners

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "two-owners",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "Two Kustomizations or releases apply the same object",
	Why: "Each undoes what the other has set, for ever. When one of them is removed, or no longer has the object, " +
		"it is deleted although the other still wants it.",
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
		folders(p, w)
		first := map[string]*world.Object{}
		said := map[pair]bool{}
		for _, owner := range w.Owners {
			if elsewhere(owner) {
				continue
			}
			for _, o := range owner.Applied {
				if shared(o) {
					continue
				}
				id := o.Group + " " + o.ID()
				if other := first[id]; other == nil {
					first[id] = o
				} else if other.Owner != o.Owner && !sameFolder(other.Owner, o.Owner) && !sameRelease(other.Owner, o.Owner) && !said[pair{other.Owner, o.Owner}] {
					said[pair{other.Owner, o.Owner}] = true
					report(p, other, o)
				}
			}
		}
	}
}

// pair are two owners that have objects in common. The first of these is reported: all are there for one reason.
type pair struct{ first, second *world.Owner }

// elsewhere tells whether an owner works in another cluster, or not now.
func elsewhere(owner *world.Owner) bool {
	return owner.Object != nil && (owner.Object.Map("spec", "kubeConfig") != nil || owner.Object.Value("spec", "suspend") == true)
}

// shared tells whether an object may have several owners: Flux is told so, or Helm does not own it.
func shared(o *world.Object) bool {
	annotations := o.Map("metadata", "annotations")
	return o.Name == "" || world.Guessed(o.Name) || world.Guessed(o.Namespace) ||
		annotations["kustomize.toolkit.fluxcd.io/ssa"] != nil || annotations["kustomize.toolkit.fluxcd.io/reconcile"] != nil ||
		annotations["helm.sh/hook"] != nil || o.Kind == "CustomResourceDefinition"
}

func isRelease(owner *world.Owner) bool {
	return owner.Object != nil && owner.Object.Group == "helm.toolkit.fluxcd.io"
}

func sameFolder(a, b *world.Owner) bool {
	return !isRelease(a) && !isRelease(b) && a.Path == b.Path
}

// sameRelease tells whether two releases have one name in one namespace: that is the mistake then, and a rule of its own.
func sameRelease(a, b *world.Owner) bool {
	return isRelease(a) && isRelease(b) && a.Namespace == b.Namespace && releaseName(a) == releaseName(b)
}

func releaseName(owner *world.Owner) string {
	if name := owner.Object.Text("spec", "releaseName"); name != "" {
		return name
	}
	return owner.Object.Name
}

// folders reports two Kustomizations of one folder once, not for each object.
func folders(p *lint.Pass, w *world.World) {
	first := map[string]*world.Owner{}
	for _, owner := range w.Owners {
		if isRelease(owner) || owner.Path == "" || owner.Opaque != "" || elsewhere(owner) {
			continue
		}
		other := first[owner.Path]
		if other == nil {
			first[owner.Path] = owner
			continue
		}
		if owner.Object == nil || other.Object == nil || !same(other, owner) {
			continue
		}
		p.Errorf(owner.Object.Position("spec", "path"), owner.Object, "%s applies the folder %q, and so does %s", owner.Object.ID(), owner.Path, other.Object.ID()).
			Hint("remove one of the two").See(other.Object.Position("spec", "path"), "%s", other.Object.ID())
	}
}

// same tells whether two owners apply an object that is the same: a name or a namespace may be their own.
func same(a, b *world.Owner) bool {
	ids := map[string]bool{}
	for _, o := range a.Applied {
		if !shared(o) {
			ids[o.Group+" "+o.ID()] = true
		}
	}
	for _, o := range b.Applied {
		if ids[o.Group+" "+o.ID()] {
			return true
		}
	}
	return false
}

// report points at the object that came later, or at the one that a person has written beside a chart's.
func report(p *lint.Pass, first, second *world.Object) {
	if first.Doc != nil && second.Doc == nil {
		first, second = second, first
	}
	if first.Doc != nil && first.Doc == second.Doc {
		// One file in two places: the second Kustomization is what is too much.
		if o := second.Owner.Object; o != nil {
			p.Errorf(o.Position("metadata", "name"), o, "%s is applied by %s and by %s", second.ID(), name(second.Owner), name(first.Owner)).
				Hint("let one of them apply it").See(second.Position("metadata", "name"), "%s", second.ID())
			return
		}
	}
	p.Errorf(second.Position("metadata", "name"), second, "%s is applied by %s and by %s", second.ID(), name(second.Owner), name(first.Owner)).
		Hint("remove one, or give it another name").See(first.Position("metadata", "name"), "the other one")
}

func name(owner *world.Owner) string {
	if owner.Object == nil {
		return "the entry point"
	}
	return owner.Object.ID()
}

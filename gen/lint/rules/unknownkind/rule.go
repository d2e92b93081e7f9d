// Package unknownkind is the rule unknown-kind.
package unknownkind

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/verdicts"
	"github.com/lvs-cloud/lvsgen/gen/order"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds objects that cannot be judged, and kinds that do not exist.
var Rule = &lint.Rule{
	Name:       "unknown-kind",
	Group:      2,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "No schema of an object's kind is known",
	Why: "Nobody can say here whether such an object is right: its CRD comes from a chart that is not in the repository (lvsgen charts pull fetches those; lvsgen schema add takes a CRD). It is " +
		"said once for all of them. A kind or version that Kubernetes itself does not have is an error.",
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
		v := verdicts.Of(p, w)
		missing := map[string]bool{}
		if len(v.Unknown) > 0 {
			for _, need := range lint.Compute(p, w, order.Of).Missing {
				missing[need.Group] = missing[need.Group] || need.Namespace == ""
			}
		}
		wrong, foreign := grouped{}, grouped{}
		for _, o := range v.Unknown {
			_, ends := v.End(o)
			switch {
			case ends || world.Guessed(o.APIVersion+o.Kind) || o.APIVersion == "" || o.Kind == "":
				// Another rule reports it, or only the cluster knows its kind.
			case refused(v, o):
				wrong.add(o.APIVersion+" "+o.Kind, o)
			case v.ServedBefore(o):
				// The release that the cluster runs is older than all that are known, and had it.
			case !missing[o.Group]:
				foreign.add(o.APIVersion+" "+o.Kind, o)
			}
		}
		for _, key := range wrong.keys {
			tellRefused(p, v, wrong.of[key])
		}
		if len(foreign.keys) > 0 {
			tellForeign(p, v, foreign)
		}
	}
}

// grouped are objects by a key, in the order in which the keys came.
type grouped struct {
	keys []string
	of   map[string][]*world.Object
}

func (g *grouped) add(key string, o *world.Object) {
	if g.of == nil {
		g.of = map[string][]*world.Object{}
	}
	if g.of[key] == nil {
		g.keys = append(g.keys, key)
	}
	g.of[key] = append(g.of[key], o)
}

// refused tells whether a kind cannot be there: what a definition of the repository serves is all that it serves, and
// Kubernetes and Flux serve what the catalog has of them. Of a release that the catalog does not have it is only known that
// no misspelt kind is in it.
func refused(v *verdicts.Verdicts, o *world.Object) bool {
	if own := v.Own(o.Group, o.Kind); own != nil {
		return !slices.Contains(own, o.APIVersion)
	}
	product, known := v.Catalog.Group(o.Group)
	if !known || product != verdicts.Kubernetes && product != verdicts.Flux {
		return false
	}
	return v.Covers(product) || diag.Nearest(o.Kind, v.Catalog.KindsOf(o.APIVersion)) != ""
}

func tellRefused(p *lint.Pass, v *verdicts.Verdicts, objects []*world.Object) {
	o := objects[0]
	who := "the CustomResourceDefinition in the repository"
	if product, known := v.Catalog.Group(o.Group); known && v.Own(o.Group, o.Kind) == nil {
		who = verdicts.Title(product)
	}
	r := p.Errorf(lint.KindPosition(p, objects), o, "%s does not serve a %s of %s, so %s is refused", who, o.Kind, o.APIVersion, o.ID())
	suggest(r, v, o)
}

// tellForeign is one finding for all kinds without a schema: a cluster with many operators is as healthy as any other.
func tellForeign(p *lint.Pass, v *verdicts.Verdicts, foreign grouped) {
	first := foreign.of[foreign.keys[0]]
	o := first[0]
	more, objects := "", len(first)
	for _, key := range foreign.keys[1:] {
		objects += len(foreign.of[key])
	}
	if n := len(foreign.keys) - 1; n > 0 {
		more = fmt.Sprintf(" and %d more kinds", n)
	}
	r := p.Warnf(lint.KindPosition(p, first), o, "no schema of %s (%s)%s is known, so the fields of %s are not judged", o.Kind, o.APIVersion, more, counted(o, objects))
	if !suggest(r, v, o) {
		r.Hint("bring its CustomResourceDefinition: lvsgen schema add FILE; or turn the rule off in lvsgen.yaml")
	}
	for _, key := range foreign.keys[1:] {
		others := foreign.of[key]
		r.See(lint.KindPosition(p, others), "%s (%s)", others[0].Kind, others[0].APIVersion)
	}
}

func counted(first *world.Object, n int) string {
	if n == 1 {
		return first.ID()
	}
	return fmt.Sprintf("%d objects", n)
}

// suggest hints at a kind or version that is known.
func suggest(r *lint.Report, v *verdicts.Verdicts, o *world.Object) bool {
	served := v.Served(o.Group, o.Kind)
	near := diag.Nearest(o.Kind, v.Catalog.KindsOf(o.APIVersion))
	elsewhere := v.Catalog.VersionsOf(o.Kind)
	switch {
	case len(served) > 0:
		r.Hint("%s is served in %s", o.Kind, strings.Join(served, ", "))
	case near != "":
		r.Hint("did you mean %q?", near)
	case len(elsewhere) > 0:
		r.Hint("%s is in %s", o.Kind, strings.Join(elsewhere, ", "))
	default:
		return false
	}
	return true
}

package order

import (
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// check adds one entry of healthChecks.
func (g *graph) check(o *Order, owner *world.Owner, i int) {
	object, at := owner.Object, g.index[owner]+ready
	field := func(name string) string { return object.Text("spec", "healthChecks", i, name) }
	r := Reference{Owner: owner, Index: i, Kind: field("kind"), Namespace: field("namespace"), Name: field("name")}
	if group, _, found := strings.Cut(field("apiVersion"), "/"); found {
		r.Group = group
	}
	found := g.world.Find(r.Group, r.Kind, r.Namespace, r.Name)
	switch {
	case found != nil && found.Owner == owner && g.byObject[found] == nil:
	case found != nil && g.byObject[found] != nil:
		g.require(at, requirement{any: []int{g.index[g.byObject[found]] + ready}, why: Health})
	case found != nil:
		if n, ok := g.index[found.Owner]; ok {
			g.require(at, requirement{any: []int{n + applied}, why: Health})
		}
	case r.Name != "" && g.surelyAbsent(r):
		o.Checks = append(o.Checks, r)
		g.require(at, requirement{})
	}
}

// surelyAbsent tells whether an object that is waited for will never be there. Secrets and ConfigMaps are often made by
// hand, and controllers make objects of their own: those are absent only when an object of that name is elsewhere.
func (g *graph) surelyAbsent(r Reference) bool {
	if world.Guessed(r.Name) || world.Guessed(r.Namespace) {
		return false
	}
	if g.misplaced(r) {
		return true
	}
	if strings.HasPrefix(r.Namespace, "kube-") {
		return false
	}
	if facts.Flux(r.Group) {
		answer, _ := g.world.Lookup(r.Group, r.Kind, r.Namespace, r.Name)
		return answer == world.Absent
	}
	if g.hidden(r.Group, r.Namespace) {
		return false
	}
	elsewhere, custom := false, false
	for _, o := range g.world.Objects {
		elsewhere = elsewhere || o.Group == r.Group && o.Kind == r.Kind && o.Name == r.Name
		custom = custom || o.Namespace == r.Namespace && !facts.MakesNoDeployment(o.Group)
	}
	switch r.Kind {
	case "Secret", "ConfigMap":
		return elsewhere && r.Group == ""
	case "Deployment", "StatefulSet", "DaemonSet":
		return r.Group == "apps" && !custom
	}
	return false
}

// misplaced tells whether the Kustomization itself applies a workload of that name, in another namespace.
func (g *graph) misplaced(r Reference) bool {
	if r.Group != "apps" {
		return false
	}
	for _, o := range r.Owner.Applied {
		if o.Group == r.Group && o.Kind == r.Kind && o.Name == r.Name && o.Namespace != r.Namespace {
			return true
		}
	}
	return false
}

// hidden tells whether something that is not known may make objects in a namespace. Flux's own manifests hold neither
// Secrets nor ConfigMaps.
func (g *graph) hidden(group, namespace string) bool {
	for _, owner := range g.owners {
		if (owner.Opaque != "" || owner.Archive != "") && (!owner.FluxItself || group != "" && namespace == "flux-system") && (owner.Namespace == "" || owner.Namespace == namespace) {
			if owner.FluxItself || owner.Namespace != "" || owner.Object == nil || owner.Object.Is(groupKustomize, "Kustomization") {
				return true
			}
		}
	}
	return false
}

// Package order is the order in which Flux brings a cluster up from nothing: what each Kustomization and HelmRelease waits
// for, in which stage it is applied, what never is and why, and what succeeds only because Flux tries again.
//
// Flux applies CRDs and Namespaces of a Kustomization first, then tries all its other objects at once (a dry-run): one
// object whose kind or namespace is not there stops them all. What waits for itself in that way waits for ever.
package order

import (
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// The API groups of Flux.
const (
	groupKustomize = "kustomize.toolkit.fluxcd.io"
	groupHelm      = "helm.toolkit.fluxcd.io"
	groupSource    = "source.toolkit.fluxcd.io"
	groupInstance  = "fluxcd.controlplane.io"
)

// Never is the stage of an owner that is never applied.
const Never = -1

// Need is something that must be there before an owner's objects are taken: a namespace, or a kind.
type Need struct {
	Owner *world.Owner
	// Namespace is the namespace that is needed; "" when it is a kind.
	Namespace string
	// Group and Kind are the kind that is needed.
	Group, Kind string
	// Objects need it; those of an owner that need the same are together.
	Objects []*world.Object
}

// Early is a need that is met only after some tries: nothing makes Flux wait for its provider.
type Early struct {
	Need     *Need
	Provider *world.Owner
}

// Why says why one owner waits for another.
type Why int

// The reasons.
const (
	// Inside is the way from an owner to what it applies, or to its own health.
	Inside Why = iota
	// Dependency is an entry of dependsOn.
	Dependency
	// Source is the source of a Kustomization or of a release's chart.
	Source
	// Health is an object whose health is waited for.
	Health
	// Provides is a need that the other owner meets.
	Provides
)

// Wait is one owner waiting for another.
type Wait struct {
	From, To *world.Owner
	Why      Why
	// Index is the place in dependsOn of a Dependency.
	Index int
	// Need is what the other owner provides.
	Need *Need
}

// Reference is an entry of dependsOn or healthChecks that leads nowhere.
type Reference struct {
	Owner *world.Owner
	Index int
	Group, Kind,
	Namespace, Name string
}

// Circle is a set of owners that wait for each other: none of them is ever applied.
type Circle struct {
	// Cause is the wait to look at first.
	Cause Wait
	// Waits are all waits of the circle but those Inside, in the order of the owners.
	Waits []Wait
}

// Order is what came out for one world.
type Order struct {
	// Missing are needs that nothing meets, in the order of owners.
	Missing []*Need
	// Early are needs that are met after some tries, one for each pair of owners and kind of need.
	Early []Early
	// Circles are the owners that wait for each other.
	Circles []Circle
	// Dependencies are the entries of dependsOn that name nothing; Checks those of healthChecks.
	Dependencies, Checks []Reference

	graph *graph
}

// Of reckons the order of a world.
func Of(w *world.World) *Order {
	g := newGraph(w)
	o := &Order{graph: g}
	g.connect(o)
	g.settle()
	g.circles(o)
	g.early(o)
	return o
}

// Stage is when an owner is applied: 0 is the entry point, Never what is never applied.
func (o *Order) Stage(owner *world.Owner) int {
	i, ok := o.graph.index[owner]
	if !ok {
		return Never
	}
	return o.graph.nodes[i+applied].stage
}

// Blocked are the owners that a suspended owner keeps from being applied or from being ready.
func (o *Order) Blocked(suspended *world.Owner) []*world.Owner {
	return o.graph.blocked(suspended)
}

// Top is the Kustomization that applies an owner, or the owner itself when it is one.
func Top(owner *world.Owner) *world.Owner {
	for owner.Object != nil && owner.Object.Is(groupHelm, "HelmRelease") && owner.Object.Owner != nil {
		owner = owner.Object.Owner
	}
	return owner
}

// Unready tells whether dependsOn says already that the needing Kustomization waits for the provider's, in vain: that one
// is ready as soon as it is applied, since it waits for nothing.
func (e Early) Unready() bool {
	from, to := Top(e.Need.Owner), Top(e.Provider)
	if from.Object == nil || to.Object == nil || to.Object.Value("spec", "wait") == true || len(to.Object.List("spec", "healthChecks"))+len(to.Object.List("spec", "healthCheckExprs")) > 0 {
		return false
	}
	for i := range from.Object.List("spec", "dependsOn") {
		namespace := from.Object.Text("spec", "dependsOn", i, "namespace")
		if namespace == "" {
			namespace = from.Object.Namespace
		}
		if from.Object.Text("spec", "dependsOn", i, "name") == to.Object.Name && namespace == to.Object.Namespace {
			return true
		}
	}
	return false
}

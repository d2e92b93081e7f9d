package order

import (
	"path"

	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Each owner has three nodes: it began (its object is there, what it depends on is ready, its source is there: CRDs and
// Namespaces are applied), all its objects are applied, and they are ready.
const (
	began = iota
	applied
	ready
	states
)

// requirement is what a node waits for: any of some nodes. One without any is never met.
type requirement struct {
	any   []int
	why   Why
	index int
	need  *Need
}

type node struct {
	requires []requirement
	// stage counts rounds; Never while it is not reached.
	stage int
}

type graph struct {
	world  *world.World
	owners []*world.Owner
	// index is the first node of an owner.
	index map[*world.Owner]int
	nodes []node
	// byObject gives the owner of a Kustomization or HelmRelease.
	byObject map[*world.Object]*world.Owner
	// needs are the needs with their providers, by owner.
	needs     map[*world.Owner][]need
	suspended map[*world.Owner]bool
}

// need is a Need with the nodes that meet it. One without providers is met from the start, or nobody knows.
type need struct {
	*Need
	providers []int
	// missing tells that surely nothing meets it.
	missing bool
	// wanted are nodes that tell that it is there, of what the cluster itself brings a while after its start.
	wanted []int
}

func newGraph(w *world.World) *graph {
	g := &graph{world: w, owners: w.Owners, index: map[*world.Owner]int{}, byObject: map[*world.Object]*world.Owner{}, needs: map[*world.Owner][]need{}, suspended: map[*world.Owner]bool{}}
	for i, owner := range w.Owners {
		g.index[owner] = i * states
		if owner.Object != nil {
			g.byObject[owner.Object] = owner
		}
	}
	g.nodes = make([]node, len(w.Owners)*states)
	for i := range g.nodes {
		g.nodes[i].stage = Never
	}
	return g
}

func (g *graph) owner(n int) *world.Owner { return g.owners[n/states] }

func (g *graph) require(n int, r requirement) { g.nodes[n].requires = append(g.nodes[n].requires, r) }

// connect gives every node what it waits for.
func (g *graph) connect(o *Order) {
	p := newProviders(g)
	for _, owner := range g.owners {
		at := g.index[owner]
		g.require(at+applied, requirement{any: []int{at + began}})
		g.require(at+ready, requirement{any: []int{at + applied}})
		if owner.Object == nil {
			continue // how the entry point is applied is not in the repository
		}
		g.begins(o, owner)
		if owner.Broken {
			g.require(at+applied, requirement{})
		}
		g.waits(o, owner)
		if owner.Object.Map("spec", "kubeConfig") != nil || g.world.Prepared != "" {
			continue // its objects go to another cluster, or what they need may be there before Flux
		}
		for _, n := range p.needs(owner) {
			g.needs[owner] = append(g.needs[owner], n)
			switch {
			case len(n.providers) > 0:
				g.require(at+applied, requirement{any: n.providers, why: Provides, need: n.Need})
			case n.missing:
				g.require(at+applied, requirement{})
				o.Missing = append(o.Missing, n.Need)
			}
		}
	}
}

// begins adds what comes before the first try.
func (g *graph) begins(o *Order, owner *world.Owner) {
	object, at := owner.Object, g.index[owner]+began
	if parent := object.Owner; parent != nil && parent != owner {
		if i, ok := g.index[parent]; ok {
			g.require(at, requirement{any: []int{i + applied}})
		}
	}
	if suspended, _ := object.Value("spec", "suspend").(bool); suspended {
		g.suspended[owner] = true
		g.require(at, requirement{})
	}
	for i := range object.List("spec", "dependsOn") {
		g.dependency(o, owner, i)
	}
	if source := g.source(object); source != nil && source.Owner != owner && source.Owner != object.Owner {
		if i, ok := g.index[source.Owner]; ok {
			g.require(at, requirement{any: []int{i + applied}, why: Source})
		}
	}
}

func (g *graph) dependency(o *Order, owner *world.Owner, i int) {
	object, at := owner.Object, g.index[owner]+began
	r := Reference{Owner: owner, Index: i, Group: object.Group, Kind: object.Kind, Namespace: object.Text("spec", "dependsOn", i, "namespace"), Name: object.Text("spec", "dependsOn", i, "name")}
	if r.Namespace == "" {
		r.Namespace = object.Namespace
	}
	if r.Name == "" {
		return // the schema's to report
	}
	answer, other := g.world.Lookup(r.Group, r.Kind, r.Namespace, r.Name)
	switch {
	case answer == world.Absent:
		o.Dependencies = append(o.Dependencies, r)
		g.require(at, requirement{})
	case answer == world.Found && g.besideEntry(owner, other):
	case answer == world.Found && g.byObject[other] != nil:
		g.require(at, requirement{any: []int{g.index[g.byObject[other]] + ready}, why: Dependency, index: i})
	}
}

// besideEntry tells whether an object lies beside the Kustomization that the cluster starts with, in a folder of their own:
// whoever starts it applies that folder, with both.
func (g *graph) besideEntry(owner *world.Owner, other *world.Object) bool {
	if owner != g.owners[0] || owner.Object.Doc == nil || other.Doc == nil {
		return false
	}
	dir := path.Dir(owner.Object.Doc.File)
	return dir != owner.Path && dir == path.Dir(other.Doc.File)
}

// source is the source of a Kustomization or of a release's chart, when the repository holds it. The one that Flux's
// bootstrap makes is there from the start.
func (g *graph) source(object *world.Object) *world.Object {
	ref := []any{"spec", "sourceRef"}
	if object.Is(groupHelm, "HelmRelease") {
		ref = []any{"spec", "chart", "spec", "sourceRef"}
		if object.Map("spec", "chartRef") != nil {
			ref = []any{"spec", "chartRef"}
		}
	}
	kind, name, namespace := object.Text(append(ref, "kind")...), object.Text(append(ref, "name")...), object.Text(append(ref, "namespace")...)
	if namespace == "" {
		namespace = object.Namespace
	}
	if entry := g.owners[0].Object; entry != nil && name == entry.Text("spec", "sourceRef", "name") && namespace == entry.Namespace {
		return nil
	}
	return g.world.Find(groupSource, kind, namespace, name)
}

// waits adds what an owner's readiness takes.
func (g *graph) waits(o *Order, owner *world.Owner) {
	object, at := owner.Object, g.index[owner]+ready
	if !object.Is(groupKustomize, "Kustomization") {
		return
	}
	if all, _ := object.Value("spec", "wait").(bool); all {
		for _, child := range owner.Applied {
			if other := g.byObject[child]; other != nil && other != owner {
				g.require(at, requirement{any: []int{g.index[other] + ready}, why: Health})
			}
		}
		return // Flux does not look at healthChecks then
	}
	for i := range object.List("spec", "healthChecks") {
		g.check(o, owner, i)
	}
}

// settle reaches, round by round, every node whose requirements were met in the round before.
func (g *graph) settle() {
	for stage, changed := 0, true; changed; stage++ {
		changed = false
		var now []int
		for n := range g.nodes {
			if g.nodes[n].stage == Never && g.met(n) {
				now = append(now, n)
			}
		}
		for _, n := range now {
			g.nodes[n].stage, changed = stage, true
		}
	}
}

func (g *graph) met(n int) bool {
	for _, r := range g.nodes[n].requires {
		if !g.reached(r) {
			return false
		}
	}
	return true
}

func (g *graph) reached(r requirement) bool {
	for _, n := range r.any {
		if g.nodes[n].stage != Never {
			return true
		}
	}
	return false
}

// blocked are the owners that wait for a suspended one, directly or by others.
func (g *graph) blocked(suspended *world.Owner) []*world.Owner {
	waiting := make([]bool, len(g.nodes))
	waiting[g.index[suspended]] = true
	for changed := true; changed; {
		changed = false
		for n := range g.nodes {
			if !waiting[n] && g.nodes[n].stage == Never && g.waitsFor(n, waiting) {
				waiting[n], changed = true, true
			}
		}
	}
	var out []*world.Owner
	for i, owner := range g.owners {
		if owner != suspended && (waiting[i*states+applied] || waiting[i*states+ready]) {
			out = append(out, owner)
		}
	}
	return out
}

func (g *graph) waitsFor(n int, waiting []bool) bool {
	for _, r := range g.nodes[n].requires {
		for _, m := range r.any {
			if waiting[m] && !g.reached(r) {
				return true
			}
		}
	}
	return false
}

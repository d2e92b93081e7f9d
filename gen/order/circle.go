package order

import (
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/world"
)

// circles finds the owners that wait for each other: first by what is written (dependsOn, health, sources), then by what
// they need besides.
func (g *graph) circles(o *Order) {
	done := make([]bool, len(g.nodes))
	for _, needs := range []bool{false, true} {
		for _, nodes := range g.components(done, needs) {
			if c, ok := g.circle(nodes, needs); ok {
				o.Circles = append(o.Circles, c)
				for _, n := range nodes {
					done[n] = true
				}
			}
		}
	}
}

func (g *graph) edges(n int, done []bool, needs bool, visit func(m int, r requirement)) {
	for _, r := range g.nodes[n].requires {
		if r.why == Provides && !needs || g.reached(r) {
			continue
		}
		for _, m := range r.any {
			if done == nil || !done[m] {
				visit(m, r)
			}
		}
	}
}

// components are the strongly connected sets of nodes that are never reached (Tarjan's algorithm, without recursion over
// what a repository decides the depth of: chains are as long as there are owners).
func (g *graph) components(done []bool, needs bool) [][]int {
	t := &tarjan{order: make([]int, len(g.nodes)), low: make([]int, len(g.nodes)), on: make([]bool, len(g.nodes))}
	t.next = func(n int) []int {
		var out []int
		g.edges(n, done, needs, func(m int, _ requirement) { out = append(out, m) })
		return out
	}
	for n := range g.nodes {
		if t.order[n] == 0 && !done[n] && g.nodes[n].stage == Never {
			t.visit(n)
		}
	}
	return t.found
}

type tarjan struct {
	next       func(int) []int
	order, low []int
	on         []bool
	count      int
	stack      []int
	found      [][]int
}

type frame struct {
	node int
	next []int
}

func (t *tarjan) enter(n int) frame {
	t.count++
	t.order[n], t.low[n], t.on[n] = t.count, t.count, true
	t.stack = append(t.stack, n)
	return frame{n, t.next(n)}
}

func (t *tarjan) visit(root int) {
	frames := []frame{t.enter(root)}
	for len(frames) > 0 {
		f := &frames[len(frames)-1]
		if len(f.next) > 0 {
			m := f.next[0]
			f.next = f.next[1:]
			if t.order[m] == 0 {
				frames = append(frames, t.enter(m))
			} else if t.on[m] {
				t.low[f.node] = min(t.low[f.node], t.order[m])
			}
			continue
		}
		n := f.node
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			above := frames[len(frames)-1].node
			t.low[above] = min(t.low[above], t.low[n])
		}
		if t.low[n] == t.order[n] {
			t.leave(n)
		}
	}
}

func (t *tarjan) leave(root int) {
	i := slices.Index(t.stack, root)
	nodes := slices.Clone(t.stack[i:])
	t.stack = t.stack[:i]
	for _, n := range nodes {
		t.on[n] = false
	}
	slices.Sort(nodes)
	t.found = append(t.found, nodes)
}

// circle makes a circle of a component; false when it is a single node that does not wait for itself.
func (g *graph) circle(nodes []int, needs bool) (Circle, bool) {
	var c Circle
	inside := 0
	for _, n := range nodes {
		g.edges(n, nil, needs, func(m int, r requirement) {
			if _, in := slices.BinarySearch(nodes, m); !in || r.why == Provides && !within(r.any, nodes) {
				return
			}
			inside++
			if r.why != Inside {
				c.Waits = append(c.Waits, Wait{From: g.owner(n), To: g.owner(m), Why: r.why, Index: r.index, Need: r.need})
			}
		})
	}
	if inside == 0 || len(c.Waits) == 0 {
		return c, false
	}
	c.Cause = g.cause(c.Waits, needs)
	return c, true
}

// within tells whether all providers are among the nodes: one that is stuck elsewhere would meet the need once that is put
// right.
func within(providers, nodes []int) bool {
	return !slices.ContainsFunc(providers, func(n int) bool {
		_, in := slices.BinarySearch(nodes, n)
		return !in
	})
}

// cause is the wait to look at first: a need when it is one that closes the circle, a kind before a namespace; or else
// the dependency that serves nothing, since those that serve something are rarely the mistake.
func (g *graph) cause(waits []Wait, needs bool) Wait {
	pick := func(fits func(Wait) bool) (Wait, bool) {
		i := slices.IndexFunc(waits, fits)
		if i < 0 {
			return Wait{}, false
		}
		return waits[i], true
	}
	order := []func(Wait) bool{
		func(w Wait) bool { return needs && w.Why == Provides && w.Need.Namespace == "" },
		func(w Wait) bool { return needs && w.Why == Provides },
		func(w Wait) bool { return w.Why == Dependency && !g.serves(w) },
		func(w Wait) bool { return w.Why == Dependency },
		func(w Wait) bool { return w.Why == Source },
	}
	for _, fits := range order {
		if w, ok := pick(fits); ok {
			return w
		}
	}
	return waits[0]
}

// serves tells whether what is waited for brings something that the other one, or a release of it, uses.
func (g *graph) serves(w Wait) bool {
	from, to := Top(w.From), Top(w.To)
	for _, owner := range g.owners {
		if Top(owner) != from {
			continue
		}
		for _, n := range g.needs[owner] {
			for _, p := range n.providers {
				if Top(g.owner(p)) == to {
					return true
				}
			}
		}
		if owner.Object != nil {
			if s := g.source(owner.Object); s != nil && Top(s.Owner) == to {
				return true
			}
		}
	}
	return false
}

// early finds needs that are met by luck: nothing makes Flux wait for who meets them.
func (g *graph) early(o *Order) {
	type pair struct {
		from, to  *world.Owner
		namespace bool
	}
	seen := map[pair]bool{}
	for _, owner := range g.owners {
		if g.nodes[g.index[owner]+applied].stage == Never || misspelt(Top(owner)) {
			continue
		}
		var before []bool
		for _, n := range g.needs[owner] {
			nodes := append(slices.Clone(n.providers), n.wanted...)
			if slices.ContainsFunc(nodes, func(m int) bool { return g.owner(m) == owner }) || g.shared(n.Need) {
				continue
			}
			if before == nil {
				before = g.before(g.index[owner] + began)
			}
			if len(nodes) == 0 || slices.ContainsFunc(nodes, func(m int) bool { return before[m] }) {
				continue
			}
			provider := g.owner(nodes[0])
			key := pair{Top(owner), Top(provider), n.Namespace != ""}
			if !seen[key] {
				seen[key] = true
				o.Early = append(o.Early, Early{Need: n.Need, Provider: provider})
			}
		}
	}
}

// shared tells whether another owner applies the same object, which is a finding of its own.
func (g *graph) shared(n *Need) bool {
	o := n.Objects[0]
	return len(g.world.All(o.Group, o.Kind, o.Namespace, o.Name)) > 1
}

// before are the nodes that are surely reached before n is.
func (g *graph) before(n int) []bool {
	out := make([]bool, len(g.nodes))
	out[n] = true
	stack := []int{n}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, r := range g.nodes[top].requires {
			if m := g.first(r); m >= 0 && !out[m] {
				out[m] = true
				stack = append(stack, m)
			}
		}
	}
	return out
}

// first is the node that meets a requirement first; -1 when none does.
func (g *graph) first(r requirement) int {
	best := -1
	for _, n := range r.any {
		if s := g.nodes[n].stage; s != Never && (best < 0 || s < g.nodes[best].stage) {
			best = n
		}
	}
	return best
}

// misspelt tells whether an owner's dependsOn is written wrongly, which is a finding of its own.
func misspelt(owner *world.Owner) bool {
	if owner.Object == nil {
		return false
	}
	for key := range owner.Object.Map("spec") {
		if plain := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(key)); key != "dependsOn" && (plain == "dependson" || plain == "dependon" || plain == "depends") {
			return true
		}
	}
	return false
}

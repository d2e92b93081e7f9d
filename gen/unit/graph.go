package unit

import (
	"maps"
	"slices"
)

// graph gives for each unit the units that it waits for.
type graph map[string]map[string]bool

func (g graph) add(from, to string) {
	if g[from] == nil {
		g[from] = map[string]bool{}
	}
	g[from][to] = true
}

func (g graph) next(name string) []string { return slices.Sorted(maps.Keys(g[name])) }

// cycles gives one chain for each knot of units that wait for each other: it starts and ends with the same name, the
// first of it by alphabet. names are all nodes that can be part of one.
func (g graph) cycles(names []string) [][]string {
	var out [][]string
	done := map[string]bool{}
	var chain []string
	var visit func(name string)
	visit = func(name string) {
		if i := slices.Index(chain, name); i >= 0 {
			out = append(out, closed(chain[i:]))
			return
		}
		if done[name] {
			return
		}
		chain = append(chain, name)
		for _, to := range g.next(name) {
			visit(to)
		}
		chain = chain[:len(chain)-1]
		done[name] = true
	}
	for _, name := range slices.Sorted(slices.Values(names)) {
		visit(name)
	}
	return out
}

// closed turns the nodes of a cycle so that the smallest is first, and repeats it at the end.
func closed(nodes []string) []string {
	start := slices.Index(nodes, slices.Min(nodes))
	out := append(slices.Clone(nodes[start:]), nodes[:start]...)
	return append(out, nodes[start])
}

// edges are the edges that are left, with what is reachable from each node.
type edges struct {
	graph graph
	reach map[string]map[string]bool
	depth map[string]int
}

// reduce takes out every edge that a longer chain implies (the transitive reduction). inner are the nodes that others
// may wait for; all other nodes are looked at one by one, so that the time is linear in their number. There must be no
// cycle.
func (g graph) reduce(inner []string) edges {
	e := edges{graph: g, reach: map[string]map[string]bool{}, depth: map[string]int{}}
	for _, name := range inner {
		e.visit(name)
	}
	return e
}

func (e edges) visit(name string) map[string]bool {
	if r, ok := e.reach[name]; ok {
		return r
	}
	r := map[string]bool{}
	e.reach[name] = r
	for to := range e.graph[name] {
		r[to] = true
		maps.Copy(r, e.visit(to))
		e.depth[name] = max(e.depth[name], e.depth[to]+1)
	}
	return r
}

// of gives the units that name has to wait for itself, sorted.
func (e edges) of(name string) []string {
	var out []string
	direct := e.graph.next(name)
	for _, to := range direct {
		implied := slices.ContainsFunc(direct, func(other string) bool { return other != to && e.reach[other][to] })
		if !implied {
			out = append(out, to)
		}
	}
	return out
}

// longest gives the longest chain that starts at name, first by alphabet among equals.
func (e edges) longest(name string) []string {
	chain := []string{name}
	for {
		next, best := "", -1
		for _, to := range e.graph.next(name) {
			if e.depth[to] > best {
				next, best = to, e.depth[to]
			}
		}
		if next == "" {
			return chain
		}
		chain, name = append(chain, next), next
	}
}

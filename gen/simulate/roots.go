package simulate

import (
	"cmp"
	"path"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// graph is which Flux Kustomizations apply the files of which others.
type graph struct {
	units []unit
	// in are the units of a file.
	in map[string][]int
	// brings are the units that come to the cluster by a unit, directly or not.
	brings []map[int]bool
}

type unit struct {
	doc   *yamlfile.Document
	entry Entry
	files []string
}

func (s *Simulator) graph(docs []*yamlfile.Document) *graph {
	g := &graph{in: map[string][]int{}}
	files := map[string][]string{}
	for _, doc := range docs {
		if !isUnit(doc) {
			continue
		}
		e := described(doc)
		u := unit{doc: doc, entry: e}
		// A path that is empty or the root is often one of another repository.
		if (e.Path != "." || e.source.Name == fluxName) && s.tree.IsDir(e.Path) {
			if _, known := files[e.Path]; !known {
				files[e.Path] = s.build.Files(e.Path)
			}
			u.files = files[e.Path]
		}
		g.in[doc.File] = append(g.in[doc.File], len(g.units))
		g.units = append(g.units, u)
	}
	for i := range g.units {
		g.brings = append(g.brings, map[int]bool{})
		g.follow(i, g.brings[i])
	}
	return g
}

func (g *graph) follow(i int, seen map[int]bool) {
	for _, file := range g.units[i].files {
		for _, next := range g.in[file] {
			if !seen[next] {
				seen[next] = true
				g.follow(next, seen)
			}
		}
	}
}

// applied tells whether a unit comes by one that does not come by it.
func (g *graph) applied(i int) bool {
	for other := range g.units {
		if g.brings[other][i] && !g.brings[i][other] {
			return true
		}
	}
	return false
}

// further counts the units that a unit brings besides those of its own file.
func (g *graph) further(i int) int {
	n := 0
	for other := range g.brings[i] {
		if g.units[other].doc.File != g.units[i].doc.File {
			n++
		}
	}
	return n
}

// roots are the entry points of a repository that does not say where Flux starts.
func (s *Simulator) roots(docs []*yamlfile.Document) []Entry {
	g := s.graph(docs)
	var itself, others, leftovers []int
	for i := range g.units {
		switch {
		case g.applied(i):
		case g.further(i) == 0:
			leftovers = append(leftovers, i)
		case g.brings[i][i]:
			itself = append(itself, i)
		default:
			others = append(others, i)
		}
	}
	switch {
	case len(itself) > 0:
		return g.selfApplied(itself)
	case len(others) > 0:
		return s.folders(g, others)
	}
	return s.folders(g, leftovers)
}

// selfApplied gives an entry for each of the Kustomizations that lie in what they apply; of several that apply one another
// it is the one with the shortest path.
func (g *graph) selfApplied(units []int) []Entry {
	slices.SortStableFunc(units, func(a, b int) int {
		return cmp.Compare(len(g.units[a].entry.Path), len(g.units[b].entry.Path))
	})
	var out []Entry
	var taken []int
	for _, i := range units {
		if !slices.ContainsFunc(taken, func(other int) bool { return g.brings[other][i] }) {
			taken, out = append(taken, i), append(out, g.units[i].entry)
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// folders gives an entry for each folder that holds the units, without those inside another such folder.
func (s *Simulator) folders(g *graph, units []int) []Entry {
	var out []Entry
	for _, i := range units {
		u := g.units[i]
		dir := path.Dir(u.doc.File)
		if !slices.ContainsFunc(out, func(e Entry) bool { return e.Path == dir }) {
			out = append(out, Entry{Path: dir, source: u.entry.source, root: "."})
		}
	}
	files := make([][]string, len(out))
	for i := range out {
		files[i] = s.build.Files(out[i].Path)
	}
	kept := out[:0:0]
	for i, e := range out {
		inside := false
		for n := range out {
			inside = inside || n != i && slices.ContainsFunc(files[n], func(file string) bool { return path.Dir(file) == e.Path })
		}
		if !inside {
			kept = append(kept, e)
		}
	}
	return kept
}

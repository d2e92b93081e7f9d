// Package simulate does what Flux will do with a repository, starting from an empty cluster: it finds the entry points,
// builds every Flux Kustomization, follows those that others bring, renders the charts of the repository, and gives the
// world that comes out.
package simulate

import (
	"sync/atomic"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/helm"
	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/sourceignore"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// The rules of the findings of a simulation, besides those of builds.
const (
	ruleVariable = "unsubstituted-variable"
	rulePath     = "missing-file"
)

// Simulator simulates the clusters of one repository.
type Simulator struct {
	// KubeVersion is the cluster's, such as "v1.36.4". Charts may ask for it.
	KubeVersion string
	// FluxRelease is the minor release that the cluster runs, such as "2.9"; "" when only the repository may tell.
	FluxRelease string
	// Vendored are the third-party charts of the repository; nil when it has none.
	Vendored *vendored.Lock
	// Damaged says which of them cannot be used.
	Damaged diag.Findings

	tree   *checkout.Tree
	docs   *yamlfile.Cache
	build  *kustomize.Builder
	charts *helm.Charts
	// traced counts the bytes of templates that were rendered to find the places of fields.
	traced atomic.Int64
}

// defaultKubeVersion is what k3s's stable channel has (November 2026).
const defaultKubeVersion = "v1.36.4"

// New makes a Simulator of a repository.
func New(tree *checkout.Tree) *Simulator {
	docs := yamlfile.NewCache(tree)
	return &Simulator{
		KubeVersion: defaultKubeVersion,
		tree:        tree, docs: docs, build: kustomize.New(tree, docs), charts: helm.New(tree),
	}
}

// Run simulates the cluster of an entry point. Variables may come from an object that a later Kustomization brings, and
// Flux tries until it is there: what the first pass finds, the second uses. What becomes of a variable that nothing sets
// depends on the release of Flux, which the first pass finds too.
func (s *Simulator) Run(entry Entry) *world.World {
	lenient := s.lenient(entry.release)
	w, again := s.pass(entry, &world.World{}, lenient)
	if changed := again.unset && !lenient && (s.lenient(w.FluxRelease()) || s.gated()); again.late || changed {
		w, _ = s.pass(entry, w, lenient || changed)
	}
	w.Prepared = s.preparedBy()
	return w
}

// reasons are why one pass is not enough: variables were looked for that came later, or that nothing sets.
type reasons struct{ late, unset bool }

// pass simulates once, with the objects of known to look variables up in.
func (s *Simulator) pass(entry Entry, known *world.World, lenient bool) (w *world.World, again reasons) {
	run := &simulation{
		Simulator: s, start: entry, world: &world.World{Entry: entry.Path}, known: known, lenient: lenient,
		done: map[string]bool{}, ignores: map[string]*sourceignore.Matcher{},
	}
	if run.start.source.Name == "" {
		run.start.source = reference{Name: fluxName, Namespace: fluxNamespace}
	}
	run.world.Source.Namespace, run.world.Source.Name = run.start.source.Namespace, run.start.source.Name
	run.patient = true
	run.entry(entry)
	run.kustomizations()
	run.releases()
	for _, id := range run.wanted {
		again.late = again.late || run.world.Find("", id.kind, id.namespace, id.name) != nil
	}
	again.unset = run.unset
	return run.world, again
}

// simulation is one run.
type simulation struct {
	*Simulator
	start Entry
	world *world.World
	queue []*world.Object
	// waiting are Kustomizations whose sources may still come.
	waiting []*world.Object
	// patient tells that they need not be judged yet.
	patient bool
	// known are objects of a pass before; wanted are sources of variables that were in neither.
	known  *world.World
	wanted []source
	// lenient tells that Flux takes a variable that nothing sets for empty; unset that there was one.
	lenient, unset bool
	// done are the Kustomizations that were applied and the releases that were rendered, by ID.
	done map[string]bool
	// ignores are what the sources leave out, by ID.
	ignores map[string]*sourceignore.Matcher
	// served are the APIs that charts may ask for, once they are known.
	served []string
	// full tells that a bound of the cluster was reported.
	full bool
}

type source struct{ kind, namespace, name string }

func (s *simulation) add(f diag.Finding, o *world.Object) {
	if o != nil && f.Object == nil {
		f.Object = o.Ref()
	}
	s.world.Findings = append(s.world.Findings, f)
}

// entry applies the folder that Flux starts from. When a Kustomization inside it describes how it is applied, that
// counts.
func (s *simulation) entry(entry Entry) {
	owner := &world.Owner{Path: entry.Path}
	spec := kustomization{Path: entry.Path}
	if entry.Doc != nil {
		self := entry.self
		if self.Fields == nil {
			self = kustomize.Object{Fields: entry.Doc.Fields(), Doc: entry.Doc}
		}
		owner.Object = s.object(self, owner)
		decode(owner.Object.Value("spec"), &spec)
		s.done[owner.Object.ID()] = true
	} else if len(entry.patches) > 0 {
		spec = entry.patched()
	}
	s.apply(owner, &spec)
}

// kustomizations applies what is in the queue, and what comes with it. A Kustomization waits for its source as long as
// others may bring it.
func (s *simulation) kustomizations() {
	for objects := -1; ; objects = len(s.world.Objects) {
		for len(s.queue) > 0 {
			if !s.bounded() {
				return
			}
			next := s.queue[0]
			s.queue = s.queue[1:]
			s.kustomization(next)
		}
		if len(s.waiting) == 0 {
			return
		}
		s.queue, s.waiting = s.waiting, nil
		s.patient = len(s.world.Objects) > objects
	}
}

func (s *simulation) object(o kustomize.Object, owner *world.Owner) *world.Object {
	object := world.New(o.Fields, owner)
	object.Doc, object.Place, object.Sources = o.Doc, o.At, o.Sources
	return object
}

// Documents are the parsed files of the repository, for others who look at them.
func (s *Simulator) Documents() *yamlfile.Cache { return s.docs }

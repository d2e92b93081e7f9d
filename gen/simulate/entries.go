package simulate

import (
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Entry is where Flux starts in one cluster.
type Entry struct {
	// Path is the folder inside the repository.
	Path string
	// Doc is the Flux Kustomization that applies the folder, when the repository holds it.
	Doc *yamlfile.Document

	// source is what the cluster reads this repository by; url and ref are its, when only a FluxInstance tells them.
	source   reference
	url, ref string
	// root is the folder that an artifact of this repository begins at; "." is the repository's own.
	root string
	// patches are those of a FluxInstance, for the Kustomization that it makes.
	patches []types.Patch
	// self is the Kustomization as its own folder makes it, and release the Flux that the folder brings.
	self    kustomize.Object
	release string
}

// Entries finds the entry points, in this order of preference:
//   - the folder of every Kustomization flux-system/flux-system that lies in its own folder, as Flux's bootstrap writes it,
//     and of every FluxInstance's sync;
//   - the folder of every other such Kustomization, or of a patch that gives it its path;
//   - the folders of the Kustomizations that lie in what they apply, whatever their name, and that no other one applies;
//   - the folders that hold Kustomizations which no other one applies.
//
// Of the last two, those that bring no further Kustomization count only when there are no others: they are leftovers.
func (s *Simulator) Entries() []Entry {
	out := s.entries()
	for i := range out {
		s.readSelf(&out[i])
	}
	return out
}

func (s *Simulator) entries() []Entry {
	docs := s.fluxDocuments()
	var out []Entry
	add := func(e Entry, ok bool) {
		if ok && s.tree.IsDir(e.Path) && !slices.ContainsFunc(out, func(o Entry) bool { return o.Path == e.Path }) {
			out = append(out, e)
		}
	}
	for _, doc := range docs {
		if e, ok := bootstrapped(doc); ok && inside(e) {
			add(e, true)
		}
		add(s.instance(doc))
	}
	if len(out) > 0 {
		return out
	}
	for _, doc := range docs {
		add(bootstrapped(doc))
	}
	if len(out) > 0 {
		return out
	}
	for _, doc := range docs {
		add(s.patched(doc))
	}
	if len(out) > 0 {
		return out
	}
	return s.roots(docs)
}

// fluxDocuments are the documents of the repository that may be entry points: Flux Kustomizations, and what describes an
// instance of Flux.
func (s *Simulator) fluxDocuments() []*yamlfile.Document {
	var out []*yamlfile.Document
	for _, name := range s.tree.Files() {
		if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" || s.foreign(name) {
			continue
		}
		content, err := s.tree.Read(name)
		if err != nil || !mentionsFlux(string(content)) {
			continue
		}
		docs, _ := s.docs.Documents(name)
		for _, doc := range docs {
			if isUnit(doc) || instanceSync(doc) != nil {
				out = append(out, doc)
			}
		}
	}
	return out
}

func mentionsFlux(content string) bool {
	return strings.Contains(content, groupKustomize) || strings.Contains(content, "sync:") &&
		(strings.Contains(content, groupInstance) || strings.Contains(content, "instance:"))
}

func isUnit(doc *yamlfile.Document) bool {
	return world.New(doc.Fields(), nil).Is(groupKustomize, "Kustomization")
}

// bootstrapped gives the entry of a Kustomization flux-system/flux-system; false when a document is none. A patch for one
// names no source.
func bootstrapped(doc *yamlfile.Document) (Entry, bool) {
	o := world.New(doc.Fields(), nil)
	return described(doc), isBootstrap(o) && o.Text("spec", "sourceRef", "name") != ""
}

func isBootstrap(o *world.Object) bool {
	return o.Is(groupKustomize, "Kustomization") && o.Namespace == fluxNamespace && o.Name == fluxName
}

// inside tells whether a Kustomization lies in what it applies.
func inside(e Entry) bool { return e.Path == "." || strings.HasPrefix(e.Doc.File, e.Path+"/") }

// patched gives the entry of a patch that gives the Kustomization flux-system/flux-system its path: the folder at that path
// must build the Kustomization that the patch is for.
func (s *Simulator) patched(doc *yamlfile.Document) (Entry, bool) {
	o := world.New(doc.Fields(), nil)
	if !isBootstrap(o) || o.Text("spec", "path") == "" || o.Text("spec", "sourceRef", "name") != "" {
		return Entry{}, false
	}
	e := described(doc)
	s.readSelf(&e)
	return e, e.self.Fields != nil
}

// described gives the entry of a Kustomization.
func described(doc *yamlfile.Document) Entry {
	o := world.New(doc.Fields(), nil)
	var k kustomization
	decode(o.Value("spec"), &k)
	return Entry{Path: k.folder(), Doc: doc, source: sourceOf(o), root: "."}
}

func sourceOf(o *world.Object) reference {
	var k kustomization
	decode(o.Value("spec"), &k)
	if k.SourceRef.Namespace == "" {
		k.SourceRef.Namespace = o.Namespace
	}
	return k.SourceRef
}

// readSelf finds the Kustomization of an entry as its own folder makes it, with the patches of that folder, and the release of
// Flux that the folder brings.
func (s *Simulator) readSelf(e *Entry) {
	if e.Doc == nil || e.self.Fields != nil || !s.tree.IsDir(e.Path) {
		return
	}
	self := world.New(e.Doc.Fields(), nil)
	var objects world.World
	for _, built := range s.build.Build(&kustomize.Spec{Path: e.Path}).Objects {
		o := world.New(built.Fields, nil)
		objects.Add(o)
		var k kustomization
		decode(o.Value("spec"), &k)
		if o.Is(groupKustomize, "Kustomization") && o.ID() == self.ID() && k.SourceRef.Name != "" && k.folder() == e.Path {
			e.self, e.source = built, sourceOf(o)
		}
	}
	e.release = objects.FluxRelease()
}

// foreign tells whether a file belongs to another cloud that lies inside this repository, such as an example: a folder
// with a lock of its own is one. Folders whose name begins with a dot are not looked into: archives and tools.
func (s *Simulator) foreign(name string) bool {
	if strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return true
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if s.tree.Has(path.Join(dir, "lvsgen.lock")) {
			return true
		}
	}
	return false
}

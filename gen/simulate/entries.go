package simulate

import (
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

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
}

// Entries finds the entry points, in this order of preference:
//   - the folder of every Kustomization flux-system/flux-system that lies in its own folder, as Flux's bootstrap writes it,
//     and of every FluxInstance's sync;
//   - the folders of the Kustomizations that lie in what they apply, whatever their name, and that no other one applies;
//   - the folders that hold Kustomizations which no other one applies.
//
// Of the last two, those that bring no further Kustomization count only when there are no others: they are leftovers.
func (s *Simulator) Entries() []Entry {
	docs := s.fluxDocuments()
	var out []Entry
	add := func(e Entry, ok bool) {
		if ok && s.tree.IsDir(e.Path) && !slices.ContainsFunc(out, func(o Entry) bool { return o.Path == e.Path }) {
			out = append(out, e)
		}
	}
	for _, doc := range docs {
		add(bootstrapped(doc))
		add(s.instance(doc))
	}
	if len(out) > 0 {
		return out
	}
	for _, doc := range docs {
		e, _ := bootstrapped(doc)
		add(e, e.Doc != nil)
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

// bootstrapped gives the entry of a Kustomization flux-system/flux-system; true when it lies in its own folder.
func bootstrapped(doc *yamlfile.Document) (Entry, bool) {
	o := world.New(doc.Fields(), nil)
	if !o.Is(groupKustomize, "Kustomization") || o.Namespace != fluxNamespace || o.Name != fluxName {
		return Entry{}, false
	}
	e, inside := described(doc)
	return e, inside && (e.Path == "." || strings.HasPrefix(doc.File, e.Path+"/"))
}

// described gives the entry of a Kustomization; false when its path leaves the repository.
func described(doc *yamlfile.Document) (Entry, bool) {
	o := world.New(doc.Fields(), nil)
	var k kustomization
	decode(o.Value("spec"), &k)
	dir, inside := k.folder()
	if k.SourceRef.Namespace == "" {
		k.SourceRef.Namespace = o.Namespace
	}
	return Entry{Path: dir, Doc: doc, source: k.SourceRef, root: "."}, inside
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

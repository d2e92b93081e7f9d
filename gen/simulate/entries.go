package simulate

import (
	"path"
	"slices"
	"strings"

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
}

// Entries finds the entry points, in this order of preference: the folder of every Kustomization flux-system/flux-system
// that lies in its own folder, as Flux's bootstrap writes it, and of every FluxInstance's sync; or else the folders of
// the Flux Kustomizations that no other one applies.
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
		add(instance(doc))
	}
	if len(out) == 0 {
		for _, dir := range s.roots(docs) {
			add(Entry{Path: dir}, true)
		}
	}
	return out
}

// groupInstance is the API group of FluxInstance, which installs Flux and says what it reads.
const groupInstance = "fluxcd.controlplane.io"

// fluxDocuments are the documents of the repository that may be entry points.
func (s *Simulator) fluxDocuments() []*yamlfile.Document {
	var out []*yamlfile.Document
	for _, name := range s.tree.Files() {
		if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" || s.foreign(name) {
			continue
		}
		content, err := s.tree.Read(name)
		if err != nil || !strings.Contains(string(content), groupKustomize) && !strings.Contains(string(content), groupInstance) {
			continue
		}
		docs, _ := s.docs.Documents(name)
		for _, doc := range docs {
			o := world.New(doc.Fields(), nil)
			if o.Is(groupKustomize, "Kustomization") || o.Is(groupInstance, "FluxInstance") {
				out = append(out, doc)
			}
		}
	}
	return out
}

func bootstrapped(doc *yamlfile.Document) (Entry, bool) {
	o := world.New(doc.Fields(), nil)
	if !o.Is(groupKustomize, "Kustomization") || o.Namespace != fluxNamespace || o.Name != fluxName {
		return Entry{}, false
	}
	k := kustomization{Path: o.Text("spec", "path")}
	dir, inside := k.folder()
	return Entry{Path: dir, Doc: doc}, inside && (dir == "." || strings.HasPrefix(doc.File, dir+"/"))
}

func instance(doc *yamlfile.Document) (Entry, bool) {
	o := world.New(doc.Fields(), nil)
	written := o.Text("spec", "sync", "path")
	if !o.Is(groupInstance, "FluxInstance") || written == "" {
		return Entry{}, false
	}
	k := kustomization{Path: written}
	dir, inside := k.folder()
	return Entry{Path: dir}, inside
}

// roots are the folders of the Flux Kustomizations that no other one applies, without those inside another root.
func (s *Simulator) roots(docs []*yamlfile.Document) []string {
	applied := map[string]bool{}
	for _, doc := range docs {
		o := world.New(doc.Fields(), nil)
		k := kustomization{Path: o.Text("spec", "path")}
		if dir, inside := k.folder(); inside && s.tree.IsDir(dir) {
			for _, file := range s.build.Build(&kustomize.Spec{Path: dir}).Files {
				// A Kustomization that lies in the folder that it applies is a root all the same.
				applied[file] = applied[file] || file != doc.File
			}
		}
	}
	var out []string
	for _, doc := range docs {
		dir := path.Dir(doc.File)
		if !applied[doc.File] && world.New(doc.Fields(), nil).Is(groupKustomize, "Kustomization") && !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return slices.DeleteFunc(slices.Clone(out), func(dir string) bool {
		return slices.ContainsFunc(out, func(o string) bool {
			return o != dir && slices.ContainsFunc(s.build.Build(&kustomize.Spec{Path: o}).Files, func(file string) bool { return path.Dir(file) == dir })
		})
	})
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

package simulate

import (
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// groupInstance is the API group of FluxInstance, which installs Flux and says what it reads
// (https://fluxoperator.dev/docs/crd/fluxinstance).
const groupInstance = "fluxcd.controlplane.io"

// sync is spec.sync of a FluxInstance: the source and the Kustomization that Flux's operator makes in the namespace of the
// instance, both with the namespace's name when they have none.
type sync struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	URL  string `json:"url"`
	Ref  string `json:"ref"`
	Path string `json:"path"`
}

// instanceSync finds what holds the sync of a FluxInstance: its own spec, or the value "instance" of the chart
// flux-instance, in a HelmRelease or in a file of values; nil when a document is none of these.
func instanceSync(doc *yamlfile.Document) map[string]any {
	o := world.New(doc.Fields(), nil)
	at := []any{"instance"}
	switch {
	case o.Is(groupInstance, "FluxInstance"):
		at = []any{"spec"}
	case o.Is(groupHelm, "HelmRelease"):
		at = []any{"spec", "values", "instance"}
	}
	if o.Text(append(at, "sync", "path")...) == "" || o.Text(append(at, "sync", "kind")...) == "" {
		return nil
	}
	return o.Map(at...)
}

// instance gives the entry point that a FluxInstance describes; false when the document is none, or it reads another
// repository.
func (s *Simulator) instance(doc *yamlfile.Document) (Entry, bool) {
	spec := instanceSync(doc)
	if spec == nil {
		return Entry{}, false
	}
	var read struct {
		Sync      sync `json:"sync"`
		Kustomize struct {
			Patches []types.Patch `json:"patches"`
		} `json:"kustomize"`
	}
	decode(spec, &read)
	namespace := fluxNamespace
	if o := world.New(doc.Fields(), nil); o.Namespace != "" {
		namespace = o.Namespace
	}
	if read.Sync.Name == "" {
		read.Sync.Name = namespace
	}
	k := kustomization{Path: read.Sync.Path}
	dir := k.folder()
	e := Entry{
		Path: dir, root: ".", source: reference{Kind: read.Sync.Kind, Name: read.Sync.Name, Namespace: namespace},
		url: read.Sync.URL, ref: read.Sync.Ref, patches: read.Kustomize.Patches,
	}
	if !s.tree.IsDir(dir) && read.Sync.Kind != "GitRepository" {
		e.root = s.artifactRoot(dir)
		e.Path = path.Join(e.root, dir)
	}
	return e, true
}

// artifactRoot finds the folder of the repository that an artifact was packed from, by a folder that it must hold: "."
// when there is none, or more than one.
func (s *Simulator) artifactRoot(dir string) string {
	root := "."
	for _, name := range s.tree.Files() {
		i := strings.Index(name, "/"+dir+"/")
		if i < 0 || s.foreign(name) || name[:i] == root {
			continue
		}
		if root != "." {
			return "."
		}
		root = name[:i]
	}
	return root
}

// patched gives the spec of the Kustomization that a FluxInstance makes for its sync, with its patches.
func (e *Entry) patched() kustomization {
	spec := map[string]any{"interval": "10m", "path": e.Path, "prune": true, "sourceRef": map[string]any{"kind": e.source.Kind, "name": e.source.Name}}
	made := []map[string]any{{
		"apiVersion": groupKustomize + "/v1", "kind": "Kustomization",
		"metadata": map[string]any{"name": e.source.Name, "namespace": e.source.Namespace}, "spec": spec,
	}}
	for _, patch := range e.patches {
		if patch.Target == nil || !kustomize.Targets(made, patch) {
			continue // one for Flux's controllers
		}
		if changed, err := kustomize.Change(made, []types.Patch{patch}, nil); err == nil {
			made = changed
		}
	}
	out := kustomization{}
	decode(made[0]["spec"], &out)
	out.Path = e.Path
	return out
}

package kustomize

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Targets tells whether a patch finds one of the objects.
func Targets(objects []map[string]any, patch types.Patch) bool {
	all := make([]Object, len(objects))
	for i := range objects {
		all[i] = Object{Fields: objects[i]}
	}
	if patch.Target != nil {
		return matches(all, patch.Target)
	}
	docs, _ := yamlfile.Parse("", []byte(patch.Patch))
	for _, doc := range docs {
		kind, _ := doc.Fields()["kind"].(string)
		if !matches(all, &types.Selector{ResId: resID(kind, text(doc.Fields()["metadata"], "name"))}) {
			return false
		}
	}
	return true
}

// WrongPart is the part of a selector that a person must look at first when it selects nothing.
func WrongPart(target *types.Selector) string {
	if target.Name != "" {
		return "name"
	}
	return "kind"
}

// Change applies patches and images to objects, and gives them in the same order.
func Change(objects []map[string]any, patches []types.Patch, images []types.Image) ([]map[string]any, error) {
	for _, patch := range patches {
		if patch.Path != "" {
			return nil, fmt.Errorf("the patch has a path, %q: Flux takes patches in the text only", patch.Path)
		}
	}
	if len(objects) > MaxLibraryObjects || len(objects)*len(patches) > MaxLibraryWork {
		return nil, fmt.Errorf("more than %d objects, or %d objects times patches, are not changed", MaxLibraryObjects, MaxLibraryWork)
	}
	files := filesys.MakeFsInMemory()
	k := types.Kustomization{Patches: patches, Images: images}
	k.APIVersion, k.Kind = types.KustomizationVersion, types.KustomizationKind
	for i, fields := range objects {
		content, err := yaml.Marshal(fields)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%06d.yaml", i)
		k.Resources = append(k.Resources, name)
		if err := files.WriteFile("/"+name, content); err != nil {
			return nil, err
		}
	}
	content, err := yaml.Marshal(k)
	if err != nil {
		return nil, err
	}
	if err := files.WriteFile("/kustomization.yaml", content); err != nil {
		return nil, err
	}
	building.Lock()
	defer building.Unlock()
	options := krusty.MakeDefaultOptions() // its order is that of the files
	built, err := krusty.MakeKustomizer(options).Run(files, "/")
	if err != nil {
		return nil, fmt.Errorf("%s", oneLine(err))
	}
	if built.Size() != len(objects) {
		return nil, fmt.Errorf("the patches delete objects, which is not simulated")
	}
	out := make([]map[string]any, 0, len(objects))
	for _, r := range built.Resources() {
		fields, err := asFiles(r)
		if err != nil {
			return nil, err
		}
		out = append(out, fields)
	}
	return out, nil
}

package expand

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// renderedFile is a template of a chart with the objects that it rendered to.
type renderedFile struct {
	name    string
	objects []map[string]any
}

// postRenderer is one of spec.postRenderers: a kustomization over what the
// chart rendered.
type postRenderer struct {
	Kustomize struct {
		Patches []any `json:"patches"`
		Images  []any `json:"images"`
	} `json:"kustomize"`
}

// postRender changes the objects in place. Each is kustomized on its own, as a
// patch changes objects one by one: a patch that fits none of them is refused,
// which Flux would not do, but which is never meant.
func postRender(files []renderedFile, renderers []postRenderer) error {
	for i, renderer := range renderers {
		for n, patch := range renderer.Kustomize.Patches {
			changed := 0
			for _, f := range files {
				for _, object := range f.objects {
					done, err := kustomizeOne(object, map[string]any{"patches": []any{patch}})
					if err != nil {
						return fmt.Errorf("postRenderers[%d].kustomize.patches[%d]: %w", i, n, err)
					}
					if done {
						changed++
					}
				}
			}
			if changed == 0 {
				return fmt.Errorf("postRenderers[%d].kustomize.patches[%d] changes nothing", i, n)
			}
		}
		if len(renderer.Kustomize.Images) == 0 {
			continue
		}
		for _, f := range files {
			for _, object := range f.objects {
				if _, err := kustomizeOne(object, map[string]any{"images": renderer.Kustomize.Images}); err != nil {
					return fmt.Errorf("postRenderers[%d].kustomize.images: %w", i, err)
				}
			}
		}
	}
	return nil
}

// kustomizeOne replaces the object by what the kustomization makes of it, and
// says whether that is something else.
func kustomizeOne(object, kustomization map[string]any) (changed bool, err error) {
	before, err := yaml.Marshal(object)
	if err != nil {
		return false, err
	}
	kustomization["resources"] = []any{"object.yaml"}
	list, err := yaml.Marshal(kustomization)
	if err != nil {
		return false, err
	}
	files := filesys.MakeFsInMemory()
	if err := files.WriteFile("/object.yaml", before); err != nil {
		return false, err
	}
	if err := files.WriteFile("/kustomization.yaml", list); err != nil {
		return false, err
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, "/")
	if err != nil {
		return false, err
	}
	after, err := built.AsYaml()
	if err != nil {
		return false, err
	}
	var fields map[string]any
	if err := yaml.Unmarshal(after, &fields); err != nil {
		return false, err
	}
	clear(object)
	for name, value := range fields {
		object[name] = value
	}
	normal, err := yaml.Marshal(object)
	return string(normal) != string(before), err
}

package expand

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// tree is the repository in memory, rooted at "/": a build cannot reach
// anything outside it, and may add files of its own.
type tree struct{ filesys.FileSystem }

// load reads the regular files below root, but not git's.
func load(root string) (tree, error) {
	t := tree{filesys.MakeFsInMemory()}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		return t.WriteFile("/"+name, data)
	})
	return t, err
}

// fluxKustomization is the part of a kustomize.toolkit.fluxcd.io/v1
// Kustomization that decides which objects it applies.
type fluxKustomization struct {
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec kustomizationSpec `json:"spec"`
}

type kustomizationSpec struct {
	Path            string        `json:"path"`
	SourceRef       reference     `json:"sourceRef"`
	TargetNamespace string        `json:"targetNamespace"`
	NamePrefix      string        `json:"namePrefix"`
	NameSuffix      string        `json:"nameSuffix"`
	Components      []string      `json:"components"`
	Patches         []types.Patch `json:"patches"`
	Images          []types.Image `json:"images"`
	CommonMetadata  metadata      `json:"commonMetadata"`
	PostBuild       *postBuild    `json:"postBuild"`
}

// directory is the spec's path inside the tree. It cannot leave the tree.
func (s kustomizationSpec) directory() string { return path.Join("/", s.Path) }

// kustomizations expands the entry point and then every Kustomization of this
// repository that turns up, each once, in the order in which they are found.
func (e *expander) kustomizations(entry string) {
	origin := []string{entry}
	objects, err := e.files.build(kustomizationSpec{Path: entry})
	if err != nil {
		e.fail(origin, err)
		return
	}
	// The Kustomization that applies the entry point usually lies in the entry
	// point, and its own spec then says how the entry point is applied.
	seen := map[string]bool{}
	found := e.fluxKustomizations(origin, objects)
	for _, k := range found {
		if k.Spec.SourceRef.isThisRepository(k.Metadata.Namespace) && k.Spec.directory() == path.Join("/", entry) {
			seen[k.id()] = true
			if objects, err = e.apply(k); err != nil {
				e.fail(origin, err)
				return
			}
		}
	}
	e.add(origin, "", objects)
	for queue := found; len(queue) > 0; queue = queue[1:] {
		k := queue[0]
		if seen[k.id()] {
			continue
		}
		seen[k.id()] = true
		if !k.Spec.SourceRef.isThisRepository(k.Metadata.Namespace) {
			e.remote = append(e.remote, fmt.Sprintf("%s (%s %s)", k.id(), k.Spec.SourceRef.Kind, k.Spec.SourceRef.Name))
			continue
		}
		origin := []string{entry, k.id()}
		objects, err := e.apply(k)
		if err != nil {
			e.fail(origin, err)
			continue
		}
		e.add(origin, "", objects)
		queue = append(queue, e.fluxKustomizations(origin, objects)...)
	}
}

func (k fluxKustomization) id() string {
	return "Kustomization " + k.Metadata.Namespace + "/" + k.Metadata.Name
}

// fluxKustomizations returns the Flux Kustomizations among the objects.
func (e *expander) fluxKustomizations(origin []string, objects []map[string]any) []fluxKustomization {
	var found []fluxKustomization
	for _, object := range objects {
		if text(object, "apiVersion") != "kustomize.toolkit.fluxcd.io/v1" || text(object, "kind") != "Kustomization" {
			continue
		}
		var k fluxKustomization
		if err := decode(object, &k); err != nil {
			e.fail(origin, fmt.Errorf("kustomization %q: %w", text(object, "metadata", "name"), err))
			continue
		}
		found = append(found, k)
	}
	return found
}

// apply returns the objects that Flux applies for a Kustomization.
func (e *expander) apply(k fluxKustomization) ([]map[string]any, error) {
	objects, err := e.files.build(k.Spec)
	if err != nil {
		return nil, err
	}
	if k.Spec.PostBuild != nil {
		variables, strangers, err := e.variables(*k.Spec.PostBuild, k.Metadata.Namespace)
		if err != nil {
			return nil, err
		}
		if err := k.Spec.PostBuild.substitute(objects, variables, strangers); err != nil {
			return nil, err
		}
	}
	for _, object := range objects {
		k.Spec.CommonMetadata.apply(object)
		clearEncryption(object)
	}
	return objects, nil
}

// build runs kustomize on the spec's directory, with the spec's own changes
// written into the kustomization file for the time of the build, as Flux does.
func (t tree) build(spec kustomizationSpec) ([]map[string]any, error) {
	dir := spec.directory()
	if !t.IsDir(dir) {
		return nil, fmt.Errorf("path %q is not a directory of the tree", spec.Path)
	}
	file, original, err := t.kustomizationFile(dir)
	if err != nil {
		return nil, err
	}
	changed, err := spec.kustomization(original)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.TrimPrefix(file, "/"), err)
	}
	if err := t.WriteFile(file, changed); err != nil {
		return nil, err
	}
	defer func() { _ = t.WriteFile(file, original) }() // memory only: cannot fail
	// Flux lifts the load restriction in the same way.
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	resources, err := krusty.MakeKustomizer(options).Run(t, dir)
	if err != nil {
		return nil, err
	}
	objects := make([]map[string]any, 0, resources.Size())
	for _, resource := range resources.Resources() {
		object, err := resource.Map()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", resource.CurId(), err)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// kustomization returns the content of a kustomization file with the spec's
// changes added.
func (s kustomizationSpec) kustomization(original []byte) ([]byte, error) {
	var k types.Kustomization
	if err := k.Unmarshal(original); err != nil {
		return nil, err
	}
	if s.TargetNamespace != "" {
		k.Namespace = s.TargetNamespace
	}
	if s.NamePrefix != "" {
		k.NamePrefix = s.NamePrefix
	}
	if s.NameSuffix != "" {
		k.NameSuffix = s.NameSuffix
	}
	k.Components = append(k.Components, s.Components...)
	k.Patches = append(k.Patches, s.Patches...)
	k.Images = append(slices.Clone(s.Images), k.Images...)
	return yaml.Marshal(k)
}

// kustomizationFile returns the path and content of the directory's
// kustomization file. Where there is none it writes one that lists every
// manifest below the directory, as Flux does.
func (t tree) kustomizationFile(dir string) (file string, content []byte, err error) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if file := path.Join(dir, name); t.Exists(file) {
			content, err := t.ReadFile(file)
			return file, content, err
		}
	}
	resources, err := t.manifests(dir, dir)
	if err != nil {
		return "", nil, err
	}
	k := types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Resources: resources,
	}
	content, err = yaml.Marshal(k)
	if err != nil {
		return "", nil, err
	}
	file = path.Join(dir, konfig.DefaultKustomizationFileName())
	return file, content, t.WriteFile(file, content)
}

// manifests lists, relative to base, the YAML files below dir, and instead of
// the files of a directory with a kustomization that directory.
func (t tree) manifests(base, dir string) ([]string, error) {
	names, err := t.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var resources []string
	for _, name := range names {
		full := path.Join(dir, name)
		relative := strings.TrimPrefix(strings.TrimPrefix(full, base), "/")
		switch {
		case t.IsDir(full) && t.hasKustomization(full):
			resources = append(resources, relative)
		case t.IsDir(full):
			below, err := t.manifests(base, full)
			if err != nil {
				return nil, err
			}
			resources = append(resources, below...)
		case path.Ext(name) == ".yaml" || path.Ext(name) == ".yml":
			resources = append(resources, relative)
		}
	}
	return resources, nil
}

func (t tree) hasKustomization(dir string) bool {
	return slices.ContainsFunc(konfig.RecognizedKustomizationFileNames(), func(name string) bool {
		return t.Exists(path.Join(dir, name))
	})
}

// clearEncryption makes an object that SOPS encrypted acceptable: Flux takes
// the field sops away, and a Secret's values, which only the cluster's key can
// open, stand for themselves.
func clearEncryption(object map[string]any) {
	if _, encrypted := object["sops"].(map[string]any); !encrypted {
		return
	}
	delete(object, "sops")
	data, ok := object["data"].(map[string]any)
	if !ok || text(object, "kind") != "Secret" {
		return
	}
	delete(object, "data")
	// The API server reads what Docker's credentials hold.
	if _, ok := data[".dockerconfigjson"]; ok && text(object, "type") == "kubernetes.io/dockerconfigjson" {
		data[".dockerconfigjson"] = `{"auths":{}}`
	}
	object["stringData"] = data
}

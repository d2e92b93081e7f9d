package fluxupdate

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/fluxcd/pkg/kustomize"
	securefs "github.com/fluxcd/pkg/kustomize/filesys"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// tree is a copy of a Flux repository and what Flux reads of it.
type tree struct {
	root string
	// objects are those of all clusters, before Helm renders anything.
	objects []unstructured.Unstructured
	// needed are the files, as slash separated paths below root, that the
	// builds read or that belong to a chart of the repository.
	needed map[string]bool
}

// load builds every cluster of the repository at source, in a copy of it,
// because Flux's own code writes into the tree that it builds.
func load(t *testing.T, source string) *tree {
	t.Helper()
	tr := &tree{root: copyOf(t, source), needed: map[string]bool{}}
	clusters, err := filepath.Glob(filepath.Join(tr.root, "clusters", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(clusters) == 0 {
		t.Fatalf("%s has no clusters/<name>", source)
	}
	for _, cluster := range clusters {
		if err := tr.cluster(path.Join("clusters", filepath.Base(cluster))); err != nil {
			t.Fatalf("%s: %v", source, err)
		}
	}
	if err := tr.charts(); err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return tr
}

// copyOf returns a copy of the regular files below source, without git's.
func copyOf(t *testing.T, source string) string {
	t.Helper()
	root := t.TempDir()
	err := filepath.WalkDir(source, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(source, file)
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(root, name), 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(root, name), data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// cluster builds an entry point and every Kustomization of this repository that
// it leads to.
func (tr *tree) cluster(entry string) error {
	start := unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": map[string]any{"name": entry, "namespace": "flux-system"},
		"spec":     map[string]any{"path": entry},
	}}
	seen := map[string]bool{path.Join("/", entry): true}
	for queue := []unstructured.Unstructured{start}; len(queue) > 0; queue = queue[1:] {
		objects, err := tr.build(queue[0])
		if err != nil {
			return fmt.Errorf("kustomization %q: %w", queue[0].GetName(), err)
		}
		for _, object := range objects {
			dir := path.Join("/", field(object, "spec", "path"))
			if object.GetKind() == "Kustomization" && fromThisRepository(object, "spec", "sourceRef") && !seen[dir] {
				seen[dir] = true
				queue = append(queue, object)
			}
		}
		tr.objects = append(tr.objects, objects...)
	}
	return nil
}

// build returns the objects of a Kustomization and notes the files that it
// took.
func (tr *tree) build(kustomization unstructured.Unstructured) ([]unstructured.Unstructured, error) {
	dir := filepath.Join(tr.root, filepath.FromSlash(path.Join("/", field(kustomization, "spec", "path"))))
	action, err := kustomize.NewGenerator(tr.root, kustomization).WriteFile(dir, kustomize.WithSaveOriginalKustomization())
	if err != nil {
		return nil, err
	}
	disk, err := securefs.MakeFsOnDiskSecure(tr.root)
	if err != nil {
		return nil, err
	}
	reads := recorder{disk, map[string]bool{}}
	resources, err := kustomize.Build(reads, dir)
	if err != nil {
		return nil, err
	}
	if err := kustomize.CleanDirectory(dir, action); err != nil {
		return nil, err
	}
	for file := range reads.files {
		name, err := filepath.Rel(tr.root, file)
		if err != nil {
			return nil, err
		}
		// A kustomization that Flux made up is gone again.
		if _, err := os.Stat(file); err == nil {
			tr.needed[filepath.ToSlash(name)] = true
		}
	}
	var objects []unstructured.Unstructured
	for _, resource := range resources.Resources() {
		fields, err := resource.Map()
		if err != nil {
			return nil, err
		}
		objects = append(objects, unstructured.Unstructured{Object: fields})
	}
	return objects, nil
}

// recorder notes the files that are read through it.
type recorder struct {
	filesys.FileSystem
	files map[string]bool
}

func (r recorder) ReadFile(file string) ([]byte, error) {
	data, err := r.FileSystem.ReadFile(file)
	if err == nil {
		r.files[file] = true
	}
	return data, err
}

// charts notes the files of the charts in this repository.
func (tr *tree) charts() error {
	for _, object := range tr.objects {
		if object.GetKind() != "HelmRelease" || !fromThisRepository(object, "spec", "chart", "spec", "sourceRef") {
			continue
		}
		chart := path.Join("/", field(object, "spec", "chart", "spec", "chart"))
		err := fs.WalkDir(os.DirFS(filepath.Join(tr.root, filepath.FromSlash(chart))), ".", func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				tr.needed[path.Join(chart, name)[1:]] = true
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("chart of HelmRelease %q: %w", object.GetName(), err)
		}
		files, _, err := unstructured.NestedStringSlice(object.Object, "spec", "chart", "spec", "valuesFiles")
		if err != nil {
			return err
		}
		for _, file := range files {
			tr.needed[path.Join("/", file)[1:]] = true
		}
	}
	return nil
}

// fromThisRepository says whether the reference at the given fields is to the
// source that Flux's bootstrap makes of the repository itself.
func fromThisRepository(object unstructured.Unstructured, fields ...string) bool {
	ref := func(name string) string { return field(object, append(fields[:len(fields):len(fields)], name)...) }
	namespace := ref("namespace")
	if namespace == "" {
		namespace = object.GetNamespace()
	}
	return ref("kind") == "GitRepository" && ref("name") == "flux-system" && namespace == "flux-system"
}

// find returns the objects of a kind.
func (tr *tree) find(kind string) []unstructured.Unstructured {
	var found []unstructured.Unstructured
	for _, object := range tr.objects {
		if object.GetKind() == kind {
			found = append(found, object)
		}
	}
	return found
}

// field returns the string at a path of fields, or "" if there is none.
func field(object unstructured.Unstructured, fields ...string) string {
	value, _, _ := unstructured.NestedString(object.Object, fields...)
	return value
}

package fluxkustomize

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/simulate"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// TestClouds compares every Kustomization of every cloud of this repository, or of the tree that LVSGEN_TREE names.
func TestClouds(t *testing.T) {
	roots := []string{"../..", "../expand/testdata/cloud"}
	for _, pattern := range []string{"../clouds/*", "../../examples/*"} {
		more, err := filepath.Glob(pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("%s: %d clouds, %v", pattern, len(more), err)
		}
		roots = append(roots, more...)
	}
	if tree := os.Getenv("LVSGEN_TREE"); tree != "" {
		roots = []string{tree}
	}
	for _, root := range roots {
		t.Run(filepath.Base(root), func(t *testing.T) { cloud(t, root) })
	}
}

func cloud(t *testing.T, source string) {
	root := t.TempDir()
	if err := os.CopyFS(root, regular{os.DirFS(source)}); err != nil {
		t.Fatal(err)
	}
	tree, err := checkout.Open(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	s, compared := simulate.New(tree), 0
	for _, e := range s.Entries() {
		for _, owner := range s.Run(e).Owners {
			if unit(owner) {
				compared++
				compare(t, root, owner)
			}
		}
	}
	if compared < 3 {
		t.Errorf("only %d Kustomizations were compared", compared)
	}
	t.Logf("%d Kustomizations", compared)
}

// unit tells whether an owner is a Kustomization whose folder is here and whose variables do not come from objects of the
// cluster, which Flux's library would have to be given.
func unit(owner *world.Owner) bool {
	return owner.Object != nil && owner.Object.Kind == "Kustomization" && owner.Opaque == ""
}

func compare(t *testing.T, root string, owner *world.Owner) {
	t.Helper()
	spec := plain(owner.Object.Value("spec")).(object)
	spec["path"] = owner.Path
	// What the cluster holds is not known to Flux's library without one; names of objects do not depend on it.
	delete(spec, "postBuild")
	delete(spec, "commonMetadata")
	want, err := byFlux(root, spec)
	if err != nil {
		t.Errorf("%s: Flux: %v", owner.ID(), err)
		return
	}
	got, expected := ids(fields(owner)), ids(want)
	if owner.Object.Map("spec", "postBuild") == nil && owner.Object.Map("spec", "commonMetadata") == nil && !sealed(want) {
		got, expected = texts(fields(owner)), texts(want)
	}
	if !slices.Equal(got, expected) {
		t.Errorf("%s\nlvsgen: %v\nFlux:   %v", owner.ID(), got, expected)
	}
}

// sealed tells whether SOPS encrypted an object: Flux decrypts it outside of the library.
func sealed(objects []object) bool {
	return slices.ContainsFunc(objects, func(o object) bool { return o["sops"] != nil })
}

// ids are the identities of objects whose names have no variable.
func ids(objects []object) []string {
	var out []string
	for _, o := range objects {
		w := world.New(o, nil)
		if id := w.APIVersion + " " + w.ID(); !strings.Contains(id, "$") {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// regular is a file system without links, git's own files and what was built.
type regular struct{ fs.FS }

// ReadDir leaves them out.
func (r regular) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(r.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() && !e.Type().IsRegular() || e.IsDir() && (e.Name() == ".git" || e.Name() == "bin")
	}), err
}

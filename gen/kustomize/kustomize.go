// Package kustomize builds what a Flux Kustomization applies from the repository, as kustomize-controller does: with a
// kustomization.yaml made for a folder that has none, with the changes that the Flux Kustomization asks for, and confined
// to the repository. Simple folders are put together here, which keeps the place of every object; all others are built
// by kustomize's own library.
package kustomize

import (
	"path"
	"slices"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// The rules of the findings of a build.
const (
	RuleMissingFile        = "missing-file"
	RuleKustomizationField = "kustomization-field"
	RulePatchTarget        = "patch-without-target"
	RuleBuild              = "kustomize-build"
)

// Spec is what a Flux Kustomization asks for.
type Spec struct {
	// Path is the folder inside the repository; "." is the root.
	Path            string
	TargetNamespace string
	NamePrefix      string
	NameSuffix      string
	Components      []string
	Patches         []types.Patch
	Images          []types.Image
	// Ignored tells which files of the repository the source leaves out; nil when all are there.
	Ignored func(name string) bool
}

func (s *Spec) plain() bool {
	return s.TargetNamespace == "" && s.NamePrefix == "" && s.NameSuffix == "" &&
		len(s.Components) == 0 && len(s.Patches) == 0 && len(s.Images) == 0
}

// Object is one object of a build.
type Object struct {
	Fields map[string]any
	// Doc is where it is written; nil for an object that a generator made.
	Doc *yamlfile.Document
	// At is the place of an object that a generator made.
	At diag.Position
	// Sources are the files that the texts of a generated object come from, by key.
	Sources map[string]string
}

// Result is what a folder builds to.
type Result struct {
	Objects []Object
	// Files are the files that the build read, sorted.
	Files []string
	// Findings are the reasons why Flux could not build it. Objects is then empty.
	Findings diag.Findings
	// Passed are findings of what kustomize passes over in silence: the build goes on without it.
	Passed diag.Findings
	// Remote are references to places outside of the repository: what they hold is not known.
	Remote []diag.Position
}

// Builder builds folders of one repository.
type Builder struct {
	tree *checkout.Tree
	docs *yamlfile.Cache
}

// New makes a Builder. Its docs are shared with whoever looks at the same files.
func New(tree *checkout.Tree, docs *yamlfile.Cache) *Builder {
	return &Builder{tree: tree, docs: docs}
}

// Files gives the files that a build of a folder reads, without building it.
func (b *Builder) Files(dir string) []string {
	w := walk{b: b, files: map[string]bool{}, ignored: func(string) bool { return false }}
	w.folder(dir, diag.Position{File: dir})
	return sortedKeys(w.files)
}

// Build builds the folder of spec. The folder must exist.
func (b *Builder) Build(spec *Spec) Result {
	w := walk{b: b, files: map[string]bool{}, simple: spec.plain(), ignored: spec.Ignored}
	if w.ignored == nil {
		w.ignored = func(string) bool { return false }
	}
	root := w.folder(spec.Path, diag.Position{File: spec.Path})
	for _, name := range spec.Components {
		if isRemote(name) {
			w.remote = append(w.remote, diag.Position{File: spec.Path})
		}
		if dir, ok := checkout.Clean(spec.Path, name); ok && b.tree.IsDir(dir) {
			root.below = append(root.below, w.folder(dir, diag.Position{File: dir}))
		}
	}
	if len(w.findings) == 0 && len(w.remote) == 0 {
		w.patches(spec, root)
		if w.simple {
			w.twice(root) // otherwise names and namespaces may still change
		} else {
			w.work(root)
		}
	}
	result := Result{Files: sortedKeys(w.files), Findings: w.findings, Passed: w.passed, Remote: w.remote}
	switch {
	case len(w.findings) > 0:
	case w.simple:
		result.Objects = root.objects()
	case len(w.remote) > 0:
		// kustomize would try to fetch it.
	default:
		result.Objects, result.Findings = b.library(spec, &w)
		if len(result.Findings) > 0 && w.absentFields(root, root.objects()) {
			result.Findings = w.findings // the cause, at its line
		}
	}
	return result
}

// Folder is one kustomization.yaml, or a folder without one, and what it is made of.
type folder struct {
	dir string
	// file is its kustomization file; "" when Flux makes one.
	file string
	doc  *yamlfile.Document
	spec types.Kustomization
	own  []Object
	// made are the objects of its generators.
	made  []Object
	below []*folder
}

func (f *folder) objects() []Object {
	var out []Object
	out = append(out, f.own...)
	for _, sub := range f.below {
		out = append(out, sub.objects()...)
	}
	return append(out, f.made...)
}

// kustomizationNames are the names that kustomize looks for (sigs.k8s.io/kustomize/api/konfig).
var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// IsKustomization tells whether a file's name makes it a kustomization file.
func IsKustomization(name string) bool { return slices.Contains(kustomizationNames, path.Base(name)) }

func (b *Builder) kustomizationFiles(dir string) []string {
	var out []string
	for _, name := range kustomizationNames {
		if file := path.Join(dir, name); b.tree.Has(file) {
			out = append(out, file)
		}
	}
	return out
}

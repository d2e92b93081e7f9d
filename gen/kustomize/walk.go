package kustomize

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// walk follows the references of kustomization files before anything is built, so that what is missing is reported at
// the line that names it.
type walk struct {
	b        *Builder
	files    map[string]bool
	findings diag.Findings
	// passed are about what kustomize passes over.
	passed diag.Findings
	remote []diag.Position
	// simple tells that only resources and plain generators were met.
	simple bool
	// empty tells that a manifest without content was met: somebody will fill it in, as Flux's bootstrap does.
	empty bool
	// ignored tells which files the source leaves out.
	ignored func(name string) bool
	// inside are the folders that are being followed: a folder that comes again is a cycle.
	inside []string
	// folders and documents count what was followed, each time again; full tells that it was too much.
	folders, documents int
	full               bool
}

func (w *walk) errorf(rule string, at diag.Position, format string, args ...any) *diag.Finding {
	w.findings = append(w.findings, diag.Errorf(rule, at, format, args...))
	return &w.findings[len(w.findings)-1]
}

func (w *walk) hint(f *diag.Finding, format string, args ...any) { *f = f.WithHint(format, args...) }

// folder follows one folder; from is the place that names it.
func (w *walk) folder(dir string, from diag.Position) *folder {
	f := &folder{dir: dir}
	if slices.Contains(w.inside, dir) {
		w.hint(w.errorf(RuleBuild, from, "folder %q includes itself", dir), "take one of the references out: %s", strings.Join(append(w.inside, dir), " -> "))
		return f
	}
	if w.folders++; w.folders > MaxFolders {
		w.tooMany(from, "folders", MaxFolders)
		return f
	}
	w.inside = append(w.inside, dir)
	defer func() { w.inside = w.inside[:len(w.inside)-1] }()

	switch files := w.b.kustomizationFiles(dir); len(files) {
	case 0:
		w.unlisted(f)
	case 1:
		f.file = files[0]
		w.listed(f)
	default:
		w.hint(w.errorf(RuleBuild, diag.Position{File: files[1]}, "folder %q has two kustomization files", dir), "delete one of them")
	}
	return f
}

// unlisted takes every manifest of a folder without a kustomization file, as Flux does: folders below that have one are
// included as they are, the others file by file.
func (w *walk) unlisted(f *folder) {
	var scan func(dir string)
	scan = func(dir string) {
		for _, name := range w.b.tree.Dir(dir) {
			full := path.Join(dir, name)
			switch {
			case w.b.tree.IsDir(full) && len(w.b.kustomizationFiles(full)) > 0:
				f.below = append(f.below, w.folder(full, diag.Position{File: full}))
			case w.b.tree.IsDir(full):
				scan(full)
			case (path.Ext(name) == ".yaml" || path.Ext(name) == ".yml") && !w.ignored(full):
				w.manifests(f, full)
			}
		}
	}
	scan(f.dir)
}

// manifests takes the objects of a file.
func (w *walk) manifests(f *folder, file string) {
	w.files[file] = true
	docs, findings := w.b.docs.Documents(file)
	w.findings = append(w.findings, findings...)
	if len(findings) > 0 {
		return
	}
	w.empty = w.empty || len(docs) == 0
	if w.documents += len(docs); w.documents > MaxDocuments {
		w.tooMany(diag.Position{File: file}, "objects", MaxDocuments)
		return
	}
	for _, doc := range docs {
		w.manifest(f, doc, doc.Value)
	}
}

func (w *walk) manifest(f *folder, doc *yamlfile.Document, value any) {
	fields, ok := value.(map[string]any)
	if !ok {
		w.hint(w.errorf("invalid-field", doc.Position(), "this is no Kubernetes object: it is not a mapping"), "take the file out of the list, or write an object")
		return
	}
	kind, _ := fields["kind"].(string)
	if items, list := fields["items"].([]any); list && strings.HasSuffix(kind, "List") {
		for _, item := range items {
			w.manifest(f, doc, item)
		}
		return
	}
	metadata, _ := fields["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	generateName, _ := metadata["generateName"].(string)
	switch {
	case kind == "":
		w.hint(w.errorf("invalid-field", doc.Position(), "this is no Kubernetes object: it has no kind"), "take the file out of the list, or write an object")
	case name == "" && generateName == "" && fields["apiVersion"] != "kustomize.config.k8s.io/v1beta1":
		w.hint(w.errorf("invalid-field", doc.Position("metadata"), "this %s has no metadata.name", kind), "give it a name")
	default:
		f.own = append(f.own, Object{Fields: fields, Doc: doc})
	}
}

// listed follows a kustomization file.
func (w *walk) listed(f *folder) {
	w.files[f.file] = true
	docs, findings := w.b.docs.Documents(f.file)
	w.findings = append(w.findings, findings...)
	if len(findings) > 0 {
		return
	}
	if len(docs) != 1 || docs[0].Fields() == nil {
		w.hint(w.errorf(RuleBuild, diag.Position{File: f.file}, "a kustomization file has one document, this has %d", len(docs)), "list the manifests under resources:")
		return
	}
	f.doc = docs[0]
	if !w.fields(f) {
		return
	}
	content, err := w.b.tree.Read(f.file)
	if err != nil {
		w.errorf(RuleBuild, diag.Position{File: f.file}, "the file cannot be read: %v", err)
		return
	}
	if err := f.spec.Unmarshal(bytes.Clone(content)); err != nil {
		w.refused(f, err)
		return
	}
	if err := f.spec.CheckEmpty(); err != nil && w.simple {
		w.hint(w.errorf(RuleKustomizationField, f.doc.Position(), "kustomize refuses a kustomization file that asks for nothing"), "list manifests under resources:, or write resources: [] for none")
		return
	}
	w.references(f)
	if w.simple {
		w.generate(f)
	}
}

// references checks every file and folder that the kustomization file names.
func (w *walk) references(f *folder) {
	first := map[string]diag.Position{}
	for _, field := range []string{"resources", "bases", "components"} {
		for i, ref := range texts(f.doc.Fields()[field]) {
			at := f.doc.Position(field, i)
			name, inside := checkout.Clean(f.dir, ref)
			if before, again := first[name]; again && inside && field != "components" && !isRemote(ref) && !w.empty {
				finding := w.errorf("two-owners", at, "%q is listed twice, and kustomize refuses what is in it the second time", ref)
				*finding = finding.WithRelated(before, "the first time").WithHint("take one of the lines out")
				continue
			}
			first[name] = at
			w.resource(f, field, ref, at)
		}
	}
	for _, field := range []string{"patchesStrategicMerge", "crds", "configurations", "transformers", "generators", "validators"} {
		for i, ref := range texts(f.doc.Fields()[field]) {
			if strings.Contains(ref, "\n") {
				w.plugin(parse(f.file, ref), f.doc.Position(field, i))
				continue
			}
			w.file(f, ref, f.doc.Position(field, i))
			if name, ok := checkout.Clean(f.dir, ref); ok && w.b.tree.Has(name) {
				docs, _ := w.b.docs.Documents(name)
				w.plugin(docs, f.doc.Position(field, i))
			}
		}
	}
	for _, field := range []string{"patches", "patchesJson6902", "replacements"} {
		for i, item := range list(f.doc.Fields()[field]) {
			if ref := text(item, "path"); ref != "" {
				w.file(f, ref, f.doc.Position(field, i, "path"))
			}
		}
	}
	for _, field := range []string{"configMapGenerator", "secretGenerator"} {
		for i, item := range list(f.doc.Fields()[field]) {
			w.generatorFiles(f, field, i, item)
		}
	}
	if ref := text(f.doc.Fields()["openapi"], "path"); ref != "" {
		w.file(f, ref, f.doc.Position("openapi", "path"))
	}
}

func (w *walk) generatorFiles(f *folder, field string, i int, item any) {
	m, _ := item.(map[string]any)
	for _, part := range []string{"files", "envs"} {
		for j, ref := range texts(m[part]) {
			if _, file, named := strings.Cut(ref, "="); named && part == "files" {
				ref = file
			}
			w.file(f, ref, f.doc.Position(field, i, part, j))
		}
	}
	if ref := text(item, "env"); ref != "" {
		w.file(f, ref, f.doc.Position(field, i, "env"))
	}
}

func (w *walk) resource(f *folder, field, ref string, at diag.Position) {
	if isRemote(ref) {
		w.remote = append(w.remote, at)
		w.simple = false
		return
	}
	name, ok := checkout.Clean(f.dir, ref)
	switch {
	case !ok:
		w.outside(ref, at)
	case w.b.tree.Has(name) && w.ignored(name):
		w.leftOut(ref, at)
	case w.b.tree.Has(name):
		w.manifests(f, name)
	case w.b.tree.IsDir(name) && len(w.b.kustomizationFiles(name)) == 0:
		w.hint(w.errorf(RuleMissingFile, at, "folder %q has no kustomization.yaml, so kustomize cannot include it", ref), "add one that lists its manifests, or list the files here")
	case w.b.tree.IsDir(name) && w.ignored(w.b.kustomizationFiles(name)[0]):
		w.leftOut(ref, at)
	case w.b.tree.IsDir(name):
		below := w.folder(name, at)
		f.below = append(f.below, below)
		w.kind(below, field, at)
	default:
		w.missing(f, ref, name, at)
	}
}

func (w *walk) file(f *folder, ref string, at diag.Position) {
	if isRemote(ref) {
		w.remote = append(w.remote, at)
		return
	}
	name, ok := checkout.Clean(f.dir, ref)
	switch {
	case !ok:
		w.outside(ref, at)
	case w.b.tree.Has(name) && w.ignored(name):
		w.leftOut(ref, at)
	case w.b.tree.Has(name):
		w.files[name] = true
	case w.b.tree.IsDir(name):
		w.simple = false // transformers and generators may be folders
		w.folder(name, at)
	default:
		w.missing(f, ref, name, at)
	}
}

func (w *walk) outside(ref string, at diag.Position) {
	w.hint(w.errorf(RuleMissingFile, at, "%q is outside of the repository, where Flux does not look", ref), "write a path inside the repository, relative to this file's folder")
}

func (w *walk) leftOut(ref string, at diag.Position) {
	w.hint(w.errorf(RuleMissingFile, at, "%q is in git, but the source that Flux reads leaves it out", ref), "look at spec.ignore of the GitRepository and at .sourceignore, or move the file to where they keep files")
}

func (w *walk) missing(f *folder, ref, name string, at diag.Position) {
	if why := w.b.tree.LeftOut(name); why != "" {
		w.hint(w.errorf(RuleMissingFile, at, "%q %s: Flux stops at it, and nothing of %q is applied", ref, why, f.dir), "put a file or folder there that git keeps and that can be read, or write the path of one")
		return
	}
	finding := w.errorf(RuleMissingFile, at, "%q does not exist: Flux stops at it, and nothing of %q is applied", ref, f.dir)
	if near := diag.Nearest(path.Base(name), w.b.tree.Dir(path.Dir(name))); near != "" {
		w.hint(finding, "did you mean %q? Otherwise take the line out", path.Join(path.Dir(ref), near))
		return
	}
	w.hint(finding, "take the line out, or bring the file back")
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func texts(v any) []string {
	var out []string
	for _, item := range list(v) {
		s, _ := item.(string)
		out = append(out, s)
	}
	return out
}

func text(v any, key string) string {
	m, _ := v.(map[string]any)
	s, _ := m[key].(string)
	return s
}

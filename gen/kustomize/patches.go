package kustomize

import (
	"path"
	"regexp"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// twice finds objects that one build holds twice: kustomize refuses them.
func (w *walk) twice(root *folder) {
	seen := map[[4]string]Object{}
	for _, o := range root.objects() {
		id := identity(o.Fields)
		if id[3] == "" {
			continue
		}
		first, again := seen[id]
		if !again {
			seen[id] = o
			continue
		}
		at, before := o.place(), first.place()
		f := w.errorf("two-owners", at, "%s %q is there twice in one build, which kustomize refuses", id[1], id[3])
		*f = f.WithRelated(before, "the first one").WithHint("remove one of them, or list its file once")
	}
}

func (o *Object) place() diag.Position {
	if o.Doc != nil {
		return o.Doc.Position("metadata", "name")
	}
	return o.At
}

// identity is what kustomize tells objects apart by: group, kind, namespace, name.
func identity(fields map[string]any) [4]string {
	version, _ := fields["apiVersion"].(string)
	group, _, found := strings.Cut(version, "/")
	if !found {
		group = ""
	}
	kind, _ := fields["kind"].(string)
	return [4]string{group, kind, text(fields["metadata"], "namespace"), text(fields["metadata"], "name")}
}

// patches finds patches that change nothing because their target is not in the build. kustomize refuses one without a
// target selector, and passes over one with a selector in silence.
func (w *walk) patches(spec *Spec, root *folder) {
	if w.empty {
		return
	}
	all := append(root.objects(), root.generated()...)
	w.folderPatches(root, all)
	for i := range spec.Patches {
		// The Flux Kustomization's own patches: their place is not in this folder; the simulation knows it.
		if target := spec.Patches[i].Target; target != nil && !matches(all, target) {
			w.simple = false
		}
	}
}

// generated names the objects of all generators, for patches that change those.
func (f *folder) generated() []Object {
	var out []Object
	for _, sub := range f.below {
		out = append(out, sub.generated()...)
	}
	if f.doc == nil {
		return out
	}
	for field, kind := range map[string]string{"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"} {
		for _, item := range list(f.doc.Fields()[field]) {
			out = append(out, Object{Fields: map[string]any{
				"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": text(item, "name"), "namespace": text(item, "namespace")},
			}})
		}
	}
	return out
}

func (w *walk) folderPatches(f *folder, all []Object) {
	for _, sub := range f.below {
		w.folderPatches(sub, all)
	}
	if f.doc == nil {
		return
	}
	for i, item := range list(f.doc.Fields()["patches"]) {
		w.patch(f, i, item, all)
	}
	for i, ref := range texts(f.doc.Fields()["patchesStrategicMerge"]) {
		if strings.Contains(ref, "\n") {
			w.merges(parse(f.file, ref), f.doc.Position("patchesStrategicMerge", i), all)
			continue
		}
		docs, _ := w.b.docs.Documents(path.Join(f.dir, ref))
		w.merges(docs, f.doc.Position("patchesStrategicMerge", i), all)
	}
	for i, item := range list(f.doc.Fields()["patchesJson6902"]) {
		m, _ := item.(map[string]any)
		w.selected(f, m["target"], all, "patchesJson6902", i, "target")
	}
}

func (w *walk) patch(f *folder, i int, item any, all []Object) {
	m, _ := item.(map[string]any)
	if target, ok := m["target"]; ok {
		w.selected(f, target, all, "patches", i, "target")
		return
	}
	if ref := text(item, "path"); ref != "" {
		docs, _ := w.b.docs.Documents(path.Join(f.dir, ref))
		w.merges(docs, f.doc.Position("patches", i, "path"), all)
		return
	}
	w.merges(parse(f.file, text(item, "patch")), f.doc.Position("patches", i, "patch"), all)
}

func parse(file, content string) []*yamlfile.Document {
	docs, _ := yamlfile.Parse(file, []byte(content))
	return docs
}

// merges checks patches that name their target themselves.
func (w *walk) merges(docs []*yamlfile.Document, at diag.Position, all []Object) {
	for _, doc := range docs {
		fields := doc.Fields()
		kind, _ := fields["kind"].(string)
		name := text(fields["metadata"], "name")
		if kind == "" || name == "" {
			continue // a list of JSON operations, or nothing that kustomize takes
		}
		if !matches(all, &types.Selector{ResId: resID(kind, name)}) {
			if doc.File != at.File {
				at = doc.Position("metadata", "name") // the patch has a file of its own
			}
			w.noTarget(at, kind, name, all)
		}
	}
}

func (w *walk) selected(f *folder, target any, all []Object, path ...any) {
	if f.doc.Fields()["kind"] == types.ComponentKind {
		return // it is written for many folders, and changes what they have
	}
	kind, name := text(target, "kind"), text(target, "name")
	selector := &types.Selector{
		ResId:              resID(kind, name),
		LabelSelector:      text(target, "labelSelector"),
		AnnotationSelector: text(target, "annotationSelector"),
	}
	selector.Namespace = text(target, "namespace")
	selector.Group, selector.Version = text(target, "group"), text(target, "version")
	if !matches(all, selector) {
		before := len(w.findings)
		w.noTarget(f.doc.Position(append(path, WrongPart(selector))...), kind, name, all)
		w.passed = append(w.passed, w.findings[before:]...)
		w.findings = w.findings[:before]
	}
}

func (w *walk) noTarget(at diag.Position, kind, name string, all []Object) {
	what := strings.TrimSpace(kind + " " + quoted(name))
	f := w.errorf(RulePatchTarget, at, "the patch has no target: the build holds no %s", what)
	var names []string
	for _, o := range all {
		if id := identity(o.Fields); id[1] == kind {
			names = append(names, id[3])
		}
	}
	if near := diag.Nearest(name, names); near != "" {
		w.hint(f, "did you mean %q?", near)
		return
	}
	w.hint(f, "name an object that this kustomization includes, or take the patch out")
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return `"` + s + `"`
}

// matches tells whether a selector, whose parts are anchored regular expressions, selects one of the objects. Selectors
// by label or annotation are taken to match: later steps may set those.
func matches(all []Object, s *types.Selector) bool {
	if s.LabelSelector != "" || s.AnnotationSelector != "" {
		return true
	}
	for _, o := range all {
		id := identity(o.Fields)
		if match(s.Kind, id[1]) && match(s.Name, id[3]) && match(s.Group, id[0]) && (s.Namespace == "" || id[2] == "" || match(s.Namespace, id[2])) {
			return true
		}
	}
	return false
}

func match(pattern, value string) bool {
	if pattern == "" || pattern == value {
		return true
	}
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	return err == nil && re.MatchString(value)
}

package kustomize

import (
	"path"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// absentFields finds the operation of a JSON patch that stops a build: one on a field that its target does not have. It is asked only about builds that failed, since an earlier patch may make the field.
func (w *walk) absentFields(f *folder, all []Object) bool {
	for _, sub := range f.below {
		if w.absentFields(sub, all) {
			return true
		}
	}
	if f.doc == nil {
		return false
	}
	for _, field := range []string{"patches", "patchesJson6902"} {
		for i, item := range list(f.doc.Fields()[field]) {
			if w.absentField(f, field, i, item, all) {
				return true
			}
		}
	}
	return false
}

func (w *walk) absentField(f *folder, field string, i int, item any, all []Object) bool {
	m, _ := item.(map[string]any)
	docs, inline := parse(f.file, text(item, "patch")), true
	if ref := text(item, "path"); ref != "" {
		docs, _ = w.b.docs.Documents(path.Join(f.dir, ref))
		inline = false
	}
	if m["target"] == nil || len(docs) != 1 {
		return false
	}
	target := &types.Selector{ResId: resID(text(m["target"], "kind"), text(m["target"], "name"))}
	for n, operation := range list(docs[0].Value) {
		verb, pointer := text(operation, "op"), text(operation, "path")
		needed := pointer
		switch verb {
		case "replace", "add": // kustomize makes the last part
			needed = path.Dir(pointer)
		case "remove", "test":
		default:
			continue
		}
		for _, o := range all {
			if matches([]Object{o}, target) && !has(o.Fields, needed) {
				at := place(f, docs[0], inline, n, field, i)
				w.hint(w.errorf(RulePatchTarget, at, "the patch wants to %s %q, which %s %q does not have: the build stops", verb, needed, text(o.Fields, "kind"), text(o.Fields["metadata"], "name")),
					"correct the path, or add what is above it first")
				return true
			}
		}
	}
	return false
}

// place is the line of the path of an operation, in the patch's file or in the text of the kustomization file.
func place(f *folder, doc *yamlfile.Document, inline bool, operation int, field string, i int) diag.Position {
	at := doc.Position(operation, "path")
	if inline {
		return f.doc.Inside(at.Line-1, field, i, "patch")
	}
	return at
}

// has tells whether an object has the field of a JSON pointer (RFC 6901).
func has(v any, pointer string) bool {
	if pointer = strings.TrimPrefix(pointer, "/"); pointer == "" {
		return true
	}
	for _, part := range strings.Split(pointer, "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch parent := v.(type) {
		case map[string]any:
			value, there := parent[part]
			if !there {
				return false
			}
			v = value
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(parent) {
				return false
			}
			v = parent[i]
		default:
			return false
		}
	}
	return true
}

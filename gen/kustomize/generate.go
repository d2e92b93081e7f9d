package kustomize

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// generate makes the ConfigMaps of a plain configMapGenerator: files and literals, with a name that carries no hash.
// Anything else is left to kustomize's library.
func (w *walk) generate(f *folder) {
	items := list(f.doc.Fields()["configMapGenerator"])
	if len(items) == 0 {
		return
	}
	options, _ := f.doc.Fields()["generatorOptions"].(map[string]any)
	if options["disableNameSuffixHash"] != true || !only(options, "disableNameSuffixHash", "labels", "annotations") {
		w.simple = false
		return
	}
	for i, item := range items {
		m, _ := item.(map[string]any)
		data, sources, ok := w.data(f, m)
		if !ok || !only(m, "name", "namespace", "files", "literals") {
			w.simple = false
			return
		}
		metadata := map[string]any{"name": text(item, "name")}
		if namespace := text(item, "namespace"); namespace != "" {
			metadata["namespace"] = namespace
		}
		for _, field := range []string{"labels", "annotations"} {
			if values, ok := options[field].(map[string]any); ok {
				metadata[field] = values
			}
		}
		f.made = append(f.made, Object{
			Fields: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data},
			At:     f.doc.Position("configMapGenerator", i, "name"), Sources: sources,
		})
	}
}

// data gives the content of a generated ConfigMap, with the files that it comes from; false when it is not plain.
func (w *walk) data(f *folder, item map[string]any) (map[string]any, map[string]string, bool) {
	data, sources := map[string]any{}, map[string]string{}
	for _, ref := range texts(item["files"]) {
		key, file, named := strings.Cut(ref, "=")
		if !named {
			key, file = path.Base(ref), ref
		}
		content, err := w.b.tree.Read(path.Join(f.dir, file))
		if err != nil || !utf8.Valid(content) {
			return nil, nil, false
		}
		data[key], sources[key] = string(content), path.Join(f.dir, file)
	}
	for _, literal := range texts(item["literals"]) {
		key, value, ok := strings.Cut(literal, "=")
		if !ok || strings.ContainsAny(value, `"'`) {
			return nil, nil, false // kustomize takes quotes away
		}
		data[key] = value
	}
	return data, sources, true
}

// only tells whether m has no keys but those.
func only(m map[string]any, keys ...string) bool {
	for key := range m {
		if !slices.Contains(keys, key) {
			return false
		}
	}
	return true
}

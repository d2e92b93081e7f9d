package conform

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// place finds the field of the object that an error is about.
func place(e *field.Error, object map[string]any) []any {
	return closer(pathIn(object, renamed(e.Field, object)), e, object)
}

// pathIn reads a path as Kubernetes writes it. What stands in brackets is an index where the object has a list.
func pathIn(object map[string]any, text string) []any {
	var path []any
	for text != "" {
		switch {
		case text[0] == '.':
			text = text[1:]
		case text[0] == '[':
			inside, rest, _ := strings.Cut(text[1:], "]")
			text = rest
			if n, err := strconv.Atoi(inside); err == nil && isList(valueAt(object, path)) {
				path = append(path, n)
			} else {
				path = append(path, inside)
			}
		default:
			end := strings.IndexAny(text, ".[")
			if end < 0 {
				end = len(text)
			}
			path = append(path, text[:end])
			text = text[end:]
		}
	}
	if len(path) == 1 && path[0] == "<nil>" {
		return nil
	}
	return path
}

func isList(v any) bool {
	_, ok := v.([]any)
	return ok
}

// renamed writes fields as objects have them, where Kubernetes' code names those of its internal types.
func renamed(path string, object map[string]any) string {
	path = claimSize.ReplaceAllString(path, "${1}resources.requests[storage]")
	path = strings.Replace(path, "spec.validation.openAPIV3Schema", "spec.versions[0].schema.openAPIV3Schema", 1)
	path = strings.Replace(path, "spec.LoadBalancerSourceRanges", "spec.loadBalancerSourceRanges", 1)
	path = strings.Replace(path, "template.labels", "template.metadata.labels", 1)
	if key, ok := strings.CutPrefix(path, "annotations."); ok {
		path = "metadata.annotations[" + key + "]"
	}
	if texts, ok := object["stringData"].(map[string]any); ok && strings.HasPrefix(path, "data[") {
		if key := strings.TrimSuffix(strings.TrimPrefix(path, "data["), "]"); texts[key] != nil {
			path = "stringData[" + key + "]" // which the API server moves to data
		}
	}
	if path == "spec.clusterIPs[0]" && valueAt(object, []any{"spec", "clusterIPs"}) == nil {
		path = "spec.clusterIP" // which the API server copies there
	}
	return path
}

var claimSize = regexp.MustCompile(`(^spec\.|\.spec\.)resources(\[storage\]|\.storage)$`)

// elsewhere are messages that are about another field than the one that Kubernetes names: a default has filled that one, or
// it is right and the other asks too much.
var elsewhere = []struct {
	text string
	at   func(path []any) []any
}{
	{"must match `containerPort` when `hostNetwork`", beside("containerPort")},
	{"must provide `dnsConfig` when `dnsPolicy`", beside("dnsPolicy")},
	{"when podFailurePolicy is specified", at("spec", "podFailurePolicy")},
	{"support scaling to zero replicas", at("spec", "minReplicas")},
	{"duplicate of key present in binaryData", func(path []any) []any { return []any{"binaryData", path[len(path)-1]} }},
}

func beside(name string) func([]any) []any {
	return func(path []any) []any { return append(slices.Clone(path[:len(path)-1]), name) }
}

func at(path ...any) func([]any) []any { return func([]any) []any { return slices.Clone(path) } }

// closer finds the part of a field that an error is about, where Kubernetes names something around or beside it.
func closer(path []any, e *field.Error, object map[string]any) []any {
	for _, other := range elsewhere {
		if moved := []any(nil); len(path) > 0 && strings.Contains(e.Detail, other.text) {
			if moved = other.at(path); valueAt(object, moved) != nil {
				return moved
			}
		}
	}
	path = indexed(path, e, object)
	switch value := valueAt(object, path).(type) {
	case map[string]any:
		switch {
		case strings.Contains(e.Detail, "`selector` does not match template `labels`"):
			return differing(object, path)
		case e.Type == field.ErrorTypeNotSupported, e.Type == field.ErrorTypeInvalid:
			return entry(path, value, e.BadValue)
		}
	case []any:
		if i := slices.IndexFunc(value, func(v any) bool { return v == fmt.Sprint(e.BadValue) }); i >= 0 {
			return append(slices.Clone(path), i)
		}
	}
	return path
}

// indexed adds the index of a list's entry where Kubernetes leaves it out: that of the first entry with the value.
func indexed(path []any, e *field.Error, object map[string]any) []any {
	for i := 1; i < len(path); i++ {
		list, ok := valueAt(object, path[:i]).([]any)
		if _, isIndex := path[i].(int); !ok || isIndex {
			continue
		}
		for n, v := range list {
			if value := valueAt(v, path[i:]); value != nil && value == fmt.Sprint(e.BadValue) {
				return slices.Concat(path[:i], []any{n}, path[i:])
			}
		}
	}
	return path
}

// differing is the label of the selector that the template lacks.
func differing(object map[string]any, labels []any) []any {
	wanted := []any{"spec", "selector", "matchLabels"}
	have, _ := valueAt(object, labels).(map[string]any)
	selector, _ := valueAt(object, wanted).(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(selector)) {
		if have[key] != selector[key] {
			return append(wanted, key)
		}
	}
	return wanted
}

// entry is the only entry of a mapping with a key or value that an error names.
func entry(path []any, m map[string]any, bad any) []any {
	text := fmt.Sprint(bad)
	var found []string
	for key, value := range m {
		if key == text || fmt.Sprint(value) == text {
			found = append(found, key)
		}
	}
	if len(found) == 1 {
		return append(slices.Clone(path), found[0])
	}
	return path
}

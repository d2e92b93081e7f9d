package conform

import (
	"maps"
	"slices"
	"strings"
)

// Kubernetes' extensions for lists whose entries are told apart by some of their fields (map), or by themselves (set).
const (
	listType = "x-kubernetes-list-type"
	listKeys = "x-kubernetes-list-map-keys"
)

// repeated finds entries of lists of a built-in kind that are there twice. Server-side apply, which merges entry by entry,
// refuses them; a plain update would take them. Of custom resources the code of their kinds judges it.
func (s *schemas) repeated(schema map[string]any, value any, path []any) []Problem {
	if reference, ok := schema["$ref"].(string); ok {
		schema = s.loaded[reference]
	}
	var problems []Problem
	switch v := value.(type) {
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		rest, _ := schema["additionalProperties"].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			inside, ok := properties[key].(map[string]any)
			if !ok {
				inside = rest
			}
			if inside != nil {
				problems = append(problems, s.repeated(inside, v[key], append(slices.Clone(path), key))...)
			}
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		seen := map[string]bool{}
		for i, entry := range v {
			at := append(slices.Clone(path), i)
			if identity, ok := s.identity(schema, items, entry); ok && seen[identity] {
				problems = append(problems, Problem{Sort: Contradictory, Path: at, Message: "an entry with " + identity + " is there already"})
			} else if ok {
				seen[identity] = true
			}
			problems = append(problems, s.repeated(items, entry, at)...)
		}
	}
	return problems
}

// identity is what tells an entry from the others of its list. There is none in lists that are taken whole, and none that
// is known when only the cluster knows a part of it.
func (s *schemas) identity(list, items map[string]any, entry any) (string, bool) {
	if reference, ok := items["$ref"].(string); ok {
		items = s.loaded[reference]
	}
	switch list[listType] {
	case "set":
		return "the value " + short(entry), !guessed(entry)
	case "map":
		keys, _ := list[listKeys].([]any)
		fields, _ := entry.(map[string]any)
		properties, _ := items["properties"].(map[string]any)
		var identity []string
		for _, key := range keys {
			name, _ := key.(string)
			value, ok := fields[name]
			if !ok {
				value = valueAt(properties, []any{name, "default"})
			}
			if value == nil || guessed(value) {
				return "", false
			}
			identity = append(identity, name+" "+short(value))
		}
		return strings.Join(identity, " and "), len(identity) > 0
	}
	return "", false
}

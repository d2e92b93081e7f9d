package unit

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// group gives the API group of an object; the core group is "".
func group(o model.Manifest) string {
	version, _ := o["apiVersion"].(string)
	before, _, found := strings.Cut(version, "/")
	if !found {
		return ""
	}
	return before
}

// variable is what Flux' postBuild substitution replaces; a dollar before it ("$${name}") protects it.
var variable = regexp.MustCompile(`\$?\$\{([A-Za-z_][A-Za-z0-9_]*)`)

// Mentions tells whether value, a part of a manifest, holds a ${key} of the secrets of s.
func Mentions(s *model.Service, value any) bool { return mentions(s, value) }

func mentionsAny(s *model.Service, files map[string][]model.Manifest) bool {
	for _, objects := range files {
		for _, o := range objects {
			if mentions(s, o) {
				return true
			}
		}
	}
	return false
}

func mentions(s *model.Service, value any) bool {
	if len(s.Secrets) == 0 {
		return false
	}
	switch v := value.(type) {
	case string:
		for _, match := range variable.FindAllStringSubmatch(v, -1) {
			if _, ok := s.Secrets[match[1]]; ok && !strings.HasPrefix(match[0], "$$") {
				return true
			}
		}
	case model.Manifest:
		return mentions(s, map[string]any(v))
	case map[string]any:
		for key, item := range v {
			if mentions(s, key) || mentions(s, item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return mentions(s, item) })
	}
	return false
}

// Package conform judges single objects as an API server does when Flux applies them: fields that the schema does not
// have, values that do not fit, the rules that custom resources bring in CEL, and Kubernetes' own validation of its kinds.
//
// An API server stops at the first stage that fails, and so does this package: what is misspelt is not judged further.
package conform

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/lvs-cloud/lvsgen/gen/apis"
)

// Sort says which kind of mistake a problem is.
type Sort int

// The sorts. A field is Unknown when the schema does not have it; Invalid when its value cannot be right, whatever else the
// object says; the object is Contradictory when its parts do not fit together.
const (
	Unknown Sort = iota
	Invalid
	Contradictory
)

// Problem is one reason for which an API server refuses an object.
type Problem struct {
	Sort Sort
	// Path are the keys (string) and indexes (int) of the field. It need not exist: of a field that is missing it is where
	// the field would be, for Contradictory, or what should hold it, for Invalid.
	Path []any
	// Message says what is wrong, with the value, without the field's name.
	Message string
	// Hint is the way out, "" when there is none to be known.
	Hint string
	// Either are fields one of which must go, when a rule over several fields is broken and taking one away would do.
	Either [][]any
}

// Field is the path as Kubernetes writes it: spec.containers[0].image.
func (p Problem) Field() string { return fieldPath(p.Path) }

func fieldPath(path []any) string {
	var b strings.Builder
	for _, part := range path {
		switch part := part.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", part)
		case string:
			switch {
			case strings.ContainsAny(part, "./ "):
				fmt.Fprintf(&b, "[%s]", part)
				continue
			case b.Len() > 0:
				b.WriteByte('.')
			}
			b.WriteString(part)
		}
	}
	return b.String()
}

// Targets are the releases that a cluster runs, by product of the catalog, such as "1.36" of kubernetes. A product that is
// not named runs in a release that is not known: then only what every known release refuses is a problem.
type Targets map[string]string

// Judge knows the schemas of a cluster. It may be used from several goroutines.
type Judge struct {
	catalog *apis.Catalog
	targets Targets
	schemas *schemas

	mu     sync.Mutex
	custom map[address]*custom
}

// New makes a judge for a cluster that runs targets and has some CustomResourceDefinitions of its own; these win over the
// catalog. CustomResourceDefinitions that are wrong themselves are left out.
func New(catalog *apis.Catalog, targets Targets, definitions []map[string]any) *Judge {
	j := &Judge{catalog: catalog, targets: targets, custom: map[address]*custom{}}
	j.schemas = newSchemas(catalog, definitions)
	return j
}

// Verdict is what is known of an object.
type Verdict struct {
	// Known tells that there is a schema of its kind.
	Known    bool
	Problems []Problem
}

// Judge gives the verdict on an object, whose fields are as JSON holds them. Texts with "${name}", and those that SOPS
// encrypted, stand for what only the cluster knows and are never wrong.
//
// What makes Kubernetes' code fail altogether says nothing about the object: of such a stage nothing is reported.
func (j *Judge) Judge(fields map[string]any) Verdict {
	apiVersion, _ := fields["apiVersion"].(string)
	kind, _ := fields["kind"].(string)
	addresses := j.addresses(apiVersion, kind)
	if len(addresses) == 0 {
		return Verdict{}
	}
	object, _ := decoded(fields, addresses[0].product == kubernetes).(map[string]any)
	if metadata, ok := object["metadata"].(map[string]any); ok {
		object["metadata"] = decoded(metadata, true)
	}
	if exported, _ := valueAt(object, []any{"metadata", "managedFields"}).([]any); len(exported) > 0 {
		return Verdict{Known: true, Problems: []Problem{{
			Sort: Invalid, Path: []any{"metadata", "managedFields"}, Message: "is the API server's own: what is applied must not have it", Hint: "take the field out",
		}}}
	}
	delete(object, "status") // nobody but a controller writes it, and what is applied of it is dropped
	var problems []Problem
	for i, at := range addresses {
		found := j.inRelease(at, object)
		if i == 0 {
			problems = found
		}
		if len(found) == 0 {
			return Verdict{Known: true}
		}
		problems = slices.DeleteFunc(problems, func(p Problem) bool {
			return !slices.ContainsFunc(found, func(other Problem) bool { return p.Sort == other.Sort && slices.Equal(p.Path, other.Path) })
		})
	}
	return Verdict{Known: true, Problems: problems}
}

// addresses are the schemas of a kind: one when the release is known, else one a release, the newest first.
func (j *Judge) addresses(apiVersion, kind string) []address {
	if at, ok := j.schemas.own(apiVersion, kind); ok {
		return []address{at}
	}
	var out []address
	for _, k := range j.catalog.Kinds(apiVersion, kind) {
		for _, release := range slices.Backward(k.Releases) {
			if target := j.targets[k.Product]; target != "" && target != release && slices.Contains(j.catalog.Releases(k.Product), target) {
				continue
			}
			at := address{product: k.Product, release: release, definition: k.Definition, namespaced: k.Namespaced}
			// A definition that is the same in several releases is judged once.
			if len(out) == 0 || out[len(out)-1].product != at.product || !j.schemas.same(out[len(out)-1], at) {
				out = append(out, at)
			}
		}
	}
	return out
}

func (j *Judge) inRelease(at address, object map[string]any) (problems []Problem) {
	defer func() {
		if recover() != nil {
			problems = nil
		}
	}()
	if problems := j.schemas.structure(at, object); len(problems) > 0 {
		return problems
	}
	if at.product == kubernetes {
		return builtIn(object)
	}
	if problems := j.customOf(at).judge(object); len(problems) > 0 {
		return problems
	}
	return webhook(object)
}

package simulate

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fluxcd/pkg/envsubst"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// The bounds of one cluster. Objects that bring objects may do so without end: a Kustomization whose variables make a new
// name for itself, a chart that renders a release of itself.
const (
	// MaxOwners is how many Kustomizations and releases are followed, MaxObjects how many objects.
	MaxOwners  = 10_000
	MaxObjects = 500_000
	// MaxBrought is how deep Kustomizations and releases bring each other.
	MaxBrought = 50
	// MaxSubstituted is what an object may grow to, in bytes of YAML: Kubernetes takes requests of up to 3 MiB
	// (k8s.io/apiserver, MaxRequestBodyBytes).
	MaxSubstituted = 3 << 20
	// maxExpressions is how deep variables may stand in the defaults of others; maxSubstitution what the operators on them
	// may cost, in bytes looked at.
	maxExpressions  = 100
	maxSubstitution = 1 << 30
)

const ruleLoop = "kustomize-build"

// bounded tells whether one more owner may be followed; otherwise it says so, once.
func (s *simulation) bounded() bool {
	if len(s.world.Owners) < MaxOwners && len(s.world.Objects) < MaxObjects {
		return true
	}
	if !s.full {
		s.full = true
		s.add(diag.Errorf(ruleLoop, diag.Position{File: s.world.Entry}, "the cluster of %q has more than %d Kustomizations and releases, or %d objects: the rest is not followed", s.world.Entry, MaxOwners, MaxObjects).
			WithHint("look for Kustomizations or charts that bring more of themselves"), nil)
	}
	return false
}

// tooDeep reports a Kustomization or release that is brought by others without end.
func (s *simulation) tooDeep(o *world.Object) bool {
	depth := 0
	for at := o; at != nil && at.Owner != nil && depth <= MaxBrought; at = at.Owner.Object {
		if at.Owner.Object == at {
			break
		}
		depth++
	}
	if depth <= MaxBrought {
		return false
	}
	s.add(diag.Errorf(ruleLoop, o.Position("metadata", "name"), "%s is brought by others more than %d deep: it is not followed", o.ID(), MaxBrought).
		WithHint("look for a Kustomization or chart that makes another one of itself, under a new name each time"), o)
	s.world.Owners = append(s.world.Owners, &world.Owner{Object: o, Opaque: "it is not followed", Broken: true})
	return true
}

// operator is an expression that does more than put a variable in.
var operator = regexp.MustCompile(`\$\{[^}]*[#%/][^}]*`)

// evaluate is envsubst.Eval within the bounds. The library panics at offsets that are too large, which is an error here.
func evaluate(text string, mapping func(string) (string, bool)) (out string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it holds an expression that cannot be computed: %v", r)
		}
	}()
	depth := 0
	for i := range len(text) {
		switch {
		case text[i] == '}' && depth > 0:
			depth--
		case strings.HasPrefix(text[i:], "${"):
			if depth++; depth > maxExpressions {
				return "", fmt.Errorf("its expressions stand in each other more than %d deep", maxExpressions)
			}
		}
	}
	longest := 0
	for _, m := range operator.FindAllString(text, -1) {
		longest = max(longest, len(m))
	}
	size, cost := len(text), 0
	var over error
	out, err = envsubst.Eval(text, func(name string) (string, bool) {
		value, ok := mapping(name)
		size += len(value)
		if longest > 0 {
			cost += len(value) * (len(value) + longest)
		}
		if over == nil && (size > MaxSubstituted || cost > maxSubstitution) {
			over = fmt.Errorf("it becomes larger than %d MiB, which Kubernetes does not take", MaxSubstituted>>20)
		}
		if over != nil {
			return "", ok
		}
		longest = max(longest, len(value)*min(longest, 1))
		return value, ok
	})
	switch {
	case over != nil:
		return "", over
	case err == nil && len(out) > MaxSubstituted:
		return "", fmt.Errorf("it becomes larger than %d MiB, which Kubernetes does not take", MaxSubstituted>>20)
	}
	return out, err
}

// Package imagepolicy decides as Flux's image-reflector-controller does which tag of an image a policy takes: filterTags,
// then semver, numerical or alphabetical order.
package imagepolicy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Policy is the spec of an ImagePolicy.
type Policy struct {
	// Pattern and Extract are filterTags; Pattern is "" without a filter.
	Pattern, Extract string
	// Range is the range of a semver policy.
	Range string
	// Order is "asc" or "desc" for the others.
	Order string
	// Kind is "semver", "numerical" or "alphabetical"; "" when the policy names none.
	Kind string

	pattern    *regexp.Regexp
	constraint *semver.Constraints
}

// Problem is what keeps a policy from ever being ready.
type Problem struct {
	// Path is the field below spec.
	Path    []any
	Message string
}

// Read takes the spec of an ImagePolicy.
func Read(spec map[string]any) (*Policy, []Problem) {
	p := &Policy{}
	filter, _ := spec["filterTags"].(map[string]any)
	p.Pattern, _ = filter["pattern"].(string)
	p.Extract, _ = filter["extract"].(string)
	problems := p.filter()
	choice, _ := spec["policy"].(map[string]any)
	for _, kind := range []string{"semver", "numerical", "alphabetical"} {
		fields, ok := choice[kind].(map[string]any)
		if !ok {
			continue
		}
		p.Kind = kind
		p.Range, _ = fields["range"].(string)
		p.Order, _ = fields["order"].(string)
		break
	}
	if p.Kind != "semver" {
		return p, problems
	}
	constraint, err := semver.NewConstraint(p.Range)
	switch {
	case err != nil:
		problems = append(problems, Problem{[]any{"policy", "semver", "range"}, fmt.Sprintf("range %q cannot be read: %v", p.Range, err)})
	case !satisfiable(p.Range, constraint):
		problems = append(problems, Problem{[]any{"policy", "semver", "range"}, fmt.Sprintf("no version is in the range %q", p.Range)})
	}
	p.constraint = constraint
	return p, problems
}

var group = regexp.MustCompile(`\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))`)

func (p *Policy) filter() []Problem {
	if p.Pattern == "" {
		return nil
	}
	pattern, err := regexp.Compile(p.Pattern)
	if err != nil {
		return []Problem{{[]any{"filterTags", "pattern"}, fmt.Sprintf("pattern %q does not compile: %v", p.Pattern, err)}}
	}
	p.pattern = pattern
	for _, m := range group.FindAllStringSubmatch(p.Extract, -1) {
		if name := m[1] + m[2]; !slices.Contains(pattern.SubexpNames(), name) {
			return []Problem{{[]any{"filterTags", "extract"}, fmt.Sprintf("extract %q names the group %q, which the pattern does not have", p.Extract, name)}}
		}
	}
	return nil
}

var number = regexp.MustCompile(`\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?`)

// satisfiable tries the versions that a range names, and those around them.
func satisfiable(text string, c *semver.Constraints) bool {
	try := []string{"0.0.0", "0.0.1", "0.1.0", "1.0.0", "999999.0.0"}
	for _, found := range number.FindAllString(text, -1) {
		v, err := semver.NewVersion(found)
		if err != nil {
			return true // not for this check to judge
		}
		plain := semver.New(v.Major(), v.Minor(), v.Patch(), "", "")
		for _, next := range []semver.Version{*v, *plain, plain.IncPatch(), plain.IncMinor(), plain.IncMajor()} {
			try = append(try, next.String(), next.String()+"-0")
		}
		if v.Patch() > 0 {
			try = append(try, semver.New(v.Major(), v.Minor(), v.Patch()-1, "", "").String())
		}
		if v.Minor() > 0 {
			try = append(try, semver.New(v.Major(), v.Minor()-1, 999999, "", "").String())
		}
		if v.Major() > 0 {
			try = append(try, semver.New(v.Major()-1, 999999, 999999, "", "").String())
		}
	}
	return slices.ContainsFunc(try, func(text string) bool {
		v, err := semver.NewVersion(text)
		return err == nil && c.Check(v)
	})
}

// Verdict is what a policy makes of one tag.
type Verdict struct {
	Tag string
	// Value is what is compared: the tag, or what filterTags extracts of it.
	Value string
	// Taken tells whether the policy may choose it; Filtered that filterTags left it out.
	Taken, Filtered bool
	// Reason says why it is not taken.
	Reason string
	// Fails tells that the tag stops the whole policy.
	Fails bool

	version *semver.Version
	number  float64
}

// Judge says whether the policy may choose a tag.
func (p *Policy) Judge(tag string) Verdict {
	v := Verdict{Tag: tag, Value: tag}
	if p.pattern != nil {
		at := p.pattern.FindStringSubmatchIndex(tag)
		if at == nil {
			v.Filtered, v.Reason = true, fmt.Sprintf("it does not match the pattern %s", p.Pattern)
			return v
		}
		if p.Extract != "" {
			v.Value = string(p.pattern.ExpandString(nil, p.Extract, tag, at))
		}
	}
	switch p.Kind {
	case "semver":
		p.version(&v)
	case "numerical":
		number, err := strconv.ParseFloat(v.Value, 64)
		if err != nil {
			v.Fails, v.Reason = true, fmt.Sprintf("%q is no number, at which the whole policy stops", v.Value)
			return v
		}
		v.Taken, v.number = true, number
	case "alphabetical":
		v.Taken = true
	default:
		v.Reason = "the policy names no order"
	}
	return v
}

func (p *Policy) version(v *Verdict) {
	version, err := semver.NewVersion(v.Value)
	core, _, _ := strings.Cut(v.Value, "-")
	core, _, _ = strings.Cut(core, "+")
	switch {
	case err != nil || strings.Count(core, ".") != 2:
		v.Reason = fmt.Sprintf("%q is no version of three numbers", v.Value)
	case p.constraint == nil:
		v.Reason = fmt.Sprintf("the range %q cannot be read", p.Range)
	case p.constraint.Check(version):
		v.Taken, v.version = true, version
	default:
		v.Reason = fmt.Sprintf("it is not in the range %s", p.Range)
		if plain, err := version.SetPrerelease(""); version.Prerelease() != "" && err == nil && p.constraint.Check(&plain) {
			v.Reason = fmt.Sprintf("%q makes it a pre-release, which the range %s does not take", "-"+version.Prerelease(), p.Range)
		}
	}
}

// Choose gives the verdict on every tag, and the tag that the policy takes; "" when it takes none.
func (p *Policy) Choose(tags []string) (string, []Verdict) {
	var verdicts []Verdict
	var best *Verdict
	failed := false
	for _, tag := range tags {
		verdicts = append(verdicts, p.Judge(tag))
	}
	for i := range verdicts {
		v := &verdicts[i]
		failed = failed || v.Fails
		if v.Taken && (best == nil || p.better(v, best)) {
			best = v
		}
	}
	if best == nil || failed {
		return "", verdicts
	}
	return best.Tag, verdicts
}

// better tells whether v comes before the best so far. Ascending order takes the last of all.
func (p *Policy) better(v, best *Verdict) bool {
	switch p.Kind {
	case "semver":
		return v.version.GreaterThan(best.version)
	case "numerical":
		if p.Order == "desc" {
			return v.number < best.number
		}
		return v.number > best.number
	}
	if p.Order == "desc" {
		return v.Value < best.Value
	}
	return v.Value > best.Value
}

// Package lint judges the clusters of a repository by rules. A rule is a value: its documentation and one pure function.
// Rules read only the repository and the worlds that the simulation made of it; an error of a rule is never a finding.
package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/conflict"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Rule is one way in which a repository can be wrong.
type Rule struct {
	// Name is kebab-case: what people write to suppress it.
	Name string
	// Group is the number of the rule's group, a key of Groups.
	Group int
	// Severities are those that its findings have, worst first.
	Severities []diag.Severity
	// Title says in one line what is wrong; Why, in a paragraph, what happens in the cluster.
	Title, Why string
	// Bad and Good are small repositories as txtar archives. A comment "# want: RULE" marks the line of a finding in Bad;
	// Good has none.
	Bad, Good string
	// Check reports what it finds. It is nil for a rule whose findings the simulation makes, since it cannot go on.
	Check func(*Pass)
}

// GroupName is the name of its group.
func (r *Rule) GroupName() string { return Groups[r.Group] }

// SeverityNames are its severities as they are written.
func (r *Rule) SeverityNames() []string {
	var out []string
	for _, s := range r.Severities {
		out = append(out, string(s))
	}
	return out
}

// Groups are the names of the groups of rules.
var Groups = map[int]string{
	1: "reads", 2: "schemas", 3: "wiring", 4: "order", 5: "image automation", 6: "charts", 7: "configuration", 8: "capacity",
	9: "secrets", 10: "infrastructure", 11: "workflows", 12: "observability", 13: "backups", 14: "changes",
	Suppression: "suppression",
}

// schemas is the group of the rules that judge objects as the API server does.
const schemas = 2

// Suppression is the group of the rules about what people write to suppress findings. It comes after those that judge
// the cloud.
const Suppression = 15

// Targets are minor releases such as "1.36"; "" when the repository does not say.
type Targets struct{ Kubernetes, Flux string }

// Repository is what rules look at.
type Repository struct {
	Tree *checkout.Tree
	Docs *yamlfile.Cache
	// Worlds are the clusters by entry point.
	Worlds []*world.World
	// Targets are the releases that the repository is judged for.
	Targets Targets
	// Definitions are CustomResourceDefinitions that people bring for the kinds of others.
	Definitions []map[string]any
	// Partial tells that the repository has clusters that were not asked for.
	Partial bool

	computed map[any]any
}

// Compute gives what make makes for a key, such as a world, once in a run: several rules share it. The key's type belongs
// to the caller.
func Compute[K comparable, V any](p *Pass, key K, make func(K) V) V {
	if p.computed == nil {
		p.computed = map[any]any{}
	}
	if v, ok := p.computed[key].(V); ok {
		return v
	}
	v := make(key)
	p.computed[key] = v
	return v
}

// embedded is the key of a text inside an object.
type embedded string

// parsed is what came of it.
type parsed struct {
	docs     []*yamlfile.Document
	findings diag.Findings
}

// Parsed reads the YAML of a text inside an object, once in a run. Its positions count from the text's first line.
func Parsed(p *Pass, text string) ([]*yamlfile.Document, diag.Findings) {
	got := Compute(p, embedded(text), func(embedded) parsed {
		docs, findings := yamlfile.Parse("", []byte(text))
		return parsed{docs, findings}
	})
	return got.docs, got.findings
}

// Pass is one run of one rule.
type Pass struct {
	*Repository
	rule     *Rule
	findings *diag.Findings
}

// Errorf reports what will surely be refused or silently ignored; about may be nil.
func (p *Pass) Errorf(at diag.Position, about *world.Object, format string, args ...any) *Report {
	return p.report(diag.Error, at, about, format, args...)
}

// Missing is how the absence of an object is told. One that somebody may make whose objects are not known is a warning,
// although a name that is nearly the same makes a slip likely.
func (p *Pass) Missing(answer world.Answer) func(at diag.Position, about *world.Object, format string, args ...any) *Report {
	if answer == world.Unknown {
		return p.Warnf
	}
	return p.Errorf
}

// Warnf reports what goes wrong at first, or probably.
func (p *Pass) Warnf(at diag.Position, about *world.Object, format string, args ...any) *Report {
	return p.report(diag.Warning, at, about, format, args...)
}

// Infof reports what cannot be known here.
func (p *Pass) Infof(at diag.Position, about *world.Object, format string, args ...any) *Report {
	return p.report(diag.Info, at, about, format, args...)
}

// Report is a finding that can be given a hint and further places.
type Report struct {
	findings *diag.Findings
	index    int
}

// Hint says the way out.
func (r *Report) Hint(format string, args ...any) *Report {
	(*r.findings)[r.index].Hint = fmt.Sprintf(format, args...)
	return r
}

// See names another place that explains the finding.
func (r *Report) See(at diag.Position, format string, args ...any) *Report {
	(*r.findings)[r.index] = (*r.findings)[r.index].WithRelated(at, format, args...)
	return r
}

func (p *Pass) report(severity diag.Severity, at diag.Position, about *world.Object, format string, args ...any) *Report {
	f := diag.Finding{Rule: p.rule.Name, Severity: severity, Position: at, Message: fmt.Sprintf(format, args...)}
	if about != nil {
		f.Object = about.Ref()
		if about.Owner.Encloses(f.Position.File) && p.rule.Group != schemas {
			// What does not come from the values of the release is the business of the chart's people, who have tried it.
			return &Report{findings: &diag.Findings{f}}
		}
		f = about.Owner.Outside(f)
	}
	*p.findings = append(*p.findings, f)
	return &Report{findings: p.findings, index: len(*p.findings) - 1}
}

// Run gives the findings of the simulation and of all rules, sorted. A rule that panics is a mistake of lvsgen: the error
// names it.
func Run(repo *Repository, rules []*Rule) (findings diag.Findings, err error) {
	for _, w := range repo.Worlds {
		findings = append(findings, w.Findings...)
	}
	for _, rule := range rules {
		if rule.Check == nil {
			continue
		}
		if err := run(repo, rule, &findings); err != nil {
			return findings, err
		}
	}
	return once(unsolved(findings).Sorted()), nil
}

// unsolved leaves out what else is said about files with conflict markers: it follows from them, or is not true of either
// side.
func unsolved(findings diag.Findings) diag.Findings {
	files := map[string]bool{}
	for _, f := range findings {
		if f.Rule == conflict.Rule {
			files[f.File] = true
		}
	}
	return slices.DeleteFunc(findings, func(f diag.Finding) bool { return files[f.File] && f.Rule != conflict.Rule })
}

// once leaves out what is said twice: clusters share files.
func once(findings diag.Findings) diag.Findings {
	return slices.CompactFunc(findings, func(a, b diag.Finding) bool {
		return a.Rule == b.Rule && a.Position == b.Position && a.Message == b.Message
	})
}

func run(repo *Repository, rule *Rule, findings *diag.Findings) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("rule %s: %v", rule.Name, r)
		}
	}()
	rule.Check(&Pass{Repository: repo, rule: rule, findings: findings})
	return nil
}

// Validate gives what is missing in the documentation of rules.
func Validate(rules []*Rule) error {
	var problems []string
	for i, r := range rules {
		switch {
		case r.Name == "" || strings.ToLower(r.Name) != r.Name:
			problems = append(problems, fmt.Sprintf("rule %d has no kebab-case name", i))
		case slices.ContainsFunc(rules[:i], func(other *Rule) bool { return other.Name == r.Name }):
			problems = append(problems, "two rules are named "+r.Name)
		case r.Title == "" || r.Why == "" || Groups[r.Group] == "":
			problems = append(problems, r.Name+" lacks its title, its reason or its group")
		case len(r.Severities) == 0 || slices.Contains(r.Severities, "") || !slices.IsSortedFunc(r.Severities, diag.Severity.Compare):
			problems = append(problems, r.Name+" does not say its severities, worst first")
		case r.Bad == "" || r.Good == "":
			problems = append(problems, r.Name+" lacks an example")
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s", strings.Join(problems, "; "))
	}
	return nil
}

// Package imagerange is the rule image-range.
package imagerange

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds ranges that the tag in the file is not in, and ranges that nothing is in.
var Rule = &lint.Rule{
	Name:       "image-range",
	Group:      5,
	Severities: []diag.Severity{diag.Error},
	Title:      "The tag in a file is outside of its policy's range",
	Why:        "Flux never takes such a tag, or writes an older one over it. A suffix such as 1.0.7-abc is a pre-release, which a range takes only when it names one itself. A range that no version is in, or that cannot be read, never selects an image.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	ix := images.Of(p)
	for _, w := range p.Worlds {
		for _, o := range w.Kind(images.Group, "ImagePolicy") {
			policy := ix.Policies[o.Namespace+":"+o.Name]
			for _, problem := range policy.Problems {
				if policy.Object == o && problem.Path[0] == "policy" {
					p.Errorf(o.Position(append([]any{"spec"}, problem.Path...)...), o, "%s: %s is never ready", problem.Message, o.ID()).
						Hint("a range is such as '>=1.0.0' or '1.x'")
				}
			}
		}
	}
	for i := range ix.Marks {
		m := &ix.Marks[i]
		policy, tag := ix.Policies[m.Policy], m.Tag()
		if policy == nil || tag == "" || world.Guessed(tag) || len(policy.Problems) > 0 || m.Key == "repository" || !m.Marker.IsString {
			continue
		}
		if v := policy.Judge(tag); !v.Taken && !v.Filtered && policy.Kind == "semver" {
			p.Errorf(m.At(), policy.Object, "policy %q never takes the tag %q: %s", m.Policy, tag, v.Reason).
				Hint("change the tag or the range; lvsgen image test shows what a policy takes").
				See(policy.Object.Position("spec", "policy", "semver", "range"), "the range %q", policy.Range)
		}
	}
}

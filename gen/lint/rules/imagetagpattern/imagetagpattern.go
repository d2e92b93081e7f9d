// Package imagetagpattern is the rule image-tag-pattern.
package imagetagpattern

import (
	_ "embed"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds filters that do not work, and workflows that push tags which no policy takes.
var Rule = &lint.Rule{
	Name:       "image-tag-pattern",
	Group:      5,
	Severities: []diag.Severity{diag.Error},
	Title:      "A policy does not take the tags that are pushed",
	Why:        "The policy filters or orders tags by a form that they do not have: the build is green, and the image is never deployed. Tags that only the running workflow knows are not judged.",
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
			if policy := ix.Policies[o.Namespace+":"+o.Name]; policy.Object == o {
				filter(p, ix, policy)
			}
		}
	}
	pushed := map[string][]images.Push{}
	var order []string
	for _, push := range ix.Pushes {
		if len(pushed[push.Image]) == 0 {
			order = append(order, push.Image)
		}
		pushed[push.Image] = append(pushed[push.Image], push)
	}
	for _, image := range order {
		refused(p, ix, pushed[image])
	}
}

// filter judges filterTags by itself, and by the tags in the files.
func filter(p *lint.Pass, ix *images.Index, policy *images.Policy) {
	o := policy.Object
	for _, problem := range policy.Problems {
		if problem.Path[0] == "filterTags" {
			p.Errorf(o.Position(append([]any{"spec"}, problem.Path...)...), o, "%s: %s takes no tag", problem.Message, o.ID()).
				Hint("patterns are Go's regular expressions, and extract names a group of it: (?P<name>...) and $name")
			return
		}
	}
	for i := range ix.Marks {
		m := &ix.Marks[i]
		tag := m.Tag()
		if m.Policy != o.Namespace+":"+o.Name || !strings.ContainsAny(tag, "0123456789") || world.Guessed(tag) {
			continue // a word such as "latest" only holds the place until Flux writes the first tag
		}
		if v := policy.Judge(tag); v.Filtered || v.Fails {
			p.Errorf(o.Position("spec", "filterTags", "pattern"), o, "%s does not take the tag %q that it is to raise: %s", o.ID(), tag, v.Reason).
				Hint("compare the pattern with the tags that are pushed").See(m.At(), "the tag")
			return
		}
	}
}

// refused finds an image of which no tag that is pushed is taken.
func refused(p *lint.Pass, ix *images.Index, pushes []images.Push) {
	var reason string
	var about *images.Policy
	for _, push := range pushes {
		if push.Sample == "" {
			return
		}
		for _, policy := range ix.Policies {
			if policy.Image != push.Image {
				continue
			}
			v := policy.Judge(push.Sample)
			if v.Taken || len(policy.Problems) > 0 {
				return
			}
			if about == nil || policy.Object.ID() < about.Object.ID() {
				about, reason = policy, v.Reason
			}
		}
	}
	if about == nil {
		return
	}
	at := diag.Position{File: pushes[0].At.File, Line: pushes[0].At.Line}
	p.Errorf(at, about.Object, "the workflow pushes %s:%s, which %s never takes: %s", pushes[0].Image, pushes[0].Tag, about.Object.ID(), reason).
		Hint("push tags of the form that the policy takes; lvsgen image test tries one").
		See(about.Object.Position("spec", "policy"), "%s", about.Object.ID())
}

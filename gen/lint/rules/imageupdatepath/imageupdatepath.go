// Package imageupdatepath is the rule image-update-path.
package imageupdatepath

import (
	_ "embed"
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds marked files that no automation writes to, and automations that write nothing.
var Rule = &lint.Rule{
	Name:       "image-update-path",
	Group:      5,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "No ImageUpdateAutomation writes a marked file",
	Why:        "Policies see new images and nobody writes their tags: the automation is missing, looks into another folder, selects other policies, or pushes to a branch that Flux does not read. It reports no fault.",
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
	if len(ix.Automations) == 0 && !ix.Open {
		for i := range ix.Marks {
			if m := &ix.Marks[i]; m.Marker != nil && ix.Policies[m.Policy] != nil {
				p.Errorf(m.At(), nil, "no ImageUpdateAutomation is applied, so nobody writes the tags of any marker").
					Hint("add one to a kustomization.yaml that Flux applies")
				return
			}
		}
		return
	}
	broken := false
	for _, o := range ix.Automations {
		broken = automation(p, ix, o) || broken
	}
	for i := range ix.Marks {
		m := &ix.Marks[i]
		if m.Marker == nil || ix.Policies[m.Policy] == nil || broken || ix.Open || covered(ix, m) {
			continue
		}
		r := p.Errorf(m.At(), nil, "the file is outside of what the ImageUpdateAutomation writes to, so its tag is never raised")
		if len(ix.Automations) > 0 {
			o := ix.Automations[0]
			r.Hint("widen spec.update.path, or add an automation for this folder").See(o.Position("spec", "update", "path"), "%s writes to %q", o.ID(), o.Text("spec", "update", "path"))
		}
	}
}

func folder(o *world.Object) string {
	return path.Clean(strings.TrimPrefix(o.Text("spec", "update", "path"), "/"))
}

func covered(ix *images.Index, m *images.Mark) bool {
	for _, o := range ix.Automations {
		dir := folder(o)
		namespace, _, _ := strings.Cut(m.Policy, ":")
		if namespace == o.Namespace && (dir == "." || strings.HasPrefix(m.File, dir+"/")) {
			return true
		}
	}
	return false
}

// automation judges one automation by itself; true when it writes nothing at all.
func automation(p *lint.Pass, ix *images.Index, o *world.Object) bool {
	dir := folder(o)
	if !p.Tree.IsDir(dir) {
		p.Errorf(o.Position("spec", "update", "path"), o, "folder %q does not exist, so %s writes nothing", o.Text("spec", "update", "path"), o.ID()).
			Hint("write the path from the repository's root")
		return true
	}
	if o.Map("spec", "policySelector") != nil && !ix.Open && !selects(ix, o) {
		p.Errorf(o.Position("spec", "policySelector"), o, "no ImagePolicy in namespace %q has the labels that %s selects, so it writes nothing", o.Namespace, o.ID()).
			Hint("label the policies, or take the selector away")
		return true
	}
	branch(p, o)
	return false
}

func selects(ix *images.Index, o *world.Object) bool {
	if len(o.List("spec", "policySelector", "matchExpressions")) > 0 {
		return true
	}
	for _, policy := range ix.Policies {
		all := policy.Object.Namespace == o.Namespace
		for key, value := range o.Map("spec", "policySelector", "matchLabels") {
			all = all && policy.Object.Value("metadata", "labels", key) == value
		}
		if all {
			return true
		}
	}
	return false
}

// branch finds a push to a branch that Flux does not read and no workflow names.
func branch(p *lint.Pass, o *world.Object) {
	push := o.Text("spec", "git", "push", "branch")
	if push == "" || world.Guessed(push) || o.Text("spec", "git", "push", "refspec") != "" {
		return
	}
	for _, w := range p.Worlds {
		source := w.Find("source.toolkit.fluxcd.io", "GitRepository", o.Namespace, o.Text("spec", "sourceRef", "name"))
		if source == nil || source.Text("spec", "ref", "branch") == "" || source.Text("spec", "ref", "branch") == push {
			return
		}
	}
	for _, name := range p.Tree.Dir(".github/workflows") {
		if content, err := p.Tree.Read(path.Join(".github/workflows", name)); err == nil && strings.Contains(string(content), push) {
			return // a workflow opens the pull request
		}
	}
	p.Warnf(o.Position("spec", "git", "push", "branch"), o, "%s pushes to branch %q, which Flux does not read and no workflow here merges", o.ID(), push).
		Hint("push to the branch that the GitRepository reads, or add a workflow that opens the pull request")
}

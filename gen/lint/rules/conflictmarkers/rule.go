// Package conflictmarkers is the rule conflict-markers.
package conflictmarkers

import (
	_ "embed"
	"path"

	"github.com/lvs-cloud/lvsgen/gen/conflict"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/files"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       conflict.Rule,
	Group:      1,
	Severities: []diag.Severity{diag.Error},
	Title:      "A file holds git's conflict markers",
	Why: "A merge was committed before its conflicts were solved. What reads the file stops there: Flux no longer applies the " +
		"folder, the chart does not render, Terraform does not plan. In a script inside a manifest nothing is refused, and it " +
		"fails when it runs.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	seen := map[string]bool{}
	look := func(name string) {
		if seen[name] || path.Ext(name) == ".md" {
			return
		}
		seen[name] = true
		content, err := p.Tree.Read(name)
		if err != nil {
			return
		}
		if f, _, found := conflict.Finding(name, content); found {
			p.Errorf(f.Position, nil, "%s", f.Message).Hint("%s", f.Hint)
		}
	}
	for _, name := range files.Of(p).Text {
		look(name)
	}
	for _, w := range p.Worlds {
		for _, owner := range w.Owners {
			for _, name := range owner.Files {
				look(name)
			}
		}
	}
}

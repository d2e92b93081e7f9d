// Package dockerfilesyntax is the rule dockerfile-syntax.
package dockerfilesyntax

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/files"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "dockerfile-syntax",
	Group:      1,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A Dockerfile cannot be built as it is written",
	Why: "BuildKit reads the whole file first and stops at an unknown instruction or a missing argument: the workflow fails and " +
		"pushes no image for the tag. A stage that is not there is taken for an image of Docker Hub, which does not exist or is " +
		"somebody else's.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, name := range files.Of(p).Dockerfiles {
		content, err := p.Tree.Read(name)
		if err != nil {
			continue
		}
		for _, f := range judge(name, content) {
			report := p.Errorf
			if f.Severity == diag.Warning {
				report = p.Warnf
			}
			report(f.Position, nil, "%s", f.Message).Hint("%s", f.Hint)
		}
	}
}

// Package invalidobject is the rule invalid-object.
package invalidobject

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/conform"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/verdicts"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "invalid-object",
	Severities: []diag.Severity{diag.Error},
	Group:      2,
	Title:      "The parts of an object do not fit together",
	Why: "Each value is right by itself, and Kubernetes, or a rule that the kind brings, still refuses the object: a selector " +
		"that its own pods do not match, a mount of a volume that is not there, two fields of which one is allowed.",
	Bad:   bad,
	Good:  good,
	Check: func(p *lint.Pass) { verdicts.Report(p, conform.Contradictory) },
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

// Package invalidfield is the rule invalid-field.
package invalidfield

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/conform"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/verdicts"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "invalid-field",
	Severities: []diag.Severity{diag.Error},
	Group:      2,
	Title:      "A value does not fit its field",
	Why: "A number where a text belongs, a unit that does not exist, a name that no object may have: the API server refuses the " +
		"object, and with it all that its Kustomization or release applies.",
	Bad:   bad,
	Good:  good,
	Check: func(p *lint.Pass) { verdicts.Report(p, conform.Invalid) },
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

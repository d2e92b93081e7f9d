// Package unknownfield is the rule unknown-field.
package unknownfield

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/conform"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/verdicts"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "unknown-field",
	Severities: []diag.Severity{diag.Error},
	Group:      2,
	Title:      "An object has a field that its kind does not have",
	Why: "Flux applies objects by server-side apply, which refuses unknown fields. One misspelt field stops all that its " +
		"Kustomization or release applies. Other tools only warn, or drop the field in silence.",
	Bad:   bad,
	Good:  good,
	Check: func(p *lint.Pass) { verdicts.Report(p, conform.Unknown) },
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

// Package chartrender is the rule chart-render.
package chartrender

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings of the simulation about charts that do not render.
var Rule = &lint.Rule{
	Name:       "chart-render",
	Group:      6,
	Severities: []diag.Severity{diag.Error},
	Title:      "A chart does not render with the values of its release",
	Why:        "The templates fail, or what comes out is no YAML. The release is never installed; an upgrade fails, and the old release stays.",
	Bad:        bad,
	Good:       good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

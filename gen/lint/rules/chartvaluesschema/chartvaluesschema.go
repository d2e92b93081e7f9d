// Package chartvaluesschema is the rule chart-values-schema.
package chartvaluesschema

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings of the simulation about values that a schema refuses.
var Rule = &lint.Rule{
	Name:       "chart-values-schema",
	Group:      6,
	Severities: []diag.Severity{diag.Error},
	Title:      "The chart's schema refuses the values",
	Why:        "Helm compares the values with the chart's values.schema.json before it renders anything. The release fails at every attempt.",
	Bad:        bad,
	Good:       good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

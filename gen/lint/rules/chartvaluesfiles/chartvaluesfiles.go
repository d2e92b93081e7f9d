// Package chartvaluesfiles is the rule chart-values-files.
package chartvaluesfiles

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings of the simulation about spec.chart.spec.valuesFiles.
var Rule = &lint.Rule{
	Name:       "chart-values-files",
	Group:      6,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "valuesFiles name what is not there, or drop the chart's own values",
	Why:        "The paths count from the root of the source. The files take the place of the chart's values.yaml, so that its defaults are lost unless it is listed too. With ignoreMissingValuesFiles a misspelt file is passed over.",
	Bad:        bad,
	Good:       good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

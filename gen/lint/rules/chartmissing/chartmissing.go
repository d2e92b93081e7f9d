// Package chartmissing is the rule chart-missing.
package chartmissing

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings of the simulation about charts that are not there.
var Rule = &lint.Rule{
	Name:       "chart-missing",
	Group:      6,
	Severities: []diag.Severity{diag.Error},
	Title:      "A release's chart is not where it says",
	Why:        "Flux finds no Chart.yaml at the path, which counts from the root of the source, or the source ignores the folder. The release is never installed, or stays as it was.",
	Bad:        bad,
	Good:       good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

// Package chartdependency is the rule chart-dependency.
package chartdependency

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings of the simulation about dependencies of charts.
var Rule = &lint.Rule{
	Name:       "chart-dependency",
	Group:      6,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A chart's dependency is not in its charts folder",
	Why:        "A path that leads to no chart, or a dependency without repository, keeps Flux from building the chart. From a repository Flux fetches it at every build: a registry that is away stops the release.",
	Bad:        bad,
	Good:       good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

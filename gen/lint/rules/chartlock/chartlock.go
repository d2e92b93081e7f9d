// Package chartlock is the rule chart-lock.
package chartlock

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings about the lock of the vendored charts.
var Rule = &lint.Rule{
	Name:       "chart-lock",
	Group:      6,
	Severities: []diag.Severity{diag.Error},
	Title:      "The lock of the vendored charts and their archives disagree",
	Why:        "lvsgen charts pull keeps the charts of third parties in a folder and their digests in a lock. An archive that is gone, or is not the one that was pulled, is not used: the release would be judged by a chart that Flux does not install.",
	Bad:        bad,
	Good:       good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

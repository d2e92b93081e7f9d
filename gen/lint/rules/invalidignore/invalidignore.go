// Package invalidignore is the rule invalid-ignore.
package invalidignore

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings about comments that suppress nothing because of how they are written. They are warnings:
// the cloud comes up all the same, and what they were to suppress is reported.
var Rule = &lint.Rule{
	Name:       "invalid-ignore",
	Group:      lint.Suppression,
	Severities: []diag.Severity{diag.Warning},
	Title:      "A lvsgen:ignore comment names no rule, an unknown one, or no reason",
	Why: "It has no effect. Without a reason nobody can tell later whether the finding may come back, so a reason is " +
		"asked for.",
	Bad:  bad,
	Good: good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

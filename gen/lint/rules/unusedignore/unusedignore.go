// Package unusedignore is the rule unused-ignore.
package unusedignore

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings about what suppresses nothing; they are made after all other rules.
var Rule = &lint.Rule{
	Name:       "unused-ignore",
	Group:      lint.Suppression,
	Severities: []diag.Severity{diag.Warning},
	Title:      "A comment or path suppresses nothing",
	Why: "What it was written for is gone, or has moved to another line. Left where it is, it hides the next mistake " +
		"of that kind, and nobody knows any more what it is for.",
	Bad:  bad,
	Good: good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

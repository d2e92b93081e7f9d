// Package patchwithouttarget is the rule patch-without-target.
package patchwithouttarget

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "patch-without-target",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "A patch changes nothing, or stops the build",
	Why: "kustomize passes over a patch whose target selects nothing, so what it should set is missing and nobody " +
		"is told. A patch that names its object itself, or a field that the object lacks, stops the build, and " +
		"with it every other change of the folder.",
	Bad:  bad,
	Good: good,
	// Check is not set: the simulation applies the patches and reports it.
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

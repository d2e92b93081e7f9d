// Package kustomizebuild is the rule kustomize-build.
package kustomizebuild

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings of the simulation about folders that kustomize cannot build.
var Rule = &lint.Rule{
	Name:       "kustomize-build",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "kustomize cannot build a folder",
	Why:        "Flux reports that the build failed and applies nothing of the folder; what runs stays as it was, and every later change waits too.",
	Bad:        bad,
	Good:       good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

// Package kustomizationfield is the rule kustomization-field.
package kustomizationfield

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       kustomize.RuleKustomizationField,
	Group:      1,
	Severities: []diag.Severity{diag.Error},
	Title:      "A kustomization.yaml has a field or a form that kustomize does not take in Flux",
	Why: "The build stops, and nothing of the folder is applied any more. Often the two kinds called Kustomization were mixed " +
		"up, a field stands one level too deep, or the file needs a flag of kustomize that Flux does not set.",
	Bad:  bad,
	Good: good,
	// Check is not set: the simulation reads the files and reports it.
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

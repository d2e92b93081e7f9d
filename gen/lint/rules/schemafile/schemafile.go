// Package schemafile is the rule schema-file.
package schemafile

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Rule documents the findings about schemas that people bring.
var Rule = &lint.Rule{
	Name:       "schema-file",
	Group:      2,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A schema that was added cannot be used",
	Why:        "lvsgen schema add keeps CustomResourceDefinitions in .lvsgen/schemas, one a file, so that objects of their kinds are judged. A file there that is none, or that Kubernetes would refuse, judges nothing.",
	Bad:        bad,
	Good:       good,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

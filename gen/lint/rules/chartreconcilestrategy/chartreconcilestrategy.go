// Package chartreconcilestrategy is the rule chart-reconcile-strategy.
package chartreconcilestrategy

import (
	_ "embed"
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds charts of this repository that are released too often, or probably never.
var Rule = &lint.Rule{
	Name:       "chart-reconcile-strategy",
	Group:      6,
	Severities: []diag.Severity{diag.Warning},
	Title:      "Edits of a chart are not released, or every commit is",
	Why:        "With Revision each commit anywhere in the repository is a new chart, and each release of it a new upgrade. With ChartVersion, the default, Flux looks at nothing but the version in Chart.yaml: edits without a new version have no effect.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		for _, owner := range w.Owners {
			if owner.Object != nil && owner.Namespace != "" && owner.Path != "" {
				strategy(p, owner)
			}
		}
	}
}

func strategy(p *lint.Pass, owner *world.Owner) {
	o := owner.Object
	switch o.Text("spec", "chart", "spec", "reconcileStrategy") {
	case "Revision":
		p.Warnf(o.Position("spec", "chart", "spec", "reconcileStrategy"), o, "every commit of the repository upgrades %s, also those that do not touch its chart", o.ID()).
			Hint("write ChartVersion, and let the version in Chart.yaml change with the chart")
	case "":
		if hashed(p, path.Join(owner.Path, "Chart.yaml")) {
			return
		}
		p.Warnf(o.Position("spec", "chart", "spec", "chart"), o, "edits of the chart are released only when the version in its Chart.yaml changes, since %s names no reconcileStrategy", o.ID()).
			Hint("write reconcileStrategy: ChartVersion when you raise the version with every edit, or Revision to release every commit")
	}
}

// hashed tells whether a chart's version carries build metadata, which generators derive from its content.
func hashed(p *lint.Pass, file string) bool {
	docs, _ := p.Docs.Documents(file)
	for _, doc := range docs {
		version, _ := doc.Fields()["version"].(string)
		if strings.Contains(version, "+") {
			return true
		}
	}
	return false
}

// Package workflowsyntax is the rule workflow-syntax.
package workflowsyntax

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/files"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "workflow-syntax",
	Group:      1,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "GitHub refuses a workflow",
	Why: "GitHub reads the whole file before it runs anything: an unknown key, a list where a map belongs or an expression that " +
		"is not closed, and the workflow never starts. It is seen only by whoever opens the page of the runs. An output of a " +
		"job that is not in needs, or of a step that is not there, is empty without a word.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, name := range files.Of(p).Workflows {
		content, err := p.Tree.Read(name)
		if err != nil {
			continue
		}
		docs, findings := p.Docs.Documents(name)
		if len(findings) == 0 {
			findings = judge(name, content, docs)
			findings = append(findings, called(docs, p.Tree.Has)...)
		}
		for _, f := range findings {
			say(p, f)
		}
	}
}

func say(p *lint.Pass, f diag.Finding) {
	report := p.Errorf
	if f.Severity == diag.Warning {
		report = p.Warnf
	}
	r := report(f.Position, nil, "%s", f.Message)
	if f.Hint != "" {
		r.Hint("%s", f.Hint)
	}
	for _, place := range f.Related {
		r.See(place.Position, "%s", place.Message)
	}
}

// called finds workflows of this repository that a job calls and that are not there.
func called(docs []*yamlfile.Document, has func(name string) bool) (out diag.Findings) {
	for _, doc := range docs {
		jobs, _ := doc.Fields()["jobs"].(map[string]any)
		for _, id := range sorted(jobs) {
			job, _ := jobs[id].(map[string]any)
			uses, _ := job["uses"].(string)
			if name, ok := local(uses); ok && !has(name) {
				out = append(out, diag.Errorf("", doc.Position("jobs", id, "uses"), "job %q calls %q, which is not in the repository", id, uses).
					WithHint("write the path of a workflow from the repository's root, such as ./.github/workflows/build.yml"))
			}
		}
	}
	return out
}

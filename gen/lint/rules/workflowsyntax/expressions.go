package workflowsyntax

import (
	"maps"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// expressions finds those that do not parse: GitHub reads all of them before it runs anything. At most one a text, since
// others follow from it.
func expressions(doc *yamlfile.Document) (out diag.Findings) {
	doc.Texts(func(path []any, value string, _ diag.Position) {
		rest, at := value, 0
		for {
			i := strings.Index(rest, "${{")
			if i < 0 {
				return
			}
			start := at + i
			rest, at = rest[i+3:], start+3
			lexer := actionlint.NewExprLexer(rest)
			if _, err := actionlint.NewExprParser().Parse(lexer); err != nil {
				out = append(out, unreadable(doc, path, value, start, err))
				return
			}
			next := min(lexer.Offset(), len(rest))
			rest, at = rest[next:], at+next
		}
	})
	return out
}

func unreadable(doc *yamlfile.Document, path []any, value string, start int, err *actionlint.ExprError) diag.Finding {
	line := strings.Count(value[:start], "\n")
	expression, _, _ := strings.Cut(value[start:], "\n")
	f := diag.Errorf("", doc.Inside(line, path...), "GitHub refuses the workflow: the expression %q cannot be read: %s", shortened(expression), err.Message)
	if end := strings.Index(value[start:], "}}"); end < 0 {
		return diag.Errorf("", doc.Inside(line, path...), "GitHub refuses the workflow: the expression %q is not closed", shortened(expression)).
			WithHint("close it with }}")
	}
	return f.WithHint("texts inside an expression stand in single quotes")
}

// shortened keeps messages readable.
func shortened(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

// needs checks the jobs that others wait for: each must be there, and none may wait for itself.
func needs(name string, workflow *actionlint.Workflow) (out diag.Findings) {
	var jobs []*actionlint.Job
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(workflow.Jobs)) {
		jobs = append(jobs, workflow.Jobs[id])
		ids = append(ids, id)
	}
	for _, job := range jobs {
		for _, need := range job.Needs {
			if strings.Contains(need.Value, "${{") || workflow.Jobs[strings.ToLower(need.Value)] != nil {
				continue
			}
			at := diag.Position{File: name, Line: need.Pos.Line, Column: need.Pos.Col}
			f := diag.Errorf("", at, "GitHub refuses the workflow: job %q needs %q, which is no job of it", job.ID.Value, need.Value)
			if near := diag.Nearest(need.Value, ids); near != "" {
				f = f.WithHint("did you mean %q?", near)
			} else {
				f = f.WithHint("the jobs are: %s", strings.Join(ids, ", "))
			}
			out = append(out, f)
		}
	}
	if circle := cycle(workflow, ids); len(circle) > 0 && len(out) == 0 {
		at := workflow.Jobs[circle[0]].ID.Pos
		out = append(out, diag.Errorf("", diag.Position{File: name, Line: at.Line, Column: at.Col}, "GitHub refuses the workflow: jobs need each other: %s", strings.Join(append(circle, circle[0]), " -> ")).
			WithHint("take one of them out of needs"))
	}
	return out
}

// cycle gives jobs that wait for each other in a circle; none when there is no such circle.
func cycle(workflow *actionlint.Workflow, ids []string) []string {
	done := map[string]bool{}
	var path []string
	var visit func(id string) []string
	visit = func(id string) []string {
		if i := slices.Index(path, id); i >= 0 {
			return slices.Clone(path[i:])
		}
		if done[id] || workflow.Jobs[id] == nil {
			return nil
		}
		path = append(path, id)
		for _, need := range workflow.Jobs[id].Needs {
			if circle := visit(strings.ToLower(need.Value)); circle != nil {
				return circle
			}
		}
		path = path[:len(path)-1]
		done[id] = true
		return nil
	}
	for _, id := range ids {
		if circle := visit(id); circle != nil {
			return circle
		}
	}
	return nil
}

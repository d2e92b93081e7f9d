// Package hclsyntax is the rule hcl-syntax.
package hclsyntax

import (
	"bytes"
	_ "embed"
	"path"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/files"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "hcl-syntax",
	Group:      1,
	Severities: []diag.Severity{diag.Error},
	Title:      "A file of Terraform does not parse",
	Why: "Terraform reads all files of its folder before it does anything: it stops at init, and the workflow with it, so no " +
		"change reaches the infrastructure.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, name := range files.Of(p).HCL {
		content, err := p.Tree.Read(name)
		if err != nil {
			continue
		}
		if f := broken(name, content); f != nil {
			r := p.Errorf(f.Position, nil, "%s", f.Message)
			if f.Hint != "" {
				r.Hint("%s", f.Hint)
			}
		}
	}
}

// broken gives the first mistake of a file, since others follow from it; nil when there is none.
func broken(name string, content []byte) *diag.Finding {
	var problems hcl.Diagnostics
	switch {
	case nested(content) > maxNesting:
		f := diag.Errorf("", diag.Position{File: name}, "the file is nested deeper than %d levels", maxNesting)
		return &f
	case path.Ext(name) == ".json":
		_, problems = json.Parse(content, name)
	default:
		_, problems = hclsyntax.ParseConfig(content, name, hcl.InitialPos)
	}
	for _, problem := range problems {
		if problem.Severity != hcl.DiagError {
			continue
		}
		at := diag.Position{File: name}
		if problem.Subject != nil {
			at.Line, at.Column = problem.Subject.Start.Line, problem.Subject.Start.Column
		}
		if problem.Summary == "Unterminated template string" {
			if line := heredoc(content, at.Line); line > 0 {
				at.Line, at.Column = line, 0
			}
		}
		f := diag.Errorf("", at, "this is no HCL: %s", sentence(problem.Summary)).WithHint("%s", sentence(problem.Detail))
		if problem.Summary == "Missing expression" || problem.Summary == "Invalid expression" {
			f.Hint = "write the value on the line of its =, a list as [a, b] and a map as {a = b}"
		}
		return &f
	}
	return nil
}

var opening = regexp.MustCompile(`<<-?([A-Za-z_][A-Za-z0-9_-]*)[ \t\r]*$`)

// heredoc is the line above another where a text begins whose end is missing; 0 when there is none.
func heredoc(content []byte, above int) (line int) {
	open := ""
	for i, text := range strings.Split(string(content), "\n") {
		m := opening.FindStringSubmatch(text)
		switch {
		case i+1 >= above:
			return line
		case open != "" && strings.TrimSpace(text) == open:
			open, line = "", 0
		case open == "" && m != nil:
			open, line = m[1], i+1
		}
	}
	return line
}

// sentence gives the library's text the form of a message.
func sentence(s string) string {
	s = strings.TrimSuffix(strings.Join(strings.Fields(s), " "), ".")
	if s == "" {
		return ""
	}
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		s = strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// maxNesting is far above what people write; the parser calls itself for every level.
const maxNesting = 1000

// nested is the most brackets that are open at once, those in texts counted too; 0 when they are few in all.
func nested(content []byte) int {
	if bytes.Count(content, []byte("{"))+bytes.Count(content, []byte("["))+bytes.Count(content, []byte("(")) <= maxNesting {
		return 0 // the usual case, and quicker
	}
	depth, most := 0, 0
	for _, b := range content {
		switch b {
		case '{', '[', '(':
			depth++
			most = max(most, depth)
		case '}', ']', ')':
			depth--
		}
	}
	return most
}

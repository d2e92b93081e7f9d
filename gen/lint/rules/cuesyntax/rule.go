// Package cuesyntax is the rule cue-syntax.
package cuesyntax

import (
	"bytes"
	_ "embed"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/files"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "cue-syntax",
	Group:      1,
	Severities: []diag.Severity{diag.Error},
	Title:      "A CUE file does not parse",
	Why:        "Render stops, for all apps and clusters: CUE reads the files of a package together.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, name := range files.Of(p).CUE {
		content, err := p.Tree.Read(name)
		if err != nil {
			continue
		}
		if f := broken(name, content); f != nil {
			p.Errorf(f.Position, nil, "%s", f.Message).Hint("%s", f.Hint)
		}
	}
}

// broken gives the first mistake of a file, since others follow from it; nil when there is none.
func broken(name string, content []byte) (finding *diag.Finding) {
	defer func() {
		if r := recover(); r != nil {
			f := diag.Errorf("", diag.Position{File: name}, "the file cannot be read as CUE: %v", r).WithHint("look for what is unusual in it")
			finding = &f
		}
	}()
	if nested(content) > maxNesting {
		f := diag.Errorf("", diag.Position{File: name}, "the file is nested deeper than %d levels", maxNesting).WithHint("give the inner parts names of their own")
		return &f
	}
	parsed, err := parser.ParseFile(name, content)
	if at := dash(parsed); at.IsValid() {
		f := diag.Errorf("", diag.Position{File: name, Line: at.Line(), Column: at.Column()}, "this is no CUE: a text has no minus, and a list is not written with dashes").
			WithHint("write the list as [\"a\", \"b\"]")
		return &f
	}
	if err == nil {
		return nil
	}
	first := errors.Errors(err)[0]
	at := diag.Position{File: name, Line: first.Position().Line(), Column: first.Position().Column()}
	format, args := first.Msg()
	message := strings.Join(strings.Fields(errors.Newf(first.Position(), format, args...).Error()), " ")
	f := diag.Errorf("", at, "this is no CUE: %s", message).WithHint("%s", hint(message))
	return &f
}

// dash is the first minus in front of a text, which parses and has no value: what was a list in YAML.
func dash(parsed *ast.File) (at token.Pos) {
	if parsed == nil {
		return token.NoPos
	}
	ast.Walk(parsed, func(n ast.Node) bool {
		if unary, ok := n.(*ast.UnaryExpr); ok && unary.Op == token.SUB && !at.IsValid() && isText(unary.X) {
			at = unary.OpPos
		}
		return !at.IsValid()
	}, nil)
	return at
}

func isText(x ast.Expr) bool {
	switch lit := x.(type) {
	case *ast.Interpolation:
		return true
	case *ast.BasicLit:
		return lit.Kind == token.STRING
	}
	return false
}

func hint(message string) string {
	switch {
	case strings.Contains(message, "expected 'EOF'"):
		return "take out the brace or bracket that closes nothing"
	case strings.Contains(message, "EOF"), strings.Contains(message, "not terminated"):
		return "close what is open: a brace, a bracket or a quote"
	case strings.Contains(message, "operand"), strings.Contains(message, "expression"):
		return "write a list as [\"a\", \"b\"], and a text in quotes"
	}
	return "compare the line with the examples in the guide"
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

package load

import (
	"bytes"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"
)

// maxDepth is how many labels may follow one another without a brace ("a: b: c: ..."). The parser has a limit of its own
// for everything else that nests; here it recurses until the stack ends, which no program survives.
const maxDepth = 500

// parse parses a CUE file that may be hostile.
func parse(name string, src []byte, mode ...parser.Option) (*ast.File, error) {
	if err := checkDepth(name, src); err != nil {
		return nil, err
	}
	return parser.ParseFile(name, src, mode...)
}

// checkDepth refuses chains of labels that are too long to parse.
func checkDepth(name string, src []byte) error {
	if bytes.Count(src, []byte(":")) <= maxDepth {
		return nil
	}
	file := token.NewFile(name, -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, func(token.Pos, string, []interface{}) {}, 0)
	depth, afterLabel := 0, false
	for {
		pos, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			return nil
		case token.COLON:
			afterLabel = true
			if depth++; depth > maxDepth {
				return errors.Newf(pos, "more than %d labels in a chain", maxDepth)
			}
		case token.IDENT, token.STRING:
			if !afterLabel {
				depth = 0
			}
			afterLabel = false
		case token.OPTION, token.NOT:
		default:
			depth, afterLabel = 0, false
		}
	}
}

// conflictMarker gives the line of git's first conflict marker, or 0.
func conflictMarker(src []byte) int {
	n := 0
	for line := range bytes.Lines(src) {
		n++
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) {
			return n
		}
	}
	return 0
}

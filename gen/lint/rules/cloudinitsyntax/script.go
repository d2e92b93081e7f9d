package cloudinitsyntax

import (
	"errors"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shebang is the first line of a script of a shell that the parser knows.
var shebang = regexp.MustCompile(`^#! ?(/bin/|/usr/bin/|/usr/bin/env )(ba|da)?sh\b`)

// unclosed are the parser's messages about what no shell takes: a part that is not ended, or an end without its beginning.
// Others are left out: the parser does not read all that bash reads.
var unclosed = regexp.MustCompile(`without closing|without matching|must end with|must be followed by|can only be used to`)

// script reports the first mistake of a text that a shell runs.
func (c *checker) script(text string, at ...any) {
	if c.open(text) {
		return
	}
	_, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	var wrong syntax.ParseError
	if !errors.As(err, &wrong) || !unclosed.MatchString(wrong.Text) {
		return
	}
	line := max(int(wrong.Pos.Line())-1, 0)
	c.errorf(c.doc.Inside(line, at...), "run the text through sh -n", "no shell runs this script: %s", wrong.Text)
}

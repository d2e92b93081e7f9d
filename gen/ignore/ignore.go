// Package ignore reads the comments by which people suppress a finding where it is:
//
//	# lvsgen:ignore RULE reason
//
// Several rules are separated by commas. A comment behind something counts for its line; one on a line of its own for the
// next line that is no comment. Before anything else in a file it counts for the file as a whole too.
package ignore

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// token begins a comment of this kind. A file without it is not looked at.
const token = "lvsgen:ignore"

// Comment is one comment of a file.
type Comment struct {
	At diag.Position
	// Rules are the names in it, in order; Reason is what follows them.
	Rules  []string
	Reason string
	// first and last are the lines that it counts for. Line 0 is the file as a whole.
	first, last int
}

// Covers tells whether a place is one that the comment counts for.
func (c *Comment) Covers(at diag.Position) bool {
	return at.File == c.At.File && c.first <= at.Line && at.Line <= c.last
}

// Names tells whether the comment suppresses a rule.
func (c *Comment) Names(rule string) bool { return slices.Contains(c.Rules, rule) }

// signs gives what begins a comment in files of this name; none for files that hold no comments.
func signs(name string) []string {
	switch path.Ext(name) {
	case ".md", ".json", ".lock", ".sum":
		return nil
	case ".cue":
		return []string{"//"}
	case ".tf", ".tfvars", ".hcl":
		return []string{"#", "//", "/*"}
	case ".tpl", ".yaml", ".yml", ".txt":
		return []string{"#", "{{/*", "{{- /*"}
	}
	return []string{"#"}
}

// Find gives the comments of a file, in order.
func Find(file string, content []byte) []*Comment {
	if !bytes.Contains(content, []byte(token)) {
		return nil
	}
	begin := signs(file)
	if len(begin) == 0 {
		return nil
	}
	lines := strings.Split(string(content), "\n")
	top := 0 // how many lines there are before the first thing in the file
	for top < len(lines) && leading(lines[top], begin) {
		top++
	}
	var out []*Comment
	above := 0 // out[above:] stand on lines of their own, right above the line
	for i, line := range lines {
		if i >= top && !comment(line, begin) {
			for _, c := range out[above:] {
				c.last = i + 1
			}
			above = len(out)
		}
		before, text, ok := cut(line, begin)
		if !ok {
			continue
		}
		c := parse(text)
		c.At = diag.Position{File: file, Line: i + 1, Column: len(before) + 1}
		c.first, c.last = i+1, len(lines)
		if i < top {
			c.first = 0
		}
		out = append(out, c)
		if strings.TrimSpace(before) != "" {
			c.last, above = i+1, len(out)
		}
	}
	return out
}

// cut gives what stands before the comment, and what follows the token in it.
func cut(line string, begin []string) (before, text string, ok bool) {
	start, text, found := strings.Cut(strings.TrimRight(line, "\r"), token)
	if !found || text != "" && !strings.ContainsAny(text[:1], " \t,") {
		return "", "", false
	}
	start = strings.TrimRight(start, " \t")
	for _, sign := range begin {
		before, is := strings.CutSuffix(start, sign)
		if is && (before == "" || strings.ContainsAny(before[len(before)-1:], " \t")) {
			return before, text, true
		}
	}
	return "", "", false
}

// parse takes the rules and the reason apart. A comma says that another rule follows.
func parse(text string) *Comment {
	for _, end := range []string{"*/}}", "*/ -}}", "*/"} {
		text = strings.TrimSuffix(strings.TrimSpace(text), end)
	}
	c := &Comment{}
	rest := strings.TrimSpace(text)
	for {
		end := strings.IndexAny(rest, ", \t")
		if end < 0 {
			end = len(rest)
		}
		if name := rest[:end]; name != "" {
			c.Rules = append(c.Rules, name)
		}
		rest = strings.TrimLeft(rest[end:], " \t")
		var more bool
		if rest, more = strings.CutPrefix(rest, ","); !more {
			c.Reason = rest
			return c
		}
		rest = strings.TrimLeft(rest, " \t")
	}
}

// comment tells whether a line is nothing but a comment.
func comment(line string, begin []string) bool {
	line = strings.TrimSpace(line)
	return slices.ContainsFunc(begin, func(sign string) bool { return strings.HasPrefix(line, sign) })
}

// leading tells whether a line may stand before the first thing in a file.
func leading(line string, begin []string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line == "---" || comment(line, begin)
}

// Package conflict reads what git leaves in a file when a merge did not go through: conflict markers, in the styles
// merge, diff3 and zdiff3.
package conflict

import (
	"bytes"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// Rule names the finding of a file that holds conflict markers.
const Rule = "conflict-markers"

// Has tells cheaply whether content may hold conflict markers. Where it says no, there are none.
func Has(content []byte) bool {
	return bytes.HasPrefix(content, ours) || bytes.Contains(content, []byte("\n<<<<<<<"))
}

// git's markers are seven characters at the start of a line, followed by a blank and a label or by nothing.
var (
	ours   = []byte("<<<<<<<")
	base   = []byte("|||||||")
	middle = []byte("=======")
	theirs = []byte(">>>>>>>")
)

// Sides gives the two files that were merged, as far as they can be told: where there is no conflict both have the
// merged text. ok is false when content has no conflict markers, or some that do not match.
func Sides(content []byte) (our, their []byte, ok bool) {
	if !Has(content) {
		return nil, nil, false
	}
	const (
		both = iota
		inOurs
		inBase
		inTheirs
	)
	state := both
	for line := range bytes.Lines(content) {
		switch {
		case marks(line, ours):
			if state != both {
				return nil, nil, false
			}
			state, ok = inOurs, true
		case marks(line, base) && state == inOurs:
			state = inBase
		case marks(line, middle) && (state == inOurs || state == inBase):
			state = inTheirs
		case marks(line, theirs):
			if state != inTheirs {
				return nil, nil, false
			}
			state = both
		case state == inBase:
		default:
			if state != inTheirs {
				our = append(our, line...)
			}
			if state != inOurs {
				their = append(their, line...)
			}
		}
	}
	return our, their, ok && state == both
}

func marks(line, marker []byte) bool {
	rest, found := bytes.CutPrefix(line, marker)
	return found && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\r' || rest[0] == '\n')
}

// Finding is the one of a file that holds conflict markers, at the first of them. inside tells that all of them are indented:
// they are in a text of the file, which may well be read all the same.
func Finding(file string, content []byte) (finding diag.Finding, inside, found bool) {
	line, inside, found := first(content)
	if !found {
		return diag.Finding{}, false, false
	}
	return diag.Errorf(Rule, diag.Position{File: file, Line: line, Column: 1}, "git's conflict markers are in the file").
		WithHint("put the two sides together by hand, and delete the lines <<<<<<<, ======= and >>>>>>>"), inside, true
}

// first is the line, counted from 1, of the first conflict. At the start of a line one marker is enough: half of a conflict
// was solved. Further right, where an editor moved them with their text, there must be all three, one below the other.
func first(content []byte) (line int, inside, found bool) {
	if !bytes.Contains(content, ours) && !bytes.Contains(content, theirs) {
		return 0, false, false
	}
	opened := map[int]int{} // by column: the line of a marker that waits for the others
	halved := map[int]bool{}
	n := 0
	for text := range bytes.Lines(content) {
		n++
		rest := bytes.TrimLeft(text, " \t")
		column := len(text) - len(rest)
		switch {
		case column == 0 && (marks(rest, ours) || marks(rest, theirs)):
			return n, false, true
		case marks(rest, ours):
			opened[column], halved[column] = n, false
		case marks(rest, middle) && opened[column] > 0:
			halved[column] = true
		case marks(rest, theirs) && halved[column] && !found:
			line, inside, found = opened[column], true, true
		}
	}
	return line, inside, found
}

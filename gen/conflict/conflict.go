// Package conflict reads what git leaves in a file when a merge did not go through: conflict markers, in the styles
// merge, diff3 and zdiff3.
package conflict

import "bytes"

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

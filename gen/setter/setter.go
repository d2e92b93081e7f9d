// Package setter finds, reads, blanks and sets the scalars that belong to Flux image automation: those that carry a
// marker such as `# {"$imagepolicy": "apps:shop:tag"}`.
//
// What counts as a marker is what image-automation-controller takes for one: the line comment of a scalar value (or,
// where there is none, the comment above it) that is a JSON object of strings with the key "$imagepolicy". Markers are
// found on YAML nodes, and only the token of the scalar is ever replaced, so that every other byte stays as it is.
package setter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// token is what image-automation-controller screens files by: a file without it is not even parsed.
const token = `"$imagepolicy"`

// field is the JSON key of a marker.
const field = "$imagepolicy"

// Part says what of an image a marker stands for.
type Part string

// The parts that image-automation-controller defines a setter for.
const (
	Image  Part = ""       // the whole reference: name, tag and digest
	Tag    Part = "tag"    // the tag alone
	Name   Part = "name"   // the repository without tag and digest
	Digest Part = "digest" // the digest alone
)

// Marker is one marked scalar of a file.
type Marker struct {
	// Key is the setter's name as it stands in the comment: NAMESPACE:POLICY or NAMESPACE:POLICY:PART.
	Key string
	// Value is the scalar's value, without quotes and escapes.
	Value string
	// IsString tells whether YAML reads the scalar as a string (a plain 1.10 is a number and loses its zero).
	IsString bool
	// Start and End are the bytes of the scalar's token, with its quotes.
	Start, End int
	// Line and Column count from 1, the column in characters.
	Line, Column int

	style yaml.Style
}

// Policy gives the image policy of a key, NAMESPACE:POLICY, and the part that the key stands for.
func Policy(key string) (policy string, part Part) {
	parts := strings.SplitN(key, ":", 3)
	if len(parts) < 3 {
		return key, Image
	}
	return parts[0] + ":" + parts[1], Part(parts[2])
}

// Has tells cheaply whether content may hold a marker. Where it says no, there is none.
func Has(content []byte) bool { return bytes.Contains(content, []byte(token)) }

// Find gives the marked scalars of all YAML documents in content, in the order of their place. It is an error when
// content is not YAML, and when a marker stands on a scalar whose token cannot be replaced alone: a block scalar, one
// of several lines that is not quoted, an empty one.
func Find(content []byte) (markers []Marker, err error) {
	if !Has(content) {
		return nil, nil
	}
	if !utf8.Valid(content) {
		return nil, errors.New("not UTF-8")
	}
	// The YAML library reports most errors by panics of its own and turns them into errors; the others must not reach
	// the user either: a damaged file is an everyday thing.
	defer func() {
		if r := recover(); r != nil {
			markers, err = nil, fmt.Errorf("not readable as YAML: %v", r)
		}
	}()
	s := scanner{content: content}
	dec := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var doc yaml.Node
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if err := s.walk(&doc); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(s.found, func(a, b Marker) int { return a.Start - b.Start })
	for i := 1; i < len(s.found); i++ {
		if s.found[i].Start < s.found[i-1].End {
			return nil, fmt.Errorf("line %d: the place of the marked scalar cannot be told", s.found[i].Line)
		}
	}
	return s.found, nil
}

// Blank gives content without the tokens of its marked scalars: what is left is lvsgen's, and digests are taken of it.
// Content that Find refuses is given as it is.
func Blank(content []byte) []byte {
	markers, err := Find(content)
	if err != nil {
		return content
	}
	return Remove(content, markers)
}

// Remove is Blank for markers that are known already.
func Remove(content []byte, markers []Marker) []byte {
	return replace(content, markers, func(Marker) (string, bool) { return "", true })
}

// Set gives content with the scalars of the named keys set to their values. Scalars that have the value already, and
// every byte outside the tokens, stay as they are. The quote style is kept; a plain scalar becomes a quoted one when
// the value would not be read as a string.
func Set(content []byte, values map[string]string) ([]byte, error) {
	markers, err := Find(content)
	if err != nil {
		return nil, err
	}
	return SetMarkers(content, markers, values)
}

// SetMarkers is Set for markers that are known already.
func SetMarkers(content []byte, markers []Marker, values map[string]string) ([]byte, error) {
	changed := false
	for _, m := range markers {
		v, ok := values[m.Key]
		if !ok || v == m.Value {
			continue
		}
		if !utf8.ValidString(v) {
			return nil, fmt.Errorf("line %d: value %q of marker %q is not UTF-8", m.Line, v, m.Key)
		}
		changed = true
	}
	if !changed {
		return content, nil
	}
	out := replace(content, markers, func(m Marker) (string, bool) {
		v, ok := values[m.Key]
		return quote(v, m.style), ok && v != m.Value
	})
	return out, verify(out, markers, values)
}

// verify makes sure that out says what was meant. The place of a token is reckoned from lines and columns that the
// library reports; should it ever err, the file must be refused, not damaged.
func verify(out []byte, before []Marker, values map[string]string) error {
	after, err := Find(out)
	if err != nil || len(after) != len(before) {
		return fmt.Errorf("the marked scalars cannot be set in place: %w", cmpErr(err))
	}
	for i, m := range after {
		want, ok := values[before[i].Key]
		if !ok {
			want = before[i].Value
		}
		if m.Key != before[i].Key || m.Value != want {
			return fmt.Errorf("line %d: marker %q cannot be set to %q in place", m.Line, before[i].Key, want)
		}
	}
	return nil
}

func cmpErr(err error) error {
	if err != nil {
		return err
	}
	return errors.New("their number would change")
}

func replace(content []byte, markers []Marker, with func(Marker) (string, bool)) []byte {
	if len(markers) == 0 {
		return content
	}
	out := make([]byte, 0, len(content)+16*len(markers))
	at := 0
	for _, m := range markers {
		text, ok := with(m)
		if !ok {
			continue
		}
		out = append(append(out, content[at:m.Start]...), text...)
		at = m.End
	}
	return append(out, content[at:]...)
}

// scanner collects the markers of one file.
type scanner struct {
	content []byte
	lines   []int // byte offset of each line, made when the first marker is met
	found   []Marker
}

// walk visits the scalar values, as Flux does: not keys, and not what an alias repeats.
func (s *scanner) walk(n *yaml.Node) error {
	switch n.Kind {
	case yaml.DocumentNode, yaml.SequenceNode:
		for _, c := range n.Content {
			if err := s.walk(c); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			if err := s.walk(n.Content[i]); err != nil {
				return err
			}
		}
	case yaml.ScalarNode:
		return s.scalar(n)
	}
	return nil
}

func (s *scanner) scalar(n *yaml.Node) error {
	key := markerKey(n)
	if key == "" {
		return nil
	}
	start, ok := s.offset(n.Line, n.Column)
	if ok {
		start, ok = s.skipProperties(start)
	}
	end := start
	if ok {
		end, ok = s.tokenEnd(n, start)
	}
	if !ok {
		return fmt.Errorf("line %d: marker %q must stand on a plain or quoted scalar of one line", n.Line, key)
	}
	s.found = append(s.found, Marker{
		Key: key, Value: n.Value, IsString: n.ShortTag() == "!!str",
		Start: start, End: end, Line: n.Line, Column: n.Column, style: n.Style,
	})
	return nil
}

// markerKey gives the setter's name of a scalar, or "". Where there are two comments, only that of the line counts.
func markerKey(n *yaml.Node) string {
	comment := n.LineComment
	if comment == "" {
		comment = n.HeadComment
	}
	if !strings.Contains(comment, field) {
		return ""
	}
	var meta map[string]string
	if json.Unmarshal([]byte(strings.TrimLeft(comment, "#")), &meta) != nil || !valid(meta[field]) {
		return ""
	}
	return meta[field]
}

// valid tells whether key names a setter that Flux defines. Any other marker is dead text to Flux, and so to lvsgen.
func valid(key string) bool {
	parts := strings.Split(key, ":")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") || strings.ContainsAny(key, " \t\r\n") {
		return false
	}
	if len(parts) == 2 {
		return true
	}
	switch Part(parts[2]) {
	case Tag, Name, Digest:
		return true
	}
	return false
}

// offset turns a line and a column in characters into a byte offset.
func (s *scanner) offset(line, column int) (int, bool) {
	if s.lines == nil {
		s.lines = lineStarts(s.content)
	}
	if line < 1 || line > len(s.lines) || column < 1 {
		return 0, false
	}
	at := s.lines[line-1]
	for ; column > 1; column-- {
		if at >= len(s.content) {
			return 0, false
		}
		_, size := utf8.DecodeRune(s.content[at:])
		at += size
	}
	return at, true
}

// lineStarts gives the offset of every line. YAML 1.1, which the library reads, also ends a line at NEL, LS and PS.
// A byte order mark at the start is no character of the first line.
func lineStarts(content []byte) []int {
	first := len(content) - len(bytes.TrimPrefix(content, []byte("\uFEFF")))
	starts := []int{first}
	if !bytes.ContainsAny(content, "\r\u0085\u2028\u2029") { // nearly every file
		for i := first; ; {
			n := bytes.IndexByte(content[i:], '\n')
			if n < 0 {
				return starts
			}
			i += n + 1
			starts = append(starts, i)
		}
	}
	for i := first; i < len(content); i++ {
		rest := content[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("\r\n")):
			i++
		case rest[0] == '\n', rest[0] == '\r':
		case bytes.HasPrefix(rest, []byte("\u0085")):
			i++
		case bytes.HasPrefix(rest, []byte("\u2028")), bytes.HasPrefix(rest, []byte("\u2029")):
			i += 2
		default:
			continue
		}
		starts = append(starts, i+1)
	}
	return starts
}

// skipProperties goes past an anchor and a tag in front of the scalar: the library reports where those begin.
func (s *scanner) skipProperties(at int) (int, bool) {
	for at < len(s.content) && (s.content[at] == '&' || s.content[at] == '!') {
		for at < len(s.content) && !isBlank(s.content[at]) {
			at++
		}
		for at < len(s.content) && isBlank(s.content[at]) {
			at++
		}
	}
	return at, at < len(s.content)
}

// tokenEnd gives the end of the scalar's token that starts at start.
func (s *scanner) tokenEnd(n *yaml.Node, start int) (int, bool) {
	rest := s.content[start:]
	style := n.Style &^ yaml.TaggedStyle
	switch {
	case style == yaml.DoubleQuotedStyle && rest[0] == '"':
		for i := 1; i < len(rest); i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				return start + i + 1, true
			}
		}
	case style == yaml.SingleQuotedStyle && rest[0] == '\'':
		for i := 1; i < len(rest); i++ {
			if rest[i] != '\'' {
				continue
			}
			if i+1 < len(rest) && rest[i+1] == '\'' {
				i++
				continue
			}
			return start + i + 1, true
		}
	case style == 0 && n.Value != "" && bytes.HasPrefix(rest, []byte(n.Value)):
		// A plain scalar of one line stands in the file as its value.
		end := start + len(n.Value)
		return end, end == len(s.content) || isBlank(s.content[end]) || strings.IndexByte(",]}", s.content[end]) >= 0
	}
	return start, false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// quote writes value in the style of the token that it replaces, or in the nearest style that can hold it.
func quote(value string, style yaml.Style) string {
	switch style &^ yaml.TaggedStyle {
	case yaml.DoubleQuotedStyle:
		return double(value)
	case yaml.SingleQuotedStyle:
		if strings.ContainsFunc(value, needsEscape) {
			return double(value)
		}
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	if isPlain(value) {
		return value
	}
	return double(value)
}

// isPlain tells whether value reads as this very string when it stands without quotes, in block and flow collections
// and for YAML 1.1 readers too (yes, 0x1f, 12:30:45).
func isPlain(value string) bool {
	if value == "" || strings.ContainsAny(value, ",[]{}") || strings.ContainsFunc(value, needsEscape) {
		return false
	}
	out, err := yaml.Marshal(value)
	return err == nil && string(out) == value+"\n"
}

// needsEscape tells which characters only a double-quoted scalar can hold (on one line).
func needsEscape(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	}
	return false
}

func double(value string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range value {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case needsEscape(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

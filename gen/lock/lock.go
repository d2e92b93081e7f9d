// Package lock reads and writes lvsgen.lock, the record of which files lvsgen owns.
//
// It is text with one fact a line, so that git can merge it by keeping the lines of both sides (merge=union):
//
//	lvsgen 0.3.0
//	schema 1
//	file applications/shop/values.yaml 0f343b0931126a20f133d67c2b018a3b
//	image apps:shop 1.0.0
//
// A path may have several digests: all of them are contents that lvsgen wrote there. An image policy may have several
// seeds, for the same reason.
package lock

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/setter"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// Name is the lock's path in the repository.
const Name = "lvsgen.lock"

// Pending is the seed of an image policy whose value is being taken from the inputs by a run that has not ended. It
// equals no version, so that the next run takes the value from the inputs again, whatever they say by then.
const Pending = "-"

const header = "# The files that lvsgen owns and what it wrote there. Written by `lvsgen render`; commit it.\n" +
	"# After a merge, conflict markers or not: run `lvsgen render`.\n"

// digestLen is the length of a digest in characters: 128 bits, against accidents and not against attackers.
const digestLen = 32

// Digest identifies what lvsgen wrote to a file: the first 32 hex digits of the SHA-256 of its content without the
// scalars that belong to Flux.
type Digest string

// DigestOf gives the digest of a file's content.
func DigestOf(content []byte) Digest { return Sum(setter.Blank(content)) }

// Sum gives the digest of content that is blanked already.
func Sum(blanked []byte) Digest {
	sum := sha256.Sum256(blanked)
	var text [digestLen]byte
	hex.Encode(text[:], sum[:digestLen/2])
	return Digest(text[:])
}

// Lock is the content of lvsgen.lock. The zero value, and nil, are those of a repository without one.
type Lock struct {
	// Version is the lvsgen that wrote the lock, the newest one when a merge left several.
	Version string
	// Schema is the schemaVersion of the inputs, the highest one when a merge left several.
	Schema int
	// Files has the digests of each owned path, sorted.
	Files map[string][]Digest
	// Seeds has the values that the inputs gave for each image policy, sorted.
	Seeds map[string][]string
}

// Tool is the lvsgen that runs: its version, and the newest schemaVersion that it knows.
type Tool struct {
	Version string
	Schema  int
}

// Parse reads a lock. It takes what merges leave: conflict markers (both sides count), repetitions, several facts
// about one thing, CRLF. The error is diag.Findings.
func Parse(content []byte, tool Tool) (*Lock, error) {
	l := &Lock{Files: map[string][]Digest{}, Seeds: map[string][]string{}}
	var bad diag.Findings
	n, inBase := 0, false
	for line := range strings.Lines(strings.TrimPrefix(string(content), "\uFEFF")) {
		n++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case isMarker(line, "|||||||"):
			inBase = true
		case isMarker(line, "=======") || isMarker(line, "<<<<<<<") || isMarker(line, ">>>>>>>"):
			inBase = false
		case inBase || line == "" || line[0] == '#':
		default:
			if err := l.fact(line); err != nil {
				bad = append(bad, diag.Errorf("lock-unreadable", diag.Position{File: Name, Line: n, Column: 1}, "%s", err))
			}
		}
	}
	l.normalize()
	if len(bad) > 0 {
		return nil, explain(bad, l, tool)
	}
	if l.newerThan(tool) {
		return nil, diag.Findings{diag.Errorf("lock-newer", diag.Position{File: Name}, "lvsgen %s wrote it (schema %d), and this is lvsgen %s (schema %d): it would undo what the newer one did",
			l.Version, l.Schema, tool.Version, tool.Schema).WithHint("use lvsgen %s or newer", l.Version)}
	}
	return l, nil
}

// newerThan tells whether a newer lvsgen wrote the lock.
func (l *Lock) newerThan(tool Tool) bool {
	return newerVersion(l.Version, tool.Version) == l.Version && l.Version != tool.Version || l.Schema > tool.Schema
}

// isMarker tells whether line is git's conflict marker.
func isMarker(line, marker string) bool {
	rest, ok := strings.CutPrefix(line, marker)
	return ok && (rest == "" || rest[0] == ' ')
}

// explain adds the way out: a newer lvsgen when one wrote the lock, else git.
func explain(bad diag.Findings, l *Lock, tool Tool) diag.Findings {
	newer := l.newerThan(tool)
	for i, f := range bad {
		if newer {
			f.Message += fmt.Sprintf("; lvsgen %s wrote it (schema %d), and this is lvsgen %s (schema %d)",
				l.Version, l.Schema, tool.Version, tool.Schema)
			bad[i] = f.WithHint("use lvsgen %s or newer", l.Version)
			continue
		}
		bad[i] = f.WithHint("restore it with `git checkout HEAD -- %s`, or delete it and run `lvsgen render`: files that are already right are taken over as they are", Name)
	}
	return bad
}

func (l *Lock) fact(line string) error {
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "lvsgen":
		if rest == "" || strings.ContainsAny(rest, " \t") {
			return fmt.Errorf("line %q names no version", line)
		}
		l.Version = newerVersion(l.Version, rest)
	case "schema":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 {
			return fmt.Errorf("line %q names no schema version", line)
		}
		l.Schema = max(l.Schema, n)
	case "file":
		path, digest, err := twoFields(rest)
		if err != nil || !isDigest(digest) {
			return fmt.Errorf("line %q is not a path and a digest of %d hex digits", line, digestLen)
		}
		if !tree.Clean(path) {
			return fmt.Errorf("path %q is not inside the repository", path)
		}
		l.Files[path] = append(l.Files[path], Digest(digest))
	case "image":
		key, seed, err := twoFields(rest)
		if err != nil || key == "" || seed == "" {
			return fmt.Errorf("line %q is not an image policy and a version", line)
		}
		l.Seeds[key] = append(l.Seeds[key], seed)
	default:
		return fmt.Errorf("line %q is not known", line)
	}
	return nil
}

func isDigest(s string) bool {
	return len(s) == digestLen && strings.Trim(s, "0123456789abcdef") == ""
}

// twoFields splits "A B", where each may be a quoted Go string.
func twoFields(s string) (a, b string, err error) {
	a, s, err = oneField(s)
	if err != nil {
		return "", "", err
	}
	s, found := strings.CutPrefix(s, " ")
	if !found {
		return "", "", fmt.Errorf("one field")
	}
	b, s, err = oneField(s)
	if err == nil && s != "" {
		err = fmt.Errorf("more than two fields")
	}
	return a, b, err
}

func oneField(s string) (field, rest string, err error) {
	if strings.HasPrefix(s, `"`) {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return "", "", err
		}
		field, err = strconv.Unquote(quoted)
		return field, s[len(quoted):], err
	}
	i := strings.IndexByte(s, ' ')
	if i < 0 {
		i = len(s)
	}
	return s[:i], s[i:], nil
}

// newerVersion gives the newer of two versions. What is no semantic version is older than what is one; between two
// such the text decides, so that the answer does not depend on the order of lines.
func newerVersion(a, b string) string {
	va, errA := semver.NewVersion(a)
	vb, errB := semver.NewVersion(b)
	switch {
	case errA == nil && errB != nil:
		return a
	case errA != nil && errB == nil:
		return b
	case errA == nil && !va.Equal(vb):
		if va.GreaterThan(vb) {
			return a
		}
		return b
	}
	return max(a, b)
}

func (l *Lock) normalize() {
	for p, ds := range l.Files {
		if len(ds) > 1 {
			slices.Sort(ds)
			l.Files[p] = slices.Compact(ds)
		}
	}
	for k, ss := range l.Seeds {
		if len(ss) > 1 {
			slices.Sort(ss)
			l.Seeds[k] = slices.Compact(ss)
		}
	}
}

// Owns tells whether path is in the lock with digest d.
func (l *Lock) Owns(path string, d Digest) bool {
	return l != nil && slices.Contains(l.Files[path], d)
}

// Format gives the lock as text. It is the same for locks with the same facts.
func (l *Lock) Format() []byte {
	var b bytes.Buffer
	b.Grow(len(header) + 96*len(l.Files) + 48*len(l.Seeds))
	b.WriteString(header)
	if l.Version != "" {
		fmt.Fprintf(&b, "lvsgen %s\n", l.Version)
	}
	fmt.Fprintf(&b, "schema %d\n", l.Schema)
	for _, p := range slices.Sorted(maps.Keys(l.Files)) {
		for _, d := range sortedSet(l.Files[p]) {
			line(&b, "file", p, string(d))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(l.Seeds)) {
		for _, s := range sortedSet(l.Seeds[k]) {
			line(&b, "image", k, s)
		}
	}
	return b.Bytes()
}

func line(b *bytes.Buffer, kind, first, second string) {
	b.WriteString(kind)
	for _, field := range [...]string{first, second} {
		b.WriteByte(' ')
		if needsQuotes(field) {
			field = strconv.Quote(field)
		}
		b.WriteString(field)
	}
	b.WriteByte('\n')
}

// needsQuotes tells which fields would not be read back as they are.
func needsQuotes(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '"' {
			return true
		}
	}
	return s == ""
}

func sortedSet[T ~string](list []T) []T {
	if len(list) < 2 {
		return list
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

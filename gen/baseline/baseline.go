// Package baseline is the list of findings that a repository had when it began to use lvsgen: they are not told again,
// and what is new stands out. Findings are known by what they say, not by their lines.
package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// Name is the file that is used when it lies in the root of the repository.
const Name = ".lvsgen-baseline.json"

// Rule names the findings about the file itself.
const Rule = "baseline"

// Entry is one finding, and how often it is there.
type Entry struct {
	Rule    string `json:"rule"`
	File    string `json:"file"`
	Object  string `json:"object,omitempty"`
	Message string `json:"message"`
	Count   int    `json:"count,omitempty"`
}

func (e Entry) identity() diag.Identity {
	return diag.Identity{Rule: e.Rule, File: e.File, Object: e.Object, Message: e.Message}
}

// Baseline is what the file holds. Several entries of one identity add up: branches that each wrote one may be merged.
type Baseline struct{ counts map[diag.Identity]int }

// document is the form of the file.
type document struct {
	Version  int     `json:"version"`
	Findings []Entry `json:"findings"`
}

// Of gives the baseline of findings. Information is never in it.
func Of(findings diag.Findings) *Baseline {
	b := &Baseline{counts: map[diag.Identity]int{}}
	for _, f := range findings {
		if f.Severity != diag.Info {
			b.counts[f.Identity()]++
		}
	}
	return b
}

// Len is the number of findings in it.
func (b *Baseline) Len() int {
	n := 0
	for _, count := range b.counts {
		n += count
	}
	return n
}

// Entries are sorted by file, rule, object and message.
func (b *Baseline) Entries() []Entry {
	out := []Entry{}
	for id, count := range b.counts {
		out = append(out, Entry{Rule: id.Rule, File: id.File, Object: id.Object, Message: id.Message, Count: count})
	}
	slices.SortFunc(out, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.Object, b.Object), strings.Compare(a.Message, b.Message))
	})
	return out
}

// Encode gives the content of the file.
func (b *Baseline) Encode() ([]byte, error) {
	doc := document{Version: 1, Findings: b.Entries()}
	for i := range doc.Findings {
		if doc.Findings[i].Count == 1 {
			doc.Findings[i].Count = 0 // one is what is meant without a number
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return out.Bytes(), err
}

// maxCount is how many findings one entry may stand for: more than any run has, and few enough that sums of them are right.
const maxCount = 1_000_000

// Parse reads the content of a file, or says what is wrong with it.
func Parse(file string, content []byte) (*Baseline, diag.Findings) {
	var doc document
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	err := dec.Decode(&doc)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more behind its end")
		}
	}
	if err != nil {
		return nil, broken(at(file, content, err, dec.InputOffset()), "this is no baseline: %v", reason(err))
	}
	if doc.Version != 1 {
		return nil, broken(diag.Position{File: file, Line: 1, Column: 1}, "the baseline has version %d, and this lvsgen knows version 1", doc.Version)
	}
	b := &Baseline{counts: map[diag.Identity]int{}}
	for i, e := range doc.Findings {
		if e.Rule == "" || e.Message == "" || e.Count < 0 {
			return nil, broken(diag.Position{File: file}, "entry %d lacks its rule or its message, or counts less than nothing", i+1)
		}
		if e.Count > maxCount {
			return nil, broken(diag.Position{File: file}, "entry %d counts %d findings, and no run has more than %d", i+1, e.Count, maxCount)
		}
		b.counts[e.identity()] += max(e.Count, 1)
	}
	return b, nil
}

func broken(at diag.Position, format string, args ...any) diag.Findings {
	return diag.Findings{diag.Errorf(Rule, at, format, args...).WithHint("write it anew: lvsgen validate --write-baseline")}
}

// reason takes the name of Go's package out of an error.
func reason(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("%s must not be a %s", cmp.Or(kind.Field, "it"), kind.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// at is where decoding stopped.
func at(file string, content []byte, err error, offset int64) diag.Position {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	default:
		// The decoder does not say where an unknown field is.
		if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
			offset = int64(bytes.Index(content, []byte(name))) + 1
		}
	}
	before := content[:min(max(offset-1, 0), int64(len(content)))]
	line := bytes.Count(before, []byte("\n"))
	return diag.Position{File: file, Line: line + 1, Column: len(before) - bytes.LastIndexByte(before, '\n')}
}

// Split gives the findings that the baseline does not hold, how many it does, and what of it is fixed.
func (b *Baseline) Split(findings diag.Findings) (left diag.Findings, known int, fixed []Entry) {
	rest := Baseline{counts: map[diag.Identity]int{}}
	for id, n := range b.counts {
		rest.counts[id] = n
	}
	for _, f := range findings {
		id := f.Identity()
		if f.Severity == diag.Info || rest.counts[id] == 0 {
			left = append(left, f)
			continue
		}
		known++
		if rest.counts[id]--; rest.counts[id] == 0 {
			delete(rest.counts, id)
		}
	}
	return left, known, rest.Entries()
}

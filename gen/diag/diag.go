// Package diag holds what every stage says to the user: findings with positions.
//
// A finding names the cause, quotes the value, points at the user's file first and ends with the way out (Hint).
// Messages are lower case and have no full stop.
package diag

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Severity says how sure and how bad a finding is. Only what is surely refused or silently ignored is an error.
type Severity string

// The severities, worst first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Severities are all severities, worst first.
var Severities = []Severity{Error, Warning, Info}

// Compare orders severities, worst first.
func (s Severity) Compare(other Severity) int {
	return slices.Index(Severities, s) - slices.Index(Severities, other)
}

// AtLeast tells whether s is as bad as limit, or worse.
func (s Severity) AtLeast(limit Severity) bool { return s.Compare(limit) <= 0 }

// Position is a place in a file of the repository. Line counts from 1, Column counts bytes from 1; 0 means "the file as a
// whole".
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String gives file:line:col, without the parts that are not known.
func (p Position) String() string {
	switch {
	case p.File == "":
		return "-"
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders positions by file, line and column.
func (p Position) Compare(q Position) int {
	return cmp.Or(strings.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Object names the Kubernetes object that a finding is about.
type Object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

// String names the object for messages: "Secret shop/mail", or "Namespace shop" outside of namespaces.
func (o *Object) String() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// Related is a second place that explains a finding: the other writer of a path, the line of the schema.
type Related struct {
	Position
	Message string `json:"message"`
}

// Finding is one thing to tell the user. Rule is the kebab-case name of what was violated.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Position
	Message string    `json:"message"`
	Hint    string    `json:"hint,omitempty"`
	Object  *Object   `json:"object,omitempty"`
	Related []Related `json:"related,omitempty"`
}

// Identity is what of a finding stays the same when lines move: what baselines and code hosts know it by.
type Identity struct {
	Rule, File string
	// Object is "Secret shop/mail"; "" when the finding is about none.
	Object string
	// Message is without the numbers of lines.
	Message string
}

// lineNumber is how messages name a line.
var lineNumber = regexp.MustCompile(`\b(lines?|:) ?\d+(:\d+)?\b`)

// Identity gives the identity of a finding.
func (f *Finding) Identity() Identity {
	id := Identity{Rule: f.Rule, File: f.File, Message: lineNumber.ReplaceAllString(f.Message, "$1 N")}
	if f.Object != nil {
		id.Object = f.Object.String()
	}
	return id
}

// Errorf makes an error finding of rule at p.
func Errorf(rule string, p Position, format string, args ...any) Finding {
	return Finding{Rule: rule, Severity: Error, Position: p, Message: fmt.Sprintf(format, args...)}
}

// Warnf makes a warning.
func Warnf(rule string, p Position, format string, args ...any) Finding {
	return Finding{Rule: rule, Severity: Warning, Position: p, Message: fmt.Sprintf(format, args...)}
}

// WithHint gives the same finding with the way out.
func (f Finding) WithHint(format string, args ...any) Finding {
	f.Hint = fmt.Sprintf(format, args...)
	return f
}

// WithRelated gives the same finding with one more place. Places without a file are left out: they would say nothing.
func (f Finding) WithRelated(p Position, format string, args ...any) Finding {
	if p.File == "" {
		return f
	}
	f.Related = append(slices.Clone(f.Related), Related{Position: p, Message: fmt.Sprintf(format, args...)})
	return f
}

// Findings is a list of findings; as an error it says them all, one per line.
type Findings []Finding

// Error gives the findings as text, one line each.
func (fs Findings) Error() string {
	var b strings.Builder
	for i, f := range fs {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s", f.Position, f.Message)
	}
	return b.String()
}

// Sorted gives the findings by position, then severity, rule and message, without exact repetitions.
func (fs Findings) Sorted() Findings {
	out := slices.Clone(fs)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(a.Compare(b.Position), a.Severity.Compare(b.Severity),
			strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(out, func(a, b Finding) bool {
		return a.Position == b.Position && a.Severity == b.Severity && a.Rule == b.Rule && a.Message == b.Message && a.Hint == b.Hint
	})
}

// Count tells how many findings have severity s.
func (fs Findings) Count(s Severity) int {
	n := 0
	for _, f := range fs {
		if f.Severity == s {
			n++
		}
	}
	return n
}

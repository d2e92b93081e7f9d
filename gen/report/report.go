// Package report prints findings: as text for people, as JSON for programs.
package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// Summary counts what was looked at and found.
type Summary struct {
	Files int `json:"files"`
	// Objects are those of the simulated cluster; commands that look at no objects leave it out.
	Objects int `json:"objects,omitempty"`
	// Unrendered are the releases whose charts are not in the repository.
	Unrendered int `json:"unrendered,omitempty"`
	Errors     int `json:"errors"`
	Warnings   int `json:"warnings"`
	// Ignored is how many findings comments suppress, Baseline how many the baseline does.
	Ignored  int `json:"ignored,omitempty"`
	Baseline int `json:"baseline,omitempty"`
}

// Change is one file that render wrote or would write.
type Change struct {
	Path   string `json:"path"`
	Action string `json:"action"`
}

// Document is the JSON output. Its shape is stable: fields are only ever added.
type Document struct {
	Version  int           `json:"version"`
	Findings diag.Findings `json:"findings"`
	Changes  []Change      `json:"changes,omitempty"`
	// Unstaged are the files that a commit would leave behind.
	Unstaged []string `json:"unstaged,omitempty"`
	Summary  Summary  `json:"summary"`
}

// JSON writes one document, with its version and the counts of its findings filled in.
func JSON(w io.Writer, doc Document) error {
	doc.Version = 1
	doc.Summary.Errors, doc.Summary.Warnings = doc.Findings.Count(diag.Error), doc.Findings.Count(diag.Warning)
	if doc.Findings == nil {
		doc.Findings = diag.Findings{}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(doc)
}

// Text writes the findings for people: the place, the message, the line, the way out. Lines are read from root; color
// uses the terminal's escape codes.
func Text(w io.Writer, findings diag.Findings, root fs.FS, color bool) {
	p := printer{w: w, color: color, root: root, lines: map[string][]string{}}
	for _, f := range findings {
		p.finding(f)
	}
}

type printer struct {
	w     io.Writer
	color bool
	root  fs.FS
	lines map[string][]string
}

const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	amber = "\x1b[33m"
	cyan  = "\x1b[36m"
	reset = "\x1b[0m"
)

func (p *printer) paint(code, text string) string {
	if !p.color {
		return text
	}
	return code + text + reset
}

func (p *printer) finding(f diag.Finding) {
	code := map[diag.Severity]string{diag.Error: red, diag.Warning: amber, diag.Info: cyan}[f.Severity]
	fmt.Fprintf(p.w, "%s: %s: %s [%s]\n", p.paint(bold, place(f.Position)), p.paint(code, string(f.Severity)), inset(f.Message), f.Rule)
	p.excerpt(f.Position)
	if f.Object != nil {
		fmt.Fprintf(p.w, "  object: %s (%s)\n", inset(f.Object.String()), inset(f.Object.APIVersion))
	}
	for _, r := range f.Related {
		fmt.Fprintf(p.w, "  see %s: %s\n", place(r.Position), inset(r.Message))
	}
	if f.Hint != "" {
		fmt.Fprintf(p.w, "  hint: %s\n", inset(f.Hint))
	}
}

// maxExcerpt is the widest line, in characters, that is shown with a mark under the place.
const maxExcerpt = 140

// excerpt shows the line and marks the column.
func (p *printer) excerpt(at diag.Position) {
	line, ok := p.line(at)
	if !ok {
		return
	}
	column := min(max(at.Column-1, 0), len(line))
	before := Clean(strings.ReplaceAll(line[:column], "\t", "  "))
	shown := before + Clean(strings.ReplaceAll(line[column:], "\t", "  "))
	if len([]rune(shown)) > maxExcerpt {
		return
	}
	fmt.Fprintf(p.w, "  | %s\n", shown)
	if at.Column > 0 {
		fmt.Fprintf(p.w, "  | %s%s\n", strings.Repeat(" ", len([]rune(before))), p.paint(bold, "^"))
	}
}

// line gives the line of a place, when its file can be read.
func (p *printer) line(at diag.Position) (string, bool) {
	if p.root == nil || at.Line < 1 {
		return "", false
	}
	lines, read := p.lines[at.File]
	if !read {
		lines = readLines(p.root, at.File)
		p.lines[at.File] = lines
	}
	if at.Line > len(lines) {
		return "", false
	}
	return lines[at.Line-1], true
}

// maxShown is how much of a file is looked at for its lines, in bytes: more than what any command reads of one.
const maxShown = 16 << 20

// readLines gives the lines of a file; none when it cannot be read, is no regular file, or has a line above 1 MiB.
func readLines(root fs.FS, name string) []string {
	f, err := root.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	var lines []string
	scanner := bufio.NewScanner(io.LimitReader(f, maxShown))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	return lines
}

// place is a position on one line: a file's name may hold a newline.
func place(p diag.Position) string { return strings.ReplaceAll(Clean(p.String()), "\n", "\uFFFD") }

// inset is a text whose further lines cannot be taken for findings.
func inset(s string) string { return strings.ReplaceAll(Clean(short(s)), "\n", "\n    ") }

// maxMessage is how much of a message people and annotations get, in bytes; JSON, SARIF and JUnit hold all of it. Messages
// quote values, which may be as long as a file.
const maxMessage = 1500

func short(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "…"
}

// Clean takes control characters out, and those that turn the direction of a text (Unicode's bidirectional controls): what
// comes from files must not steer the terminal.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

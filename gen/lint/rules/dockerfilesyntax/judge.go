package dockerfilesyntax

import (
	"bytes"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// names are the instructions as people write them.
var names = func() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(command.Commands)) {
		out = append(out, strings.ToUpper(name))
	}
	return out
}()

// judge gives what BuildKit refuses in a Dockerfile, and stages that are not there.
func judge(name string, content []byte) (out diag.Findings) {
	syntax, _, _, declared := parser.DetectSyntax(content)
	if declared && !strings.Contains(syntax, "docker/dockerfile:") && !strings.HasSuffix(syntax, "docker/dockerfile") {
		return nil // another language in a file of this name
	}
	// The parser is made for files that people write, and of some others nothing is known.
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	parsed, err := parser.Parse(bytes.NewReader(content))
	if err != nil {
		return diag.Findings{diag.Errorf("", diag.Position{File: name, Line: lineOf(err)}, "BuildKit refuses the Dockerfile: %v", cause(err)).
			WithHint("compare the line with the Dockerfile reference")}
	}
	s := stages{file: name, named: map[string]bool{}, used: map[string]bool{}, labs: strings.Contains(syntax, "labs")}
	for _, node := range parsed.AST.Children {
		s.instruction(node)
	}
	return append(s.findings, s.copies()...)
}

// lineOf is the line of an error; 0 when it has none.
func lineOf(err error) int {
	var located *parser.LocationError
	if errors.As(err, &located) && len(located.Locations) > 0 && len(located.Locations[0]) > 0 {
		return located.Locations[0][0].Start.Line
	}
	return 0
}

// cause takes the library's own context out of an error.
func cause(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	return suggested.ReplaceAllString(text, "")
}

var suggested = regexp.MustCompile(` \(did you mean .*\?\)$`)

// stages is what a Dockerfile has said so far.
type stages struct {
	file     string
	findings diag.Findings
	// count is the number of stages; named are their names; used are those that others build on or copy from.
	count       int
	named, used map[string]bool
	order       []string
	froms       []from
	// labs tells that the file asks for a syntax with flags that are not known here; wrong that its beginning is wrong.
	labs, wrong bool
}

// from is the place of a --from.
type from struct {
	name  string
	line  int
	stage int
}

func (s *stages) errorf(line int, format string, args ...any) *diag.Finding {
	s.findings = append(s.findings, diag.Errorf("", diag.Position{File: s.file, Line: line, Column: 1}, "BuildKit refuses the Dockerfile: "+format, args...).
		WithHint("compare the line with the Dockerfile reference"))
	return &s.findings[len(s.findings)-1]
}

func (s *stages) instruction(node *parser.Node) {
	name := strings.ToLower(node.Value)
	if _, known := command.Commands[name]; !known {
		f := s.errorf(node.StartLine, "there is no instruction %q", shortened(node.Value))
		near := diag.Nearest(strings.ToUpper(node.Value), names)
		if near != "" {
			f.Hint = "did you mean " + near + "?"
		} else {
			f.Hint = "end the line above with \\ if this belongs to it; the instructions are: " + strings.Join(names, ", ")
		}
		s.wrong = s.wrong || s.count == 0 || near == "FROM" // its stages are not known then
		return
	}
	if s.count == 0 && name != command.From && name != command.Arg && !s.wrong {
		f := s.errorf(node.StartLine, "%s stands before the first FROM", strings.ToUpper(name))
		f.Hint = "begin with FROM; only ARG may stand before it"
		s.wrong = true
		return
	}
	parsed, err := instructions.ParseInstruction(node)
	if err != nil {
		if message := cause(err); !s.labs || !strings.Contains(message, "unknown flag") {
			s.errorf(node.StartLine, "%s", message)
		}
		if name == command.From {
			s.wrong = true
			s.count++
		}
		return
	}
	s.note(node, parsed)
}

// note keeps the stages and who uses them.
func (s *stages) note(node *parser.Node, parsed any) {
	switch c := parsed.(type) {
	case *instructions.Stage:
		s.used[strings.ToLower(c.BaseName)] = true
		s.count++
		if c.Name != "" {
			s.named[c.Name] = true
			s.order = append(s.order, c.Name)
		}
	case *instructions.CopyCommand:
		if c.From != "" {
			s.froms = append(s.froms, from{c.From, node.StartLine, s.count})
			s.used[strings.ToLower(c.From)] = true
		}
	}
	for _, m := range mounted.FindAllStringSubmatch(node.Original, -1) {
		s.used[strings.ToLower(m[1])] = true
	}
}

var mounted = regexp.MustCompile(`\bfrom=([A-Za-z0-9_.-]+)`)

// copies judges what files are copied from: a number is a stage, a name may be a stage, an image or a context that the caller
// of the build brings. It is reported when it looks like a stage: a stage has nearly that name, or is used by nobody.
func (s *stages) copies() (out diag.Findings) {
	if s.wrong {
		return nil
	}
	for _, c := range s.froms {
		at := diag.Position{File: s.file, Line: c.line, Column: 1}
		if n, err := strconv.Atoi(c.name); err == nil {
			if n < 0 || n >= s.count {
				out = append(out, diag.Errorf("", at, "BuildKit refuses the Dockerfile: there is no stage %d, they are counted from 0", n).
					WithHint("give the stage a name (FROM image AS name), and use that"))
			}
			continue
		}
		name := strings.ToLower(c.name)
		if s.named[name] || !plain.MatchString(name) {
			continue
		}
		near := diag.Nearest(name, s.order)
		if near == "" {
			near = s.unused()
		}
		if near != "" && !slices.Contains(images, name) {
			out = append(out, diag.Warnf("", at, "no stage is named %q, so BuildKit looks for an image of that name", c.name).
				WithHint("did you mean the stage %q?", near))
		}
	}
	return out
}

// plain is a name that may be a stage's: an image with a tag, a registry or a variable is none.
var plain = regexp.MustCompile(`^[a-z][a-z0-9_.-]*$`)

// unused is the last stage that nothing is taken from, besides the one that is built; "" when there is none.
func (s *stages) unused() string {
	for i := len(s.order) - 1; i >= 0; i-- {
		if name := s.order[i]; !s.used[name] && (i < len(s.order)-1 || s.count > len(s.order)) {
			return name
		}
	}
	return ""
}

// images are images of Docker Hub from which files are copied by their bare name.
var images = []string{"alpine", "busybox", "caddy", "composer", "debian", "docker", "golang", "gradle", "haproxy", "httpd", "maven", "nginx", "node", "oven", "php", "postgres", "python", "redis", "ruby", "rust", "traefik", "ubuntu"}

// shortened keeps messages readable.
func shortened(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

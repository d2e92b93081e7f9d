// Package config is lvsgen.yaml: how the people of a repository want it to be judged. It needs no CUE, and lies in the
// root of the repository.
package config

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Name is the file's.
const Name = "lvsgen.yaml"

// misnamed are names that people give it and that nothing reads.
var misnamed = []string{"lvsgen.yml", ".lvsgen.yaml", ".lvsgen.yml"}

// Rule names the findings about the file itself.
const Rule = "config"

// Off is written for a severity to leave a rule out.
const Off = "off"

// Config is what the file says. The zero value says nothing.
type Config struct {
	// Severities replace those of a rule's errors and warnings, by rule; Off stands for none at all.
	Severities map[string]string
	// Exclude are the paths whose findings are left out.
	Exclude []Pattern
	// Kubernetes and Flux are the minor releases, such as "1.36", that the cloud is judged for; "" when the file does
	// not say.
	Kubernetes, Flux string
	// Charts is the folder of the vendored charts; "" when the file does not say.
	Charts string
}

// Pattern is a glob over paths from the root: "*" stops at "/", "**" does not. A pattern that fits a folder fits all that
// is in it.
type Pattern struct {
	Glob string
	At   diag.Position
}

// Match tells whether a file is meant.
func (p Pattern) Match(file string) bool {
	for name := file; name != "." && name != "/"; name = path.Dir(name) {
		if doublestar.MatchUnvalidated(p.Glob, name) {
			return true
		}
	}
	return false
}

// Excluded tells whether findings in a file are left out.
func (c *Config) Excluded(file string) bool {
	return slices.ContainsFunc(c.Exclude, func(p Pattern) bool { return p.Match(file) })
}

// Severity gives the severity that a finding of a rule has; off is true when it is left out. Information stays
// information: it says what cannot be known, which no wish makes an error.
func (c *Config) Severity(rule string, s diag.Severity) (severity diag.Severity, off bool) {
	switch wanted := c.Severities[rule]; {
	case wanted == Off:
		return s, true
	case wanted == "" || s == diag.Info:
		return s, false
	default:
		return diag.Severity(wanted), false
	}
}

// Source is the repository.
type Source interface {
	Has(name string) bool
	Read(name string) ([]byte, error)
}

// Read gives what the file in the root of a repository says, or what is wrong with it. Rules are the names that it may
// use. A repository without the file has an empty Config.
func Read(repository Source, rules []string) (*Config, diag.Findings) {
	p := parser{rules: rules}
	for _, name := range misnamed {
		if repository.Has(name) {
			p.fail(diag.Position{File: name}, "nothing reads %q", name).Hint = "rename it to " + Name
		}
	}
	if !repository.Has(Name) {
		return &Config{}, p.findings
	}
	content, err := repository.Read(Name)
	if err != nil {
		p.fail(diag.Position{File: Name}, "the file cannot be read: %v", err)
		return nil, p.findings
	}
	docs, findings := yamlfile.Parse(Name, content)
	switch p.findings = append(p.findings, findings...); {
	case len(p.findings) > 0:
		return nil, p.findings
	case len(docs) > 1:
		p.fail(docs[1].Position(), "the file has a second document").Hint = "write everything into one"
	case len(docs) == 1:
		p.doc = docs[0]
		p.root()
	}
	if len(p.findings) > 0 {
		return nil, p.findings.Sorted()
	}
	return &p.config, nil
}

// parser walks through the document.
type parser struct {
	rules    []string
	doc      *yamlfile.Document
	config   Config
	findings diag.Findings
}

func (p *parser) fail(at diag.Position, format string, args ...any) *diag.Finding {
	p.findings = append(p.findings, diag.Errorf(Rule, at, format, args...))
	return &p.findings[len(p.findings)-1]
}

// mapping gives the entries of a mapping, in order, whose keys must be known.
func (p *parser) mapping(v any, known []string, what string, at ...any) []string {
	m, ok := v.(map[string]any)
	if !ok {
		if v != nil {
			p.fail(p.doc.Position(at...), "%s must be a mapping", what)
		}
		return nil
	}
	keys := slices.Sorted(maps.Keys(m))
	return slices.DeleteFunc(keys, func(key string) bool {
		if slices.Contains(known, key) {
			return false
		}
		f := p.fail(p.doc.Key(append(slices.Clone(at), key)...), "unknown %s %q", what, key)
		if f.Hint = didYouMean(key, known); f.Hint == "" {
			f.Hint = "there are: " + strings.Join(known, ", ")
			if len(known) > 10 {
				f.Hint = "lvsgen rules lists them"
			}
		}
		return true
	})
}

func didYouMean(name string, known []string) string {
	if near := diag.Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

func (p *parser) root() {
	if p.doc.Fields() == nil {
		p.fail(p.doc.Position(), "the file must hold a mapping").Hint = "begin with validate:"
		return
	}
	known := p.mapping(p.doc.Value, []string{"charts", "validate"}, "key")
	if slices.Contains(known, "charts") {
		p.charts(p.doc.Fields()["charts"])
	}
	section := p.doc.Fields()["validate"]
	for _, key := range p.mapping(section, []string{"rules", "exclude", "kubernetes", "flux"}, "key", "validate") {
		value := section.(map[string]any)[key]
		switch key {
		case "rules":
			p.severities(value)
		case "exclude":
			p.exclude(value)
		case "kubernetes":
			p.config.Kubernetes = p.release(key, value)
		case "flux":
			p.config.Flux = p.release(key, value)
		}
	}
}

// charts reads the folder of the vendored charts.
func (p *parser) charts(v any) {
	dir, ok := v.(string)
	clean := path.Clean(strings.TrimPrefix(dir, "./"))
	if !ok || dir == "" || clean == "." || path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
		p.fail(p.doc.Position("charts"), "the folder of the charts is %s", written(v)).
			Hint = "write a folder of the repository, such as third-party/charts"
		return
	}
	p.config.Charts = clean
}

// levels are what may stand for a severity.
var levels = []string{string(diag.Error), string(diag.Warning), string(diag.Info), Off}

func (p *parser) severities(v any) {
	p.config.Severities = map[string]string{}
	for _, rule := range p.mapping(v, p.rules, "rule", "validate", "rules") {
		value := v.(map[string]any)[rule]
		level, _ := value.(string)
		if !slices.Contains(levels, level) {
			p.fail(p.doc.Position("validate", "rules", rule), "the severity of %s is %s", rule, written(value)).
				Hint = "the severities are " + strings.Join(levels, ", ")
			continue
		}
		p.config.Severities[rule] = level
	}
}

// written is a value for messages.
func written(v any) string {
	switch v.(type) {
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case nil:
		return "not there"
	}
	return fmt.Sprintf("%q", fmt.Sprint(v))
}

func (p *parser) exclude(v any) {
	list, ok := v.([]any)
	if !ok && v != nil {
		p.fail(p.doc.Position("validate", "exclude"), "exclude must be a list of paths, not %s", written(v))
	}
	for i, item := range list {
		at := p.doc.Position("validate", "exclude", i)
		glob, ok := item.(string)
		clean := strings.TrimSuffix(strings.TrimPrefix(glob, "./"), "/")
		switch {
		case !ok || clean == "" || clean == ".":
			p.fail(at, "a path to leave out is %s", written(item)).Hint = "write a path from the repository's root, such as examples/**"
		case strings.HasPrefix(clean, "/") || slices.Contains(strings.Split(clean, "/"), ".."):
			p.fail(at, "the path %q leads out of the repository", glob).Hint = "write it from the repository's root, such as examples/**"
		case !doublestar.ValidatePattern(clean):
			p.fail(at, "the pattern %q cannot be read", glob).Hint = "close every [ and {, or put a backslash before them"
		default:
			p.config.Exclude = append(p.config.Exclude, Pattern{Glob: clean, At: at})
		}
	}
}

// minorRelease is how a target is written.
var minorRelease = regexp.MustCompile(`^\d+\.\d+$`)

func (p *parser) release(key string, v any) string {
	text, ok := v.(string)
	if text = strings.TrimPrefix(text, "v"); ok && minorRelease.MatchString(text) {
		return text
	}
	f := p.fail(p.doc.Position("validate", key), "the release %s must be a text with a major and a minor number, not %s", key, written(v))
	f.Hint = `write it in quotes, such as "1.36"`
	return ""
}

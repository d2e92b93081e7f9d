// Package yamlsyntax is the rule yaml-syntax.
package yamlsyntax

import (
	_ "embed"
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/files"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       yamlfile.Rule,
	Group:      1,
	Severities: []diag.Severity{diag.Error},
	Title:      "A file, or a text inside a ConfigMap, is no YAML or JSON",
	Why: "Whoever reads it stops: Flux no longer builds the folder, Helm refuses the values, and the program that is " +
		"configured by it does not start. Of a key that is there twice only one counts.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

// checker looks at each file once. Manifests are read by the simulation, which reports them; the same finding twice is one.
type checker struct {
	*lint.Pass
	seen map[string]bool
}

func check(p *lint.Pass) {
	c := checker{Pass: p, seen: map[string]bool{}}
	for _, w := range p.Worlds {
		for _, owner := range w.Owners {
			for _, name := range owner.Files {
				c.file(name)
			}
			c.release(owner)
		}
		for _, o := range w.Objects {
			c.texts(o)
		}
	}
	for _, name := range files.Of(p).Settings {
		c.file(name)
	}
}

// release looks at what Helm reads besides templates.
func (c *checker) release(owner *world.Owner) {
	if owner.Object == nil || owner.Object.Kind != "HelmRelease" || owner.Path == "" {
		return
	}
	c.file(path.Join(owner.Path, "Chart.yaml"))
	c.file(path.Join(owner.Path, "values.yaml"))
	for _, item := range owner.Object.List("spec", "chart", "spec", "valuesFiles") {
		name, _ := item.(string)
		c.file(path.Clean(strings.TrimPrefix(name, "/")))
	}
}

func (c *checker) file(name string) {
	if c.seen[name] || !c.Tree.Has(name) {
		return
	}
	c.seen[name] = true
	switch path.Ext(name) {
	case ".yaml", ".yml":
		_, findings := c.Docs.Documents(name)
		for _, f := range findings {
			content, _ := c.Tree.Read(name)
			if f.Rule == yamlfile.Rule && !yamlfile.MayBeTemplate(string(content)) {
				c.say(f, f.Position, nil)
			}
		}
	case ".json":
		content, err := c.Tree.Read(name)
		if err != nil {
			return
		}
		if line, message := yamlfile.BrokenJSON(string(content)); message != "" {
			c.say(diag.Finding{Message: message, Hint: jsonHint}, diag.Position{File: name, Line: line}, nil)
		}
	}
}

func (c *checker) say(f diag.Finding, at diag.Position, about *world.Object) {
	r := c.Errorf(at, about, "%s", f.Message)
	if f.Hint != "" {
		r.Hint("%s", f.Hint)
	}
	for _, place := range f.Related {
		r.See(place.Position, "%s", place.Message)
	}
}

package load

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// syntaxFindings gives the first syntax error of a file: those after it are mostly its consequences.
func syntaxFindings(err error, name string, src []byte) diag.Findings {
	all := errors.Errors(err)
	if len(all) == 0 {
		return diag.Findings{diag.Errorf(ruleSyntax, diag.Position{File: name}, "not CUE: %s", firstLine(err))}
	}
	format, args := all[0].Msg()
	f := diag.Errorf(ruleSyntax, errorPosition(all[0], name), "not CUE: %s", fmt.Sprintf(format, args...)).
		WithHint("cue fmt shows the same place; look at the line above it too")
	if lines := strings.Split(string(src), "\n"); f.Line > 0 && f.Line <= len(lines) {
		if v := bareVersion.FindStringSubmatch(lines[f.Line-1]); v != nil {
			f = f.WithHint("write the version in quotes: %q", v[1])
		}
	}
	return diag.Findings{f}
}

// bareVersion is a version that is not quoted: CUE reads a number, and then something else.
var bareVersion = regexp.MustCompile(`:\s*(\d+\.\d+\.\d+[-\w.]*)`)

// topLevel are the fields of the package that the schema knows.
var topLevel = []string{"schemaVersion", "cloud", "clusters", "apps"}

// checkTopLevel looks at what no evaluation can see: misspelt top-level fields, which an open package accepts, inputs
// that no schema is bound to, and one app in two places.
func (s *sources) checkTopLevel() diag.Findings {
	var findings diag.Findings
	bound := map[string]bool{}
	for _, f := range s.files {
		for _, decl := range f.syntax.Decls {
			if embed, ok := decl.(*ast.EmbedDecl); ok {
				findings = append(findings, diag.Errorf(ruleInput, position(embed.Pos()), "%s stands alone at the top level: it would become part of every field there", exprText(embed.Expr)).
					WithHint("give it a field: apps: NAME: ..., or a helper of your own that starts with \"_\""))
			}
			field, ok := decl.(*ast.Field)
			if !ok {
				continue
			}
			name, ok := labelName(field.Label)
			if !ok || isHiddenOrDefinition(field.Label, name) {
				continue
			}
			if !slices.Contains(topLevel, name) {
				finding := diag.Errorf(ruleUnknown, position(field.Label.Pos()), "unknown top-level field %q", name)
				if near := diag.Nearest(name, topLevel); near != "" {
					finding = finding.WithHint("did you mean %q?", near)
				} else {
					finding = finding.WithHint("the fields of the package are schemaVersion, cloud, clusters and apps; helpers of your own start with \"_\"")
				}
				findings = append(findings, finding)
				continue
			}
			if name == "apps" {
				findings = append(findings, hiddenApps(field.Value)...)
			}
			bound[name] = bound[name] || f.kind == cloudFile && refers(field.Value, "schema")
		}
	}
	findings = append(findings, s.checkBinding(bound)...)
	return append(findings, s.checkDuplicates()...)
}

// hiddenApps finds apps whose labels make CUE leave them out: _x, #x and x?.
func hiddenApps(value ast.Expr) diag.Findings {
	body, ok := value.(*ast.StructLit)
	if !ok {
		return nil
	}
	var findings diag.Findings
	for _, elt := range body.Elts {
		field, ok := elt.(*ast.Field)
		if !ok {
			continue
		}
		name, ok := labelName(field.Label)
		if ok && (isHiddenOrDefinition(field.Label, name) || field.Constraint != token.ILLEGAL) {
			findings = append(findings, diag.Errorf(ruleValue, position(field.Label.Pos()), "apps.%s is no app: CUE leaves hidden, optional and defined fields out", name).
				WithHint("write the name as it is, lower-case letters, digits and '-'; helpers of your own stand at the top level"))
		}
	}
	return findings
}

// checkBinding makes sure that cloud.cue binds the schema: without it CUE would accept anything.
func (s *sources) checkBinding(bound map[string]bool) diag.Findings {
	lines := map[string]string{
		"schemaVersion": "schemaVersion: schema.#SchemaVersion & 1",
		"cloud":         "cloud: schema.#Cloud & {...}",
		"clusters":      "clusters: schema.#Clusters & {#cloud: cloud}",
		"apps":          "apps: schema.#Apps",
	}
	var findings diag.Findings
	for _, name := range topLevel {
		if !bound[name] {
			findings = append(findings, diag.Errorf(ruleInput, diag.Position{File: "cloud.cue"}, "%s is not bound to the schema", name).
				WithHint("write in cloud.cue: %s", lines[name]))
		}
	}
	return findings
}

// checkDuplicates finds an app that two folders declare: they would render to one place.
func (s *sources) checkDuplicates() diag.Findings {
	var findings diag.Findings
	for name, files := range s.declarers() {
		first := files[0]
		for _, f := range files[1:] {
			if path.Dir(f.path) == path.Dir(first.path) {
				continue
			}
			at, _ := findIn(f, "apps", name)
			other, _ := findIn(first, "apps", name)
			findings = append(findings, diag.Errorf(ruleDuplicate, at, "app %q is declared a second time", name).
				WithRelated(other, "the first declaration").
				WithHint("an app's files live in one folder: rename one of the apps, or move both parts to applications/%s/", name))
		}
	}
	return findings
}

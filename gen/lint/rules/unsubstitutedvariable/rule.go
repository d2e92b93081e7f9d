// Package unsubstitutedvariable is the rule unsubstituted-variable.
package unsubstitutedvariable

import (
	_ "embed"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "unsubstituted-variable",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "A variable that nothing substitutes, or that Flux takes for its own",
	Why: "A Kustomization without postBuild applies the text of the variable as it is: the password of an app is " +
		"then the name of the variable. Where Flux does substitute, it replaces everything that looks like a " +
		"variable, in scripts and dashboards too, and stops at what it cannot read.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		used := map[string]bool{}
		for _, o := range w.Objects {
			if o.Doc != nil && !dashboard(o) && substituted(o) {
				o.Doc.Texts(func(_ []any, value string, _ diag.Position) {
					for _, m := range variable.FindAllStringSubmatch(value, -1) {
						used[m[1]] = true
					}
				})
			}
		}
		for _, o := range w.Objects {
			switch {
			case o.Is("", "Secret"):
				secret(p, o)
			case o.Doc != nil && dashboard(o) && substituted(o):
				eaten(p, o, used)
			}
		}
	}
}

var (
	variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)`)
	// whole is a value that is nothing but a variable.
	whole = regexp.MustCompile(`^\s*\$\{[A-Za-z_][A-Za-z0-9_]*\}\s*$`)
)

// substituted tells whether the Kustomization of an object substitutes in it.
func substituted(o *world.Object) bool {
	const key = "kustomize.toolkit.fluxcd.io/substitute"
	if o.Text("metadata", "annotations", key) == "disabled" || o.Text("metadata", "labels", key) == "disabled" {
		return false
	}
	owner := o.Owner.Object
	return owner != nil && owner.Is("kustomize.toolkit.fluxcd.io", "Kustomization") && owner.Map("spec", "postBuild") != nil
}

// secret finds values that are the text of a variable.
func secret(p *lint.Pass, o *world.Object) {
	if o.Doc == nil || o.Owner.Object == nil || substituted(o) {
		return // of an entry point that the repository does not describe, nothing is known
	}
	for _, field := range []string{"data", "stringData"} {
		for _, key := range slices.Sorted(maps.Keys(o.Map(field))) {
			text := strings.TrimSpace(o.Text(field, key))
			if !whole.MatchString(text) {
				continue
			}
			p.Errorf(o.Position(field, key), o, "nothing substitutes %s: the text itself becomes the value of %s", text, o.ID()).
				Hint("%s", remedy(o))
			return
		}
	}
}

func remedy(o *world.Object) string {
	if owner := o.Owner.Object; owner != nil && owner.Map("spec", "postBuild") != nil {
		return "take the annotation kustomize.toolkit.fluxcd.io/substitute: disabled away"
	}
	return "add postBuild.substituteFrom to the Flux Kustomization that applies it"
}

// dashboard tells whether a ConfigMap holds dashboards of Grafana, which have variables of their own.
func dashboard(o *world.Object) bool {
	if !o.Is("", "ConfigMap") {
		return false
	}
	for key, value := range o.Map("data") {
		if text, _ := value.(string); strings.HasSuffix(key, ".json") && strings.Contains(text, `"panels"`) {
			return true
		}
	}
	return false
}

// eaten finds a variable of a dashboard that Flux takes for its own: nothing but dashboards uses the name, and the
// Kustomization does not set it.
func eaten(p *lint.Pass, o *world.Object, used map[string]bool) {
	said := false
	o.Doc.Texts(func(path []any, value string, _ diag.Position) {
		for i, line := range strings.Split(strings.ReplaceAll(value, "$${", ""), "\n") {
			m := variable.FindStringSubmatch(line)
			if said || m == nil || used[m[1]] || o.Owner.Object.Value("spec", "postBuild", "substitute", m[1]) != nil || known(o, m[1]) {
				continue
			}
			said = true
			p.Errorf(o.Inside(i, path...), o, "Flux takes ${%s} of this dashboard for a variable of its own, and no such variable is known", m[1]).
				Hint("put the annotation kustomize.toolkit.fluxcd.io/substitute: disabled on the object, or write $${%s}", m[1])
		}
	})
}

// known tells whether the value was there: the object, as it is applied, no longer has the variable.
func known(o *world.Object, name string) bool {
	for _, value := range o.Map("data") {
		if text, _ := value.(string); strings.Contains(text, "${"+name) {
			return false
		}
	}
	return true
}

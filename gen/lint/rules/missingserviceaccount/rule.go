// Package missingserviceaccount is the rule missing-service-account.
package missingserviceaccount

import (
	_ "embed"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-service-account",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "An object acts as a ServiceAccount that is not there",
	Why: "No pod can be made for a ServiceAccount that does not exist, and only the events of its controller say " +
		"so. Flux is refused every apply as such an account; a binding to it gives rights to nobody.",
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
		x := lint.Compute(p, refs.In{World: w}, refs.In.Index)
		for _, o := range w.Objects {
			if o.Text("metadata", "labels", "app.kubernetes.io/part-of") == "flux" {
				continue // Flux's own bindings name the controllers that are not installed, too
			}
			for _, r := range refs.Of(o) {
				if r.Kind == refs.ServiceAccount {
					reference(p, x, r)
				}
			}
		}
	}
}

func reference(p *lint.Pass, x *refs.Index, r refs.Reference) {
	answer, _ := x.Lookup("", refs.ServiceAccount, r.Namespace, r.Name)
	meant := refs.Near(r.Name, x.Kind("", refs.ServiceAccount, r.Namespace))
	if answer == world.Found || answer == world.Unknown && (meant == nil || world.Guessed(r.Name)) {
		return
	}
	const format = "ServiceAccount %s/%s, which %s names, does not exist"
	binding := strings.HasSuffix(r.From.Kind, "Binding")
	for _, other := range x.World.Kind("", refs.ServiceAccount) {
		if other.Name != r.Name {
			continue
		}
		at := r.From.Position(r.At...)
		if binding {
			at = r.From.Position(refs.Join(r.At[:len(r.At)-1], "namespace")...)
		}
		p.Errorf(at, r.From, format, r.Namespace, r.Name, r.From.ID()).
			Hint("it is in namespace %q", other.Namespace).See(other.Position("metadata", "namespace"), "%s", other.ID())
		return
	}
	say := p.Missing(answer)
	if binding {
		say = p.Warnf // the account may come later, by hand
	}
	report := say(r.From.Position(r.At...), r.From, format, r.Namespace, r.Name, r.From.ID())
	if near := diag.Nearest(r.Name, refs.Names(x.Kind("", refs.ServiceAccount, r.Namespace))); near != "" {
		report.Hint("did you mean %q?", near)
		return
	}
	report.Hint("add the ServiceAccount to the repository")
}

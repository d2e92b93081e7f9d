// Package missingingressclass is the rule missing-ingress-class.
package missingingressclass

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
	Name:       "missing-ingress-class",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "An Ingress names an IngressClass that no controller serves",
	Why: "The API server takes the Ingress, and no controller ever looks at it: the host is not answered, and " +
		"certificates that are to be proven over it stay pending.",
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
			for _, at := range places(o) {
				reference(p, x, o, at)
			}
		}
	}
}

// places are the paths of the names of IngressClasses in an object.
func places(o *world.Object) [][]any {
	switch {
	case o.Is("networking.k8s.io", "Ingress"):
		return [][]any{{"spec", "ingressClassName"}, {"metadata", "annotations", "kubernetes.io/ingress.class"}}
	case o.Group == "cert-manager.io" && strings.HasSuffix(o.Kind, "Issuer"):
		var out [][]any
		for i := range o.List("spec", "acme", "solvers") {
			at := []any{"spec", "acme", "solvers", i, "http01", "ingress"}
			out = append(out, refs.Join(at, "ingressClassName"), refs.Join(at, "class"))
		}
		return out
	}
	return nil
}

func reference(p *lint.Pass, x *refs.Index, o *world.Object, at []any) {
	name := o.Text(at...)
	// k3s brings Traefik, whose IngressClass has its name (docs.k3s.io, "Networking Services").
	if name == "" || world.Guessed(name) || !x.K3s() || name == "traefik" {
		return
	}
	if answer, _ := x.Lookup("networking.k8s.io", "IngressClass", "", name); answer == world.Absent {
		p.Errorf(o.Position(at...), o, "no controller serves the IngressClass %q that %s names", name, o.ID()).
			Hint("the classes of this cluster are: %s", strings.Join(append(refs.Names(x.Kind("networking.k8s.io", "IngressClass", "")), "traefik"), ", "))
	}
}

// Package namespaceorder is the rule namespace-order.
package namespaceorder

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/order"
)

// Rule finds objects that are applied before their namespace.
var Rule = &lint.Rule{
	Name:       "namespace-order",
	Group:      4,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "An object comes before its namespace",
	Why: "Namespaces come first within a Kustomization. When another one makes the namespace and nothing waits for it, the " +
		"apply fails until it is there: a warning. When that one waits for the objects in the namespace, a new cluster never " +
		"gets either: an error.",
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
		o := lint.Compute(p, w, order.Of)
		for _, c := range o.Circles {
			if c.Cause.Why != order.Provides || c.Cause.Need.Namespace == "" {
				continue
			}
			object := c.Cause.Need.Objects[0]
			p.Errorf(place(c.Cause.Need), object, "namespace %q of %s is made by %s, which waits for %s: neither is ever applied", c.Cause.Need.Namespace, object.ID(), c.Cause.To.ID(), c.Cause.From.ID()).
				Hint("make the namespace where nothing waits: in the same Kustomization as the object, or beside the Flux Kustomizations")
		}
		for _, e := range o.Early {
			top := order.Top(e.Need.Owner)
			if e.Need.Namespace == "" || top.Object == nil || e.Unready() {
				continue
			}
			object := e.Need.Objects[0]
			p.Warnf(top.Object.Position("spec", "path"), top.Object, "%s does not wait for %s, which makes its namespace %q: it fails until the namespace is there", top.Object.ID(), e.Provider.ID(), e.Need.Namespace).
				Hint("add %s to its dependsOn, or make the namespace in the same Kustomization", order.Top(e.Provider).Name()).
				See(object.Position("metadata", "name"), "%s", object.ID())
		}
	}
}

func place(n *order.Need) diag.Position {
	o := n.Objects[0]
	if o.Text("metadata", "namespace") == n.Namespace {
		return o.Position("metadata", "namespace")
	}
	return o.Position("metadata", "name")
}

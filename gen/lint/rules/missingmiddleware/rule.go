// Package missingmiddleware is the rule missing-middleware.
package missingmiddleware

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-middleware",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A route uses a Middleware of Traefik that does not exist",
	Why: "Traefik drops a route with an unknown middleware: the host answers 404 on every path. In the annotation " +
		"of an Ingress a Middleware is written NAMESPACE-NAME@kubernetescrd.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

const (
	group      = "traefik.io"
	annotation = "traefik.ingress.kubernetes.io/router.middlewares"
	provider   = "@kubernetescrd"
)

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		x := lint.Compute(p, refs.In{World: w}, refs.In.Index)
		known := map[string]bool{}
		namespaces := map[string]bool{}
		for _, o := range w.Objects {
			namespaces[o.Namespace] = true
			if o.Is(group, "Middleware") {
				known[o.Namespace+"-"+o.Name] = true
			}
		}
		for _, owner := range w.Owners {
			if owner.Chart != "" && owner.Opaque != "" && owner.Object != nil {
				values(p, x, owner.Object, owner.Object.Value("spec", "values"), []any{"spec", "values"}, known, namespaces)
			}
		}
		for _, o := range w.Objects {
			switch {
			case o.Is("networking.k8s.io", "Ingress"):
				list(p, x, o, []any{"metadata", "annotations", annotation}, known, namespaces)
			case o.Is(group, "IngressRoute"):
				route(p, x, o)
			case o.Is(group, "Middleware"):
				named(p, x, o, []any{"spec", "chain", "middlewares"})
			}
		}
	}
}

// values looks for the annotation in the values of a release whose chart is not rendered.
func values(p *lint.Pass, x *refs.Index, o *world.Object, v any, at []any, known, namespaces map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key == annotation {
				list(p, x, o, refs.Join(at, key), known, namespaces)
				continue
			}
			values(p, x, o, v[key], refs.Join(at, key), known, namespaces)
		}
	case []any:
		for i, item := range v {
			values(p, x, o, item, refs.Join(at, i), known, namespaces)
		}
	}
}

func list(p *lint.Pass, x *refs.Index, o *world.Object, at []any, known, namespaces map[string]bool) {
	for _, part := range strings.Split(o.Text(at...), ",") {
		annotated(p, x, o, at, strings.TrimSpace(part), known, namespaces)
	}
}

func annotated(p *lint.Pass, x *refs.Index, o *world.Object, at []any, part string, known, namespaces map[string]bool) {
	name, crd := strings.CutSuffix(part, provider)
	switch {
	case part == "" || world.Guessed(part) || crd && known[name] || !crd && strings.Contains(part, "@"):
		return
	case crd:
		for namespace := range namespaces {
			below, ok := strings.CutPrefix(name, namespace+"-")
			if !ok {
				continue
			}
			if answer, _ := x.Lookup(group, "Middleware", namespace, below); answer != world.Absent {
				return
			}
		}
	}
	r := p.Errorf(o.Position(at...), o, "no Middleware is %q, which %s uses", part, o.ID())
	all := slices.Sorted(maps.Keys(known))
	switch near := diag.Nearest(name, all); {
	case known[name]:
		r.Hint("write %s%s: without a provider Traefik looks among the Ingresses, which have none", name, provider)
	case known[o.Namespace+"-"+name]:
		r.Hint("put the namespace before it: %s-%s%s", o.Namespace, name, provider)
	case near != "":
		r.Hint("did you mean %q?", near+provider)
	default:
		r.Hint("a Middleware is written NAMESPACE-NAME%s", provider)
	}
}

// route checks the middlewares of an IngressRoute.
func route(p *lint.Pass, x *refs.Index, o *world.Object) {
	for i := range o.List("spec", "routes") {
		named(p, x, o, []any{"spec", "routes", i, "middlewares"})
	}
}

func named(p *lint.Pass, x *refs.Index, o *world.Object, at []any) {
	for i := range o.List(at...) {
		name, namespace := o.Text(refs.Join(at, i, "name")...), o.Text(refs.Join(at, i, "namespace")...)
		if name == "" || strings.Contains(name, "@") {
			continue
		}
		if namespace == "" {
			namespace = o.Namespace
		}
		answer, _ := x.Lookup(group, "Middleware", namespace, name)
		if answer == world.Found || answer == world.Unknown && (world.Guessed(name) || refs.Near(name, x.Kind(group, "Middleware", namespace)) == nil) {
			continue
		}
		r := p.Missing(answer)(o.Position(refs.Join(at, i, "name")...), o, "Middleware %s/%s, which %s uses, does not exist", namespace, name, o.ID())
		if near := diag.Nearest(name, refs.Names(x.Kind(group, "Middleware", namespace))); near != "" {
			r.Hint("did you mean %q?", near)
			continue
		}
		r.Hint("add the Middleware, or take it out of the route")
	}
}

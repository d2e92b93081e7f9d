// Package missingreference is the rule missing-reference.
package missingreference

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-reference",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "An object names another one that does not exist",
	Why: "The API server takes the object, and it does nothing: an alert without its provider is never sent, a role binding " +
		"without its role gives no right, an autoscaler without its target scales nothing, and Traefik drops a route whose TLS " +
		"options or servers transport are not there.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

const (
	rbac    = "rbac.authorization.k8s.io"
	traefik = "traefik.io"
)

// reference is one object that names another.
type reference struct {
	from *world.Object
	// at is the field with the name.
	at                           []any
	group, kind, namespace, name string
	// does says what the missing object is for.
	does string
}

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		c := checker{p, lint.Compute(p, refs.In{World: w}, refs.In.Index)}
		for _, o := range w.Objects {
			for _, r := range references(o) {
				c.check(r)
			}
		}
	}
}

// references are those of an object that no other rule looks at.
func references(o *world.Object) []reference {
	one := func(group, kind, namespace, does string, at ...any) []reference {
		return []reference{{o, at, group, kind, namespace, o.Text(at...), does}}
	}
	switch {
	case o.Is("notification.toolkit.fluxcd.io", "Alert"):
		return one(o.Group, "Provider", o.Namespace, "sends to", "spec", "providerRef", "name")
	case o.Is(rbac, "RoleBinding"), o.Is(rbac, "ClusterRoleBinding"):
		kind, namespace := o.Text("roleRef", "kind"), ""
		if kind == "Role" {
			namespace = o.Namespace
		}
		if kind != "Role" && kind != "ClusterRole" {
			return nil
		}
		return one(rbac, kind, namespace, "gives", "roleRef", "name")
	case o.Is("autoscaling", "HorizontalPodAutoscaler"):
		group, _, found := strings.Cut(o.Text("spec", "scaleTargetRef", "apiVersion"), "/")
		if !found || group != "apps" {
			return nil
		}
		return one(group, o.Text("spec", "scaleTargetRef", "kind"), o.Namespace, "scales", "spec", "scaleTargetRef", "name")
	case o.Is(traefik, "IngressRoute"), o.Is(traefik, "IngressRouteTCP"):
		return route(o)
	}
	return nil
}

// route are the TLS options, the TLS store and the transports of an IngressRoute.
func route(o *world.Object) []reference {
	var out []reference
	add := func(kind string, namespace any, at ...any) {
		name := o.Text(at...)
		if name == "" || strings.Contains(name, "@") || kind == "TLSOption" && name == "default" {
			return // those of another provider, and the one that Traefik always has
		}
		in, _ := namespace.(string)
		if in == "" {
			in = o.Namespace
		}
		out = append(out, reference{o, at, traefik, kind, in, name, "uses"})
	}
	add("TLSOption", o.Value("spec", "tls", "options", "namespace"), "spec", "tls", "options", "name")
	for i, r := range o.List("spec", "routes") {
		services, _ := world.Value(r, "services").([]any)
		for n, s := range services {
			at := []any{"spec", "routes", i, "services", n}
			if o.Kind == "IngressRoute" {
				add("ServersTransport", nil, append(slices.Clone(at), "serversTransport")...)
			}
			if world.Value(s, "kind") == "TraefikService" {
				add("TraefikService", world.Value(s, "namespace"), append(slices.Clone(at), "name")...)
			}
		}
	}
	return out
}

type checker struct {
	*lint.Pass
	x *refs.Index
}

func (c checker) check(r reference) {
	if r.name == "" || world.Guessed(r.name) || world.Guessed(r.namespace) || r.group == rbac && brought(r.name) {
		return
	}
	answer, _ := c.x.Lookup(r.group, r.kind, r.namespace, r.name)
	if r.group == rbac { // charts and operators give their roles any name
		answer, _ = c.x.World.Lookup(r.group, r.kind, r.namespace, r.name)
	}
	near := diag.Nearest(r.name, refs.Names(c.x.Kind(r.group, r.kind, r.namespace)))
	if answer == world.Found || answer == world.Unknown && near == "" {
		return
	}
	id := r.kind + " " + r.name
	if r.namespace != "" {
		id = r.kind + " " + r.namespace + "/" + r.name
	}
	report := c.Missing(answer)(r.from.Position(r.at...), r.from, "%s, which %s %s, does not exist", id, r.from.ID(), r.does)
	if near != "" {
		report.Hint("did you mean %q?", near)
		return
	}
	report.Hint("add the %s, or correct the name", r.kind)
}

// own are the ClusterRoles of every cluster whose names have no prefix (kubernetes.io/docs/reference/access-authn-authz/rbac,
// "Default roles and role bindings").
var own = []string{"admin", "cluster-admin", "edit", "view"}

// brought tells whether the cluster or what installs it brings a role: those of Kubernetes and its addons, and Flux's.
func brought(name string) bool {
	return slices.Contains(own, name) || name == "extension-apiserver-authentication-reader" || strings.HasPrefix(name, "system:") || strings.HasPrefix(name, "k3s-") ||
		strings.HasPrefix(name, "crd-controller") || strings.HasPrefix(name, "flux-")
}

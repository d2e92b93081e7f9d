// Package missingissuer is the rule missing-issuer.
package missingissuer

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
	Name:       "missing-issuer",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A certificate is to come from an issuer that does not exist",
	Why: "cert-manager waits for the issuer and makes no certificate; the ingress controller serves its own, which " +
		"browsers refuse. An issuerRef without a kind and the annotation cert-manager.io/issuer mean an Issuer of " +
		"the namespace.",
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
			switch {
			case o.Is("cert-manager.io", "Certificate"):
				certificate(p, x, o)
			case o.Is("networking.k8s.io", "Ingress"), o.Is("gateway.networking.k8s.io", "Gateway"):
				for _, key := range keys {
					report(p, x, o, refs.IssuerAnnotations[key], o.Text("metadata", "annotations", key), p.Errorf, "metadata", "annotations", key)
				}
			case o.Is("helm.toolkit.fluxcd.io", "HelmRelease"):
				release(p, x, o, o.Value("spec", "values"), []any{"spec", "values"})
			}
		}
	}
}

var keys = slices.Sorted(maps.Keys(refs.IssuerAnnotations))

func certificate(p *lint.Pass, x *refs.Index, o *world.Object) {
	kind := o.Text("spec", "issuerRef", "kind")
	if kind == "" {
		kind = "Issuer"
	}
	if group := o.Text("spec", "issuerRef", "group"); group == "" || group == "cert-manager.io" {
		report(p, x, o, kind, o.Text("spec", "issuerRef", "name"), p.Errorf, "spec", "issuerRef", "name")
	}
}

// release looks for annotations in the values of a release whose chart is not rendered: whether it uses them is not known.
func release(p *lint.Pass, x *refs.Index, o *world.Object, v any, at []any) {
	if len(at) == 2 && !slices.ContainsFunc(x.World.Owners, func(owner *world.Owner) bool { return owner.Object == o && owner.Opaque != "" }) {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name, isText := v[key].(string)
			if kind := refs.IssuerAnnotations[key]; kind != "" && isText {
				report(p, x, o, kind, name, p.Warnf, append(at, key)...)
				continue
			}
			release(p, x, o, v[key], refs.Join(at, key))
		}
	case []any:
		for i, item := range v {
			release(p, x, o, item, refs.Join(at, i))
		}
	}
}

type severity = func(at diag.Position, about *world.Object, format string, args ...any) *lint.Report

func report(p *lint.Pass, x *refs.Index, o *world.Object, kind, name string, say severity, at ...any) {
	namespace := o.Namespace
	if kind == "ClusterIssuer" {
		namespace = ""
	}
	if name == "" {
		return
	}
	issuers := x.Kind("cert-manager.io", kind, namespace)
	answer, found := x.Lookup("cert-manager.io", kind, namespace, name)
	alike := slices.ContainsFunc(issuers, func(i *world.Object) bool { return refs.Alike(i.Name, name) })
	if found != nil || answer != world.Absent && !alike {
		return
	}
	r := say(o.Position(at...), o, "%s %q, which is to make a certificate for %s, does not exist", kind, name, o.ID())
	if other := x.Kind("cert-manager.io", "ClusterIssuer", ""); kind == "Issuer" && slices.Contains(refs.Names(other), name) {
		r.Hint("there is a ClusterIssuer of that name: write kind: ClusterIssuer, or the annotation cert-manager.io/cluster-issuer")
		return
	}
	if near := diag.Nearest(name, refs.Names(issuers)); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	if len(issuers) > 0 {
		r.Hint("those of this cluster are: %s", strings.Join(refs.Names(issuers), ", "))
		return
	}
	r.Hint("add the %s to the repository", kind)
}

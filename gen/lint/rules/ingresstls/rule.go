// Package ingresstls is the rule ingress-tls.
package ingresstls

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
	Name:       "ingress-tls",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A host is served without a certificate of its own",
	Why: "cert-manager makes certificates for what stands under tls of an Ingress that has its annotation, and for " +
		"Certificates. For any other host the ingress controller serves a certificate that browsers refuse.",
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
		shared(p, w)
		for _, o := range w.Objects {
			switch {
			case o.Is("networking.k8s.io", "Ingress"):
				ingress(p, x, o)
			case o.Is("traefik.io", "IngressRoute"), o.Is("traefik.io", "IngressRouteTCP"):
				secret(p, x, o, o.Text("spec", "tls", "secretName"), "spec", "tls", "secretName")
			}
		}
	}
}

func ingress(p *lint.Pass, x *refs.Index, o *world.Object) {
	if !annotated(o) {
		for i, tls := range o.List("spec", "tls") {
			name, _ := world.Value(tls, "secretName").(string)
			secret(p, x, o, name, "spec", "tls", i, "secretName")
		}
		return
	}
	var covered []string
	for _, tls := range o.List("spec", "tls") {
		hosts, _ := world.Value(tls, "hosts").([]any)
		for _, host := range hosts {
			text, _ := host.(string)
			covered = append(covered, text)
		}
	}
	for i := range o.List("spec", "rules") {
		host := o.Text("spec", "rules", i, "host")
		if host == "" || world.Guessed(host) || slices.ContainsFunc(covered, func(c string) bool { return covers(c, host) }) {
			continue
		}
		r := p.Errorf(o.Position("spec", "rules", i, "host"), o, "host %q of %s has no certificate: it does not stand under tls", host, o.ID())
		if len(covered) == 0 {
			r.Hint("the annotation of cert-manager alone does nothing: add tls with hosts and a secretName")
			return
		}
		r.Hint("under tls are: %s", strings.Join(covered, ", ")).See(o.Key("spec", "tls"), "tls")
	}
}

// shared reports the Secret of a certificate that a second Ingress asks for with hosts that the first does not have:
// cert-manager makes a Certificate of the Secret's name for the first one and leaves it as it is.
func shared(p *lint.Pass, w *world.World) {
	type place struct {
		of    *world.Object
		hosts []any
	}
	first := map[string]place{}
	for _, o := range w.Objects {
		if !o.Is("networking.k8s.io", "Ingress") || !annotated(o) {
			continue
		}
		for i, tls := range o.List("spec", "tls") {
			name, _ := world.Value(tls, "secretName").(string)
			hosts, _ := world.Value(tls, "hosts").([]any)
			id := o.Namespace + "/" + name
			other, again := first[id]
			if !again {
				first[id] = place{o, hosts}
				continue
			}
			if name == "" || other.of == o || !slices.ContainsFunc(hosts, func(h any) bool { return !slices.Contains(other.hosts, h) }) {
				continue
			}
			p.Warnf(o.Position("spec", "tls", i, "secretName"), o, "Secret %s holds the certificate of %s, so %s gets none for its own hosts", id, other.of.ID(), o.ID()).
				Hint("give it a secretName of its own").See(other.of.Position("metadata", "name"), "%s", other.of.ID())
		}
	}
}

// covers tells whether a certificate's name, which may be a wildcard, is good for a host.
func covers(name, host string) bool {
	if suffix, wildcard := strings.CutPrefix(name, "*."); wildcard {
		_, domain, _ := strings.Cut(host, ".")
		return domain == suffix || host == name
	}
	return name == host || world.Guessed(name)
}

func annotated(o *world.Object) bool {
	for key := range refs.IssuerAnnotations {
		if o.Text("metadata", "annotations", key) != "" {
			return true
		}
	}
	return false
}

// secret reports a certificate's Secret that nothing makes, in a cluster that has issuers: there it is not made by hand.
func secret(p *lint.Pass, x *refs.Index, o *world.Object, name string, at ...any) {
	if name == "" || len(x.Kind("cert-manager.io", "ClusterIssuer", ""))+len(x.Kind("cert-manager.io", "Issuer", o.Namespace)) == 0 {
		return
	}
	answer, _ := x.Lookup("", refs.Secret, o.Namespace, name)
	if answer != world.Absent || copied(x, name) {
		return
	}
	r := p.Errorf(o.Position(at...), o, "Secret %s/%s with the certificate of %s is made by nothing", o.Namespace, name, o.ID())
	for _, c := range x.World.Kind("cert-manager.io", "Certificate") {
		if c.Text("spec", "secretName") == name {
			r.Hint("%s makes it in namespace %q, where %s cannot use it", c.ID(), c.Namespace, o.ID()).See(c.Position("spec", "secretName"), "%s", c.ID())
			return
		}
	}
	if o.Kind == "Ingress" {
		r.Hint("add the annotation cert-manager.io/cluster-issuer, or a Certificate with this secretName")
		return
	}
	r.Hint("add a Certificate with this secretName in namespace %s: cert-manager does not look at an %s", o.Namespace, o.Kind)
}

// copied tells whether a controller may copy the Secret from another namespace.
func copied(x *refs.Index, name string) bool {
	for _, o := range x.World.Objects {
		switch {
		case o.Group == "kyverno.io", o.Kind == "ClusterExternalSecret":
			return true
		case o.Is("cert-manager.io", "Certificate") && o.Text("spec", "secretName") == name && o.Map("spec", "secretTemplate") != nil:
			return true
		case o.Is("", refs.Secret) && o.Name == name && (refs.Mentions(o.Map("metadata", "annotations"), "reflect") || refs.Mentions(o.Map("metadata", "annotations"), "replicat")):
			return true
		}
	}
	return false
}

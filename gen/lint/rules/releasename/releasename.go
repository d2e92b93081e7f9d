// Package releasename is the rule release-name.
package releasename

import (
	_ "embed"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds names of Helm releases that are taken or refused.
var Rule = &lint.Rule{
	Name:       "release-name",
	Group:      6,
	Severities: []diag.Severity{diag.Error},
	Title:      "Two HelmReleases write one release, or its name is too long",
	Why:        "Helm keeps a release under its name and namespace. Two HelmReleases of one name undo each other's upgrades for ever. Names end at 53 characters.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

type release struct{ namespace, name, cluster string }

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		first := map[release]*world.Object{}
		for _, o := range w.Kind("helm.toolkit.fluxcd.io", "HelmRelease") {
			one(p, o)
			r := named(o)
			other := first[r]
			if other == nil {
				first[r] = o
				continue
			}
			if other.Name == o.Name && other.Namespace == o.Namespace {
				continue // one object applied twice, which is another mistake
			}
			at := o.Position("metadata", "name")
			if o.Text("spec", "releaseName") != "" {
				at = o.Position("spec", "releaseName")
			}
			p.Errorf(at, o, "%s and %s both write the release %q in namespace %q, and undo each other's upgrades", o.ID(), other.ID(), r.name, r.namespace).
				Hint("give each a releaseName of its own").See(other.Position("metadata", "name"), "%s", other.ID())
		}
	}
}

func one(p *lint.Pass, o *world.Object) {
	name := o.Text("spec", "releaseName")
	if name == "" || world.Guessed(name) {
		return
	}
	if problem := facts.ReleaseName(name); problem != "" {
		p.Errorf(o.Position("spec", "releaseName"), o, "the release name %q %s", name, problem).Hint("write a shorter or simpler one, such as %q", o.Name)
	}
}

// cluster is another cluster that a release is installed in; "" when it is this one. Secrets of one name in two namespaces
// are two clusters.
func cluster(o *world.Object) string {
	for _, ref := range []string{"secretRef", "configMapRef"} {
		if name := o.Text("spec", "kubeConfig", ref, "name"); name != "" {
			return o.Namespace + "/" + name
		}
	}
	return ""
}

// named is what Helm keeps a release under, as helm-controller makes it.
func named(o *world.Object) release {
	target, storage := o.Text("spec", "targetNamespace"), o.Text("spec", "storageNamespace")
	r := release{namespace: o.Namespace, name: o.Text("spec", "releaseName"), cluster: cluster(o)}
	if storage != "" {
		r.namespace = storage
	}
	switch {
	case r.name != "":
	case target != "":
		r.name = target + "-" + o.Name
	default:
		r.name = o.Name
	}
	return r
}

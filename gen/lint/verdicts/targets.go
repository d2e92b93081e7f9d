package verdicts

import (
	"path"
	"regexp"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/conform"
	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// The catalog's names of two products.
const (
	Kubernetes = "kubernetes"
	Flux       = "flux"
)

// minor takes "1.36" out of versions such as v1.36.4+k3s1, 1.36.x or >=1.36.0.
var minor = regexp.MustCompile(`^[^0-9]*(\d+\.\d+)(\.|$|\+|-)`)

// targets are the releases that a cluster runs: what the user says, else what the repository tells. That is for Flux the
// source of its manifests, the label of its Namespace or its operator's object; for Kubernetes the plan that upgrades k3s or
// the channel that it follows; for other products the version of their chart.
func targets(w *world.World, said lint.Targets) conform.Targets {
	out := conform.Targets{}
	note := func(product, version string) {
		if m := minor.FindStringSubmatch(version); m != nil && out[product] == "" {
			out[product] = m[1]
		}
	}
	note(Kubernetes, said.Kubernetes)
	note(Flux, said.Flux)
	for _, o := range w.Objects {
		switch {
		case o.Is("source.toolkit.fluxcd.io", "OCIRepository"):
			if strings.HasSuffix(o.Text("spec", "url"), "/fluxcd/flux-manifests") {
				note(Flux, o.Text("spec", "ref", "tag"))
				note(Flux, o.Text("spec", "ref", "semver"))
			}
		case o.Is("", "Namespace"):
			if o.Text("metadata", "labels", "app.kubernetes.io/part-of") == Flux {
				note(Flux, o.Text("metadata", "labels", "app.kubernetes.io/version"))
			}
		case o.Is("fluxcd.controlplane.io", "FluxInstance"):
			note(Flux, o.Text("spec", "distribution", "version"))
		case o.Is("upgrade.cattle.io", "Plan"):
			if strings.Contains(o.Text("spec", "upgrade", "image"), "k3s") {
				note(Kubernetes, o.Text("spec", "version"))
				note(Kubernetes, path.Base(o.Text("spec", "channel")))
			}
		case o.Is("helm.toolkit.fluxcd.io", "HelmRelease"):
			chart := o.Text("spec", "chart", "spec", "chart")
			product, version := facts.ChartProduct(chart, o.Text("spec", "chart", "spec", "version"))
			note(product, version)
		}
	}
	return out
}

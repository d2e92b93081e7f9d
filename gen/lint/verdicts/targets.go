package verdicts

import (
	"path"
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

// targets are the releases that a cluster runs: what the user says, else what the repository tells. That is for
// Kubernetes the plan that upgrades k3s or the channel that it follows; for other products the version of their chart.
func targets(w *world.World, said lint.Targets) conform.Targets {
	out := conform.Targets{}
	note := func(product, version string) {
		if m := world.Minor(version); m != "" && out[product] == "" {
			out[product] = m
		}
	}
	note(Kubernetes, said.Kubernetes)
	note(Flux, said.Flux)
	note(Flux, w.FluxRelease())
	for _, o := range w.Objects {
		switch {
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

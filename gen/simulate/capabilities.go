package simulate

import (
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/apis"
	"github.com/lvs-cloud/lvsgen/gen/facts"
)

// capabilities are the APIs that the cluster serves when all is there, as charts ask for them: those of Kubernetes, of Flux, of
// k3s, of the CRDs in the repository, and of the charts that are known to bring CRDs.
func (s *simulation) capabilities() []string {
	if s.served == nil {
		s.served = s.apis()
	}
	return s.served
}

func (s *simulation) apis() []string {
	catalog := apis.Embedded()
	var out []string
	groups := map[string]bool{}
	for _, o := range s.world.Objects {
		switch {
		case o.Is(groupHelm, "HelmRelease"):
			var r release
			decode(o.Value("spec"), &r)
			for _, group := range facts.ChartGroups(s.chartName(o, &r)) {
				groups[group] = true
			}
		case o.Is("apiextensions.k8s.io", "CustomResourceDefinition"):
			for i := range o.List("spec", "versions") {
				version := o.Text("spec", "group") + "/" + o.Text("spec", "versions", i, "name")
				out = append(out, version, version+"/"+o.Text("spec", "names", "kind"))
			}
		}
	}
	for _, product := range catalog.Products() {
		release := newest(catalog.Releases(product), "")
		if product == "kubernetes" {
			release = newest(catalog.Releases(product), s.KubeVersion)
		}
		out = append(out, catalog.Served(product, release, func(group string) bool {
			return facts.Builtin(group) || facts.Flux(group) || facts.K3s(group) || groups[group]
		})...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newest gives the release that a version belongs to; the last one when there is none.
func newest(releases []string, version string) string {
	for _, release := range releases {
		if strings.HasPrefix(version, "v"+release+".") {
			return release
		}
	}
	if len(releases) == 0 {
		return ""
	}
	return releases[len(releases)-1]
}

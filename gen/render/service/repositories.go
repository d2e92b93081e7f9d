package service

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// repositories renders one HelmRepository per chart repository. They live together, in a unit of their own, since
// several services, also of different layers, may share one.
func repositories(in *model.Inputs, apis unit.APIs, u *unit.Unit) ([]tree.File, error) {
	services := slices.Clone(in.Cluster.Services)
	slices.SortFunc(services, func(a, b model.Service) int { return cmp.Compare(a.Name, b.Name) })
	d := directory{path: u.Path}
	for i := range services {
		s := &services[i]
		if s.Chart == nil || slices.Contains(d.names, s.Chart.Repository.Name+".yaml") {
			continue
		}
		d.source = s.Source
		d.add(s.Chart.Repository.Name+".yaml", repository(s.Chart, apis))
	}
	d.source = in.Cluster.Source
	return d.files()
}

// repository is only a pointer when it is in an OCI registry; of another one Flux reads the index at each interval.
// Charts are pinned, so new entries of the index matter only to the next commit.
func repository(c *model.Chart, apis unit.APIs) kube.Map {
	oci := strings.HasPrefix(c.Repository.URL, "oci://")
	spec := kube.Map{}.SetIf(oci, "type", "oci").SetIf(!oci, "interval", "1h").Set("url", c.Repository.URL)
	return kube.Object(apis.Source, "HelmRepository", unit.Namespace, c.Repository.Name).Set("spec", spec)
}

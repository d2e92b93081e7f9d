package helm

import (
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// dependencies finds those that are not in charts/: without a repository there is no chart, and from one Flux fetches them
// at every build.
func (c *Charts) dependencies(file string, loaded *chart.Chart) diag.Findings {
	var findings diag.Findings
	for i, want := range loaded.Metadata.Dependencies {
		local, isPath := strings.CutPrefix(want.Repository, "file://")
		switch {
		case slices.ContainsFunc(loaded.Dependencies(), func(d *chart.Chart) bool { return d.Name() == want.Name }):
		case want.Repository == "":
			findings = append(findings, diag.Errorf(RuleDependency, c.field(file, "dependencies", i, "name"), "dependency %q is neither in charts/ nor has it a repository", want.Name).
				WithHint("commit it to charts/, or name its repository"))
		case isPath:
			dir, inside := checkout.Clean(path.Dir(file), local)
			if !inside || !c.tree.Has(path.Join(dir, "Chart.yaml")) {
				findings = append(findings, diag.Errorf(RuleDependency, c.field(file, "dependencies", i, "repository"), "the path %q of dependency %q leads to no chart", want.Repository, want.Name).
					WithHint("write the path from the folder of Chart.yaml"))
			}
		default:
			findings = append(findings, diag.Warnf(RuleDependency, c.field(file, "dependencies", i, "name"), "dependency %q is not in charts/: Flux fetches it at every build, and what it renders is not judged", want.Name).
				WithHint("commit what helm dependency build puts into charts/"))
		}
	}
	return findings
}

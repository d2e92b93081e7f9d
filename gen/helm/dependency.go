package helm

import (
	"path"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// kept is the dependency that lies in charts/; nil when it does not.
func kept(loaded *chart.Chart, name string) *chart.Chart {
	for _, d := range loaded.Dependencies() {
		if d.Name() == name {
			return d
		}
	}
	return nil
}

// dependencies finds those that are not in charts/: without a repository there is no chart, and from one Flux fetches them
// at every build.
func (c *Charts) dependencies(file string, loaded *chart.Chart) diag.Findings {
	var findings diag.Findings
	for i, want := range loaded.Metadata.Dependencies {
		local, isPath := strings.CutPrefix(want.Repository, "file://")
		switch have := kept(loaded, want.Name); {
		case have != nil:
			if want.Version != "" && want.Version != "*" && !chartutil.IsCompatibleRange(want.Version, have.Metadata.Version) {
				findings = append(findings, diag.Warnf(RuleDependency, c.field(file, "dependencies", i, "version"), "charts/ holds version %s of dependency %q, which is not in the range %q: Helm renders it all the same", have.Metadata.Version, want.Name, want.Version).
					WithHint("run helm dependency update, and commit charts/ and Chart.lock"))
			}
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

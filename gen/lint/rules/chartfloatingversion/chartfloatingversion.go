// Package chartfloatingversion is the rule chart-floating-version.
package chartfloatingversion

import (
	_ "embed"
	"regexp"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds releases that take new minor or major versions of a chart by themselves.
var Rule = &lint.Rule{
	Name:       "chart-floating-version",
	Group:      6,
	Severities: []diag.Severity{diag.Warning},
	Title:      "A chart's version is a range",
	Why:        "Flux takes a newer chart by itself at any time, without a commit. A new minor or major can change values, storage or the whole product. Ranges of patches alone are not reported.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		for _, o := range w.Kind("helm.toolkit.fluxcd.io", "HelmRelease") {
			fromOCI(p, w, o)
			spec := o.Map("spec", "chart", "spec")
			kind := o.Text("spec", "chart", "spec", "sourceRef", "kind")
			if spec == nil || kind != "HelmRepository" {
				continue
			}
			version := strings.TrimSpace(o.Text("spec", "chart", "spec", "version"))
			switch {
			case spec["version"] == nil && o.Value("spec", "chart", "version") != nil:
				// Written beside spec it is an unknown field.
			case spec["version"] == nil:
				p.Warnf(o.Position("spec", "chart", "spec", "chart"), o, "%s names no version of chart %q: Flux takes the newest at any time", o.ID(), spec["chart"]).
					Hint("write the version that you tried")
			case floating(version):
				p.Warnf(o.Position("spec", "chart", "spec", "version"), o, "version %q of chart %q takes new minor or major versions by itself", version, spec["chart"]).
					Hint("write one version, or a range of patches such as 1.2.x")
			}
		}
	}
}

// fromOCI judges the OCIRepository that a release takes its chart from.
func fromOCI(p *lint.Pass, w *world.World, release *world.Object) {
	namespace := release.Text("spec", "chartRef", "namespace")
	if namespace == "" {
		namespace = release.Namespace
	}
	if release.Text("spec", "chartRef", "kind") != "OCIRepository" {
		return
	}
	source := w.Find("source.toolkit.fluxcd.io", "OCIRepository", namespace, release.Text("spec", "chartRef", "name"))
	if source == nil || source.Text("spec", "ref", "digest") != "" {
		return
	}
	semver, tag := strings.TrimSpace(source.Text("spec", "ref", "semver")), source.Text("spec", "ref", "tag")
	switch {
	case semver != "":
		if floating(semver) {
			p.Warnf(source.Position("spec", "ref", "semver"), source, "range %q of %s takes new minor or major versions of the chart by itself", semver, source.ID()).
				Hint("write one version, or a range of patches such as 1.2.x")
		}
	case tag == "":
		p.Warnf(source.Position("spec", "url"), source, "%s names no version of the chart: Flux takes the tag latest", source.ID()).
			Hint("write the version that you tried as ref.tag")
	case tag == "latest":
		p.Warnf(source.Position("spec", "ref", "tag"), source, "the tag latest of %s is another chart at any time", source.ID()).
			Hint("write the version that you tried")
	}
}

// pinned are one version, and ranges within a minor.
var pinned = regexp.MustCompile(`^[=v~]*\s*v?\d+\.\d+(\.(\d+([-+].*)?|[xX*]))?$`)

func floating(version string) bool {
	if version == "" || world.Guessed(version) {
		return false
	}
	return !pinned.MatchString(version)
}

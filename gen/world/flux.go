package world

import (
	"regexp"
	"strings"
)

// minor takes "2.8" out of versions such as v2.8.3, 2.8.x or >=2.8.0.
var minor = regexp.MustCompile(`^[^0-9]*(\d+\.\d+)(\.|$|\+|-)`)

// Minor gives the minor release of a version, "" when it names none.
func Minor(version string) string {
	if m := minor.FindStringSubmatch(version); m != nil {
		return m[1]
	}
	return ""
}

// FluxRelease is the minor release of Flux that the cluster runs, such as "2.8", as the repository tells: by the source of
// Flux's manifests, the label of its Namespace or its operator's object; "" when it does not.
func (w *World) FluxRelease() string {
	for _, o := range w.Objects {
		for _, version := range fluxVersions(o) {
			if m := Minor(version); m != "" {
				return m
			}
		}
	}
	return ""
}

func fluxVersions(o *Object) []string {
	switch {
	case o.BringsFlux():
		return []string{o.Text("spec", "ref", "tag"), o.Text("spec", "ref", "semver")}
	case o.Is("", "Namespace") && o.Text("metadata", "labels", "app.kubernetes.io/part-of") == "flux":
		return []string{o.Text("metadata", "labels", "app.kubernetes.io/version")}
	case o.Is("fluxcd.controlplane.io", "FluxInstance"):
		return []string{o.Text("spec", "distribution", "version")}
	}
	return nil
}

// BringsFlux tells whether a source holds Flux's own manifests: the artifact of a release, or Flux's repository.
func (o *Object) BringsFlux() bool {
	url := strings.TrimSuffix(o.Text("spec", "url"), ".git")
	switch {
	case o.Is("source.toolkit.fluxcd.io", "OCIRepository"):
		return strings.HasSuffix(url, "/fluxcd/flux-manifests")
	case o.Is("source.toolkit.fluxcd.io", "GitRepository"):
		return strings.HasSuffix(url, "github.com/fluxcd/flux2")
	}
	return false
}

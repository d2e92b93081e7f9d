package entry

import (
	"regexp"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// The source of Flux's own manifests.
const (
	manifestsName = "flux-manifests"
	manifestsURL  = "oci://ghcr.io/fluxcd/flux-manifests"
)

// fluxManifests is the release of Flux as its makers publish it. The signature binds the tag to the release workflow of
// the same tag, so that a moved tag is refused; the digest, where it is known, fixes the bytes as well.
func (r *renderer) fluxManifests() kube.Map {
	flux := r.in.Cluster.Flux
	ref := kube.M("tag", "v"+flux.Version).SetIf(flux.ManifestsDigest != "", "digest", flux.ManifestsDigest)
	identity := kube.M(
		"issuer", `^https://token\.actions\.githubusercontent\.com$`,
		"subject", `^https://github\.com/fluxcd/flux2/\.github/workflows/release\.yaml@refs/tags/v`+
			regexp.QuoteMeta(flux.Version)+"$",
	)
	return kube.Object(r.apis.Source, "OCIRepository", unit.Namespace, manifestsName).
		Set("spec", kube.M(
			"interval", "1h",
			"url", manifestsURL,
			"ref", ref,
			"verify", kube.M("provider", "cosign", "matchOIDCIdentity", []kube.Map{identity}),
		))
}

package entry

import (
	"regexp"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// Names of the sources and of Flux's own units. "flux-system" for git, its unit and its Secret is what Flux's tools
// expect.
const (
	gitName       = "flux-system"
	manifestsName = "flux-manifests"
	manifestsURL  = "oci://ghcr.io/fluxcd/flux-manifests"
)

// ignored is .spec.ignore of the repository, in gitignore's form: the last pattern that matches wins. What is left out
// never reaches the cluster, so neither the sources of programs nor Terraform's files grow the artifact.
const ignored = `# Only what Flux builds from: everything at the root is out ...
/*
# ... but these trees.
!/clusters/
!/platform/
!/infrastructure/
!/applications/
# Terraform, cloud-init and everything else that lies beside the units.
/infrastructure/*
!/infrastructure/*/
# Of an app: its manifests and its chart, not its sources.
/applications/*
!/applications/*/
/applications/*/*
!/applications/*/*.yaml
!/applications/*/chart/
# What a file of a kept tree never needs in the cluster.
*.cue
*.md
`

func (r *renderer) gitRepository() kube.Map {
	return kube.Object(r.apis.Source, "GitRepository", unit.Namespace, gitName).
		Set("spec", kube.M(
			"interval", r.in.Cluster.Flux.Interval,
			"url", r.in.Cloud.Git.URL,
			"ref", kube.M("branch", r.in.Cloud.Git.Branch),
			"secretRef", kube.M("name", gitName),
			"ignore", ignored,
		))
}

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

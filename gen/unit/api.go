package unit

import (
	"fmt"
	"strings"
)

// Namespace is where Flux runs and where its sources, units and image policies live.
const Namespace = "flux-system"

// SecretName is the Secret that holds the values of mode "terraform"; SOPSSecretName the one that holds the age key of
// mode "sops". The node makes them, never git.
const (
	SecretName     = "cloud-secrets"
	SOPSSecretName = "sops-age"
)

// APIs are the API versions that a minor release of Flux serves without a deprecation warning, and what its controllers
// have to be told.
type APIs struct {
	Source, Kustomize, Helm, Image string
	// KustomizeGates are feature gates that kustomize-controller has but does not switch on by itself.
	KustomizeGates []string
}

// apis by minor release: the CRDs of each release's gotk-components.yaml, and the tables of feature gates in
// kustomize-controller (internal/features) of 1.8 (Flux 2.8) and 1.9 (Flux 2.9).
//
// StrictPostBuildSubstitutions refuses a ${name} that nothing fills, where Flux would put an empty text: a missing
// secret stops the unit instead of giving a program an empty password. It is on by default from 2.9.
// CancelHealthCheckOnNewRevision lets a commit that repairs an app start at once instead of after the timeout of the
// broken one.
var apis = map[string]APIs{
	"2.8": {
		Source: "source.toolkit.fluxcd.io/v1", Kustomize: "kustomize.toolkit.fluxcd.io/v1",
		Helm: "helm.toolkit.fluxcd.io/v2", Image: "image.toolkit.fluxcd.io/v1",
		KustomizeGates: []string{"CancelHealthCheckOnNewRevision=true", "StrictPostBuildSubstitutions=true"},
	},
	"2.9": {
		Source: "source.toolkit.fluxcd.io/v1", Kustomize: "kustomize.toolkit.fluxcd.io/v1",
		Helm: "helm.toolkit.fluxcd.io/v2", Image: "image.toolkit.fluxcd.io/v1",
		KustomizeGates: []string{"CancelHealthCheckOnNewRevision=true"},
	},
}

// APIsOf gives the APIs of a release such as "2.9.5". It is an error when its minor release is not known.
func APIsOf(release string) (APIs, error) {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) == 3 {
		if a, ok := apis[parts[0]+"."+parts[1]]; ok {
			return a, nil
		}
	}
	return APIs{}, fmt.Errorf("flux %q is not a release that lvsgen renders for", release)
}

package service

import (
	"maps"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// Annotations by which Flux leaves an object alone (kustomize-controller's docs/spec/v1/kustomizations.md).
const (
	substituteAnnotation = "kustomize.toolkit.fluxcd.io/substitute"
	pruneAnnotation      = "kustomize.toolkit.fluxcd.io/prune"
	disabled             = "disabled"
)

// release renders the HelmRelease of a service.
func release(u *unit.Unit, apis unit.APIs, mode model.SecretsMode) kube.Map {
	s := u.Service
	metadata := kube.M("name", s.Name, "namespace", s.Namespace)
	var annotations kube.Map
	if s.Release.Stateful {
		annotations = annotations.Marked(pruneAnnotation, disabled, "git forgetting it must not uninstall it")
	}
	if !(mode == model.SecretsTerraform && unit.Mentions(s, s.Values)) {
		annotations = annotations.Marked(substituteAnnotation, disabled, "what looks like ${name} in the values is the chart's")
	}
	metadata = metadata.SetIf(len(annotations) > 0, "annotations", annotations)
	spec := kube.M(
		"interval", "10m",
		"timeout", s.Release.Timeout,
		"chart", kube.M("spec", kube.M(
			"chart", s.Chart.Name,
			"version", s.Chart.Version,
			"sourceRef", kube.M("kind", "HelmRepository", "name", s.Chart.Repository.Name, "namespace", unit.Namespace),
		)),
		"install", install(s),
		"upgrade", upgrade(s),
	)
	spec = spec.SetIf(len(s.Values) > 0, "values", s.Values)
	return kube.M("apiVersion", apis.Helm, "kind", "HelmRelease", "metadata", metadata, "spec", spec)
}

// again is the strategy of what holds data: Flux tries again and never uninstalls or rolls back.
var again = kube.M("name", "RetryOnFailure", "retryInterval", "1m")

// install of a stateless release is tried without end: on an empty cluster, what it needs may be minutes away. The CRDs
// of a chart follow its version; Helm alone would never touch them again.
func install(s *model.Service) kube.Map {
	spec := kube.M("crds", "CreateReplace")
	if s.Release.Stateful {
		return spec.Set("strategy", again)
	}
	return spec.Set("remediation", kube.M("retries", -1))
}

// upgrade of a stateless release goes back to the last good version after three failures and waits for the next change.
func upgrade(s *model.Service) kube.Map {
	spec := kube.M("crds", "CreateReplace")
	if s.Release.Stateful {
		return spec.Set("strategy", again)
	}
	return spec.Set("cleanupOnFail", true).
		Set("remediation", kube.M("retries", 3, "strategy", "rollback"))
}

// protect keeps Flux's substitution away from an object that holds a dollar but no secret of the service, such as a
// script or a dashboard beside a Secret: without it the unit would fail on the first name that is no secret.
func protect(u *unit.Unit, mode model.SecretsMode, o model.Manifest) map[string]any {
	if mode != model.SecretsTerraform || !u.Secrets || unit.Mentions(u.Service, o) || !dollar(map[string]any(o)) {
		return o
	}
	out := maps.Clone(map[string]any(o))
	metadata := cloned(out["metadata"])
	annotations := cloned(metadata["annotations"])
	annotations[substituteAnnotation] = disabled
	metadata["annotations"] = annotations
	out["metadata"] = metadata
	return out
}

func cloned(v any) map[string]any {
	if m, ok := v.(map[string]any); ok && m != nil {
		return maps.Clone(m)
	}
	return map[string]any{}
}

func dollar(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(v, "$")
	case map[string]any:
		for key, item := range v {
			if dollar(key) || dollar(item) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if dollar(item) {
				return true
			}
		}
	}
	return false
}

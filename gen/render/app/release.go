package app

import (
	"fmt"
	"math"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// helmRelease installs the app's chart from the repository that Flux reads.
func helmRelease(a *model.App) kube.Map {
	spec := kube.M(
		"interval", "10m",
		"timeout", fmt.Sprintf("%dm", int(math.Ceil(a.RolloutTime().Minutes()))),
		"releaseName", a.Name,
		"chart", kube.M("spec", kube.M(
			"chart", fmt.Sprintf("./%s/%s/chart", dir, a.Name),
			"reconcileStrategy", "ChartVersion",
			"sourceRef", kube.M("kind", "GitRepository", "name", "flux-system", "namespace", "flux-system"),
		)),
		"valuesFrom", []kube.Map{kube.M("kind", "ConfigMap", "name", valuesName(a))},
	)
	spec = append(spec, failureHandling(a)...)
	spec = append(spec, kube.M(
		"rollback", kube.M("cleanupOnFail", true),
		"driftDetection", kube.Map{}.Marked("mode", "enabled",
			"git is what runs: suspend the HelmRelease before changing anything by hand"),
	)...)
	if len(a.Patches) > 0 {
		spec = spec.Set("postRenderers", []kube.Map{kube.M("kustomize", kube.M("patches", patches(a)))})
	}
	return kube.M(
		"apiVersion", "helm.toolkit.fluxcd.io/v2",
		"kind", "HelmRelease",
		"metadata", kube.M("name", a.Name, "namespace", a.Namespace,
			"annotations", kube.M(neverSubstitute, "disabled")),
		"spec", spec,
	)
}

// failureHandling says what Flux does after a failed install or upgrade.
//
// RetryOnFailure and a rollback do not go together: a failed install is retried as an upgrade, and the first one of
// those that fails looks for an earlier release to roll back to, finds none and gives up (helm-controller v1.6.4,
// atomic_release.go).
func failureHandling(a *model.App) kube.Map {
	if a.Storage != nil {
		retry := kube.Map{}.
			Marked("name", "RetryOnFailure", "a release with data is never uninstalled or rolled back").
			Set("retryInterval", "1m")
		install, upgrade := kube.M("strategy", retry), kube.M("strategy", retry)
		if a.Replicas == 0 {
			// Some classes bind a claim only when a pod asks for it.
			install, upgrade = install.Set("disableWait", true), upgrade.Set("disableWait", true)
		}
		return kube.M("install", install, "upgrade", upgrade)
	}
	return kube.M(
		"install", kube.M("remediation", kube.Map{}.
			Marked("retries", -1, "for ever: the first image may come later than the app")),
		"upgrade", kube.M("remediation", kube.M("retries", 1, "strategy", "rollback", "remediateLastFailure", true)),
	)
}

func patches(a *model.App) []kube.Map {
	out := make([]kube.Map, 0, len(a.Patches))
	for _, p := range a.Patches {
		target := kube.Map{}.
			SetIf(p.Target.Group != "", "group", p.Target.Group).
			SetIf(p.Target.Version != "", "version", p.Target.Version).
			Set("kind", p.Target.Kind).
			SetIf(p.Target.Name != "", "name", p.Target.Name)
		out = append(out, kube.M("target", target, "patch", p.Patch))
	}
	return out
}

// kustomization lists the app's manifests and makes the ConfigMap with its values. There is no namespace for all of
// them: the objects of database.yaml live where the database does.
func kustomization(a *model.App, resources []string) kube.Map {
	return kube.M(
		"apiVersion", "kustomize.config.k8s.io/v1beta1",
		"kind", "Kustomization",
		"resources", resources,
		"configMapGenerator", []kube.Map{kube.M(
			"name", valuesName(a),
			"namespace", a.Namespace,
			"files", []string{"values.yaml"},
		)},
		"generatorOptions", kube.Map{}.
			Marked("disableNameSuffixHash", true, "Flux watches the ConfigMap by its label instead").
			Set("labels", kube.M("reconcile.fluxcd.io/watch", "Enabled")).
			Set("annotations", kube.M(neverSubstitute, "disabled")),
	)
}

func valuesName(a *model.App) string { return a.Name + "-values" }

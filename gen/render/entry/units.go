package entry

import (
	"fmt"
	"time"

	"github.com/lvs-cloud/lvsgen/gen/flux"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

func (r *renderer) unit(u *unit.Unit) kube.Map {
	checks := healthChecks(u, r.apis)
	spec := kube.M("interval", flux.Interval, "retryInterval", flux.RetryInterval, "timeout", timeoutOf(u),
		"path", pathOf(u.Path), "prune", true)
	spec = wait(spec, u, len(checks) > 0)
	spec = spec.Set("sourceRef", kube.M("kind", "GitRepository", "name", flux.Name)).
		SetIf(len(u.DependsOn) > 0, "dependsOn", named(u.DependsOn)).
		SetIf(len(checks) > 0, "healthChecks", checks)
	expressions := healthCheckExprs(u)
	spec = spec.SetIf(len(expressions) > 0, "healthCheckExprs", expressions)
	if u.Service != nil && u.Service.Release.Stateful {
		spec = spec.Marked("deletionPolicy", "Orphan", "what holds data is taken away by hand")
	}
	return kube.Object(r.apis.Kustomize, "Kustomization", unit.Namespace, u.Name).Set("spec", r.secrets(spec, u))
}

// wait says whether all objects of the unit must be ready before the next one starts.
func wait(spec kube.Map, u *unit.Unit, checked bool) kube.Map {
	switch {
	case u.Kind == unit.HelmRepositories:
		return spec.Marked("wait", false, "a repository that cannot be reached must stop only its own charts")
	case u.Kind == unit.ImageAutomation || u.Kind == unit.ImageShard:
		return spec.Marked("wait", false, "an app has no image before its first build")
	case checked:
		return spec.Marked("wait", false, "Flux ignores healthChecks beside wait; they name all objects")
	}
	return spec.Set("wait", true)
}

// secrets lets Flux fill in or decrypt the secret values of the units that have some. Other units are left as they are:
// whatever looks like ${name} in them belongs to a program.
func (r *renderer) secrets(spec kube.Map, u *unit.Unit) kube.Map {
	if !u.Secrets {
		return spec
	}
	if r.in.Cloud.Secrets.Mode == model.SecretsSOPS {
		return spec.Set("decryption", kube.M("provider", "sops", "secretRef", kube.M("name", unit.SOPSSecretName)))
	}
	from := kube.M("kind", "Secret", "name", unit.SecretName, "optional", false)
	return spec.Set("postBuild", kube.M("substituteFrom", []kube.Map{from}))
}

// timeoutOf gives a unit a minute more than Helm has for its release.
func timeoutOf(u *unit.Unit) string {
	switch {
	case u.HasChart():
		if d, err := time.ParseDuration(u.Service.Release.Timeout); err == nil {
			return minutes(d + time.Minute)
		}
	case u.App != nil:
		return minutes(u.App.RolloutTime() + time.Minute)
	}
	return flux.Timeout
}

// minutes writes d, rounded up to whole minutes, as Flux writes durations.
func minutes(d time.Duration) string {
	return fmt.Sprintf("%dm", (d+time.Minute-1)/time.Minute)
}

func named(names []string) []kube.Map {
	out := make([]kube.Map, len(names))
	for i, name := range names {
		out[i] = kube.M("name", name)
	}
	return out
}

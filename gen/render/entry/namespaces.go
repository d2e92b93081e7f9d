package entry

import (
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// given are the Namespaces that Kubernetes, k3s and Flux's own manifests bring. A second owner would fight over their
// labels, and deleting one would be the end of the cluster.
var given = []string{"default", "kube-node-lease", "kube-public", "kube-system", unit.Namespace}

// levels are the Pod Security Standards from the strictest to none.
var levels = []string{"restricted", "baseline", "privileged"}

// namespace is what those who live in one Namespace make of it.
type namespace struct {
	// level is an index into levels: the loosest that one of them needs.
	level int
}

// namespaces gives the Namespaces of services and apps, once each, by name.
func namespaces(in *model.Inputs) []kube.Map {
	all := map[string]*namespace{}
	add := func(name, level string) {
		if slices.Contains(given, name) {
			return
		}
		n := all[name]
		if n == nil {
			n = &namespace{}
			all[name] = n
		}
		n.level = max(n.level, slices.Index(levels, level))
	}
	for i := range in.Cluster.Services {
		s := &in.Cluster.Services[i]
		add(s.Namespace, s.PodSecurity)
	}
	for i := range in.Apps {
		a := &in.Apps[i]
		add(a.Namespace, appLevel(a))
	}
	out := make([]kube.Map, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[name].object(name))
	}
	return out
}

// appLevel is "restricted" for what lvsgen confines itself. A program that runs as root, and objects and patches that
// lvsgen does not look into, may need more.
func appLevel(a *model.App) string {
	if a.Security.User == 0 || len(a.Objects) > 0 || len(a.Patches) > 0 {
		return "baseline"
	}
	return "restricted"
}

// object is the manifest. Flux never deletes a Namespace, whoever has left it: with it would go the volume claims that
// Helm was told to keep, of apps that the inputs no longer know, and the records by which Helm uninstalls.
func (n namespace) object(name string) kube.Map {
	return kube.M("apiVersion", "v1", "kind", "Namespace", "metadata", kube.M(
		"name", name,
		"labels", kube.M("pod-security.kubernetes.io/enforce", levels[n.level]),
		"annotations", kube.Map{}.Marked("kustomize.toolkit.fluxcd.io/prune", "disabled", "volume claims would go with it: delete it by hand"),
	))
}

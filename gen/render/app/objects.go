package app

import (
	"maps"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// namespaced are the built-in kinds that live in a namespace, by API group
// (https://kubernetes.io/docs/reference/kubernetes-api/, version 1.36).
var namespaced = map[string][]string{
	"": {
		"ConfigMap", "Endpoints", "Event", "LimitRange", "PersistentVolumeClaim", "Pod", "PodTemplate",
		"ReplicationController", "ResourceQuota", "Secret", "Service", "ServiceAccount",
	},
	"apps":                      {"ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"},
	"autoscaling":               {"HorizontalPodAutoscaler"},
	"batch":                     {"CronJob", "Job"},
	"coordination.k8s.io":       {"Lease"},
	"discovery.k8s.io":          {"EndpointSlice"},
	"networking.k8s.io":         {"Ingress", "NetworkPolicy"},
	"policy":                    {"PodDisruptionBudget"},
	"rbac.authorization.k8s.io": {"Role", "RoleBinding"},
	"resource.k8s.io":           {"ResourceClaim", "ResourceClaimTemplate"},
}

// ownObjects are the manifests that the app brings, in its namespace unless they name one or their kind is not known to
// live in any.
func ownObjects(a *model.App) []any {
	docs := make([]any, 0, len(a.Objects))
	for _, object := range a.Objects {
		docs = append(docs, ownObject(a, object))
	}
	return docs
}

func ownObject(a *model.App, object model.Manifest) map[string]any {
	out := maps.Clone(map[string]any(object))
	metadata := fields(out["metadata"])
	if _, set := metadata["namespace"]; !set && isNamespaced(out) {
		metadata["namespace"] = a.Namespace
	}
	annotations := fields(metadata["annotations"])
	if _, set := annotations[neverSubstitute]; !set {
		annotations[neverSubstitute] = "disabled"
	}
	metadata["annotations"] = annotations
	out["metadata"] = metadata
	return out
}

// fields gives a copy of v when it is a map, and else an empty one.
func fields(v any) map[string]any {
	m, _ := v.(map[string]any)
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}

func isNamespaced(object map[string]any) bool {
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	group, _, found := strings.Cut(apiVersion, "/")
	if !found {
		group = "" // "v1": the core group has no name
	}
	return slices.Contains(namespaced[group], kind)
}

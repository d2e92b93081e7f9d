package world

import "github.com/lvs-cloud/lvsgen/gen/apis"

// clusterScoped are kinds without namespace, by group, that the catalog of APIs does not have: no release that it knows
// serves them, or they belong to operators that are not in it.
var clusterScoped = map[string]map[string]bool{
	"":                        set("ComponentStatus"), // can only be read
	"external-secrets.io":     set("ClusterExternalSecret", "ClusterSecretStore"),
	"policy":                  set("PodSecurityPolicy"),
	"snapshot.storage.k8s.io": set("VolumeSnapshotClass", "VolumeSnapshotContent"),
}

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		m[name] = true
	}
	return m
}

// ClusterScoped tells whether objects of a kind belong to no namespace. Of a kind that is not known it is false.
func ClusterScoped(group, kind string) bool {
	if versions := apis.Embedded().Versions(group, kind); len(versions) > 0 {
		return !versions[0].Namespaced // all versions of a kind have one scope
	}
	return clusterScoped[group][kind]
}

package world

import (
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/apis"
)

func TestClusterScoped(t *testing.T) {
	for _, test := range []struct {
		group, kind string
		want        bool
	}{
		{"", "Namespace", true},
		{"", "PersistentVolume", true},
		{"", "PersistentVolumeClaim", false},
		{"rbac.authorization.k8s.io", "ClusterRole", true},
		{"rbac.authorization.k8s.io", "Role", false},
		{"cert-manager.io", "ClusterIssuer", true},
		{"cert-manager.io", "Issuer", false},
		{"policy", "PodSecurityPolicy", true},
		{"external-secrets.io", "ClusterSecretStore", true},
		{"postgresql.cnpg.io", "ClusterImageCatalog", true},
		{"example.com", "Namespace", false},
	} {
		if got := ClusterScoped(test.group, test.kind); got != test.want {
			t.Errorf("%s %s: %v, want %v", test.group, test.kind, got, test.want)
		}
	}
}

// TestNoSecondAnswer holds that the table has only what the catalog does not know.
func TestNoSecondAnswer(t *testing.T) {
	for group, kinds := range clusterScoped {
		for kind := range kinds {
			if versions := apis.Embedded().Versions(group, kind); versions != nil {
				t.Errorf("%s %s is in the catalog: %+v", group, kind, versions)
			}
		}
	}
}

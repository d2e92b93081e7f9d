package expand

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const cloud = "testdata/cloud"

func TestExpand(t *testing.T) {
	result, err := Expand(cloud, "clusters/prod", DefaultCapabilities())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, object := range result.Objects {
		got = append(got, object.String())
	}
	want := []string{
		"source.toolkit.fluxcd.io/v1 GitRepository flux-system/flux-system (clusters/prod)",
		"source.toolkit.fluxcd.io/v1 HelmRepository flux-system/jetstack (clusters/prod)",
		"source.toolkit.fluxcd.io/v1 OCIRepository flux-system/flux-manifests (clusters/prod)",
		"kustomize.toolkit.fluxcd.io/v1 Kustomization flux-system/flux (clusters/prod)",
		"kustomize.toolkit.fluxcd.io/v1 Kustomization flux-system/flux-system (clusters/prod)",
		"kustomize.toolkit.fluxcd.io/v1 Kustomization flux-system/platform (clusters/prod)",
		"kustomize.toolkit.fluxcd.io/v1 Kustomization flux-system/settings (clusters/prod)",
		"kustomize.toolkit.fluxcd.io/v1 Kustomization flux-system/app-demo (clusters/prod)",
		"cert-manager.io/v1 ClusterIssuer letsencrypt (clusters/prod > Kustomization flux-system/platform)",
		"v1 Secret cert-manager/dns-token (clusters/prod > Kustomization flux-system/platform)",
		"helm.toolkit.fluxcd.io/v2 HelmRelease flux-system/cert-manager (clusters/prod > Kustomization flux-system/platform)",
		"image.toolkit.fluxcd.io/v1 ImageRepository flux-system/demo (clusters/prod > Kustomization flux-system/platform)",
		"image.toolkit.fluxcd.io/v1 ImagePolicy flux-system/demo (clusters/prod > Kustomization flux-system/platform)",
		"image.toolkit.fluxcd.io/v1 ImageUpdateAutomation flux-system/apps (clusters/prod > Kustomization flux-system/platform)",
		"v1 Namespace longhorn-system (clusters/prod > Kustomization flux-system/platform)",
		"longhorn.io/v1beta2 RecurringJob longhorn-system/snapshot-daily (clusters/prod > Kustomization flux-system/platform)",
		"helm.cattle.io/v1 HelmChartConfig kube-system/traefik (clusters/prod > Kustomization flux-system/platform)",
		"traefik.io/v1alpha1 Middleware kube-system/redirect-https (clusters/prod > Kustomization flux-system/platform)",
		"v1 ConfigMap flux-system/cloud-settings (clusters/prod > Kustomization flux-system/settings)",
		"v1 Namespace demo (clusters/prod > Kustomization flux-system/app-demo)",
		"helm.toolkit.fluxcd.io/v2 HelmRelease demo/demo (clusters/prod > Kustomization flux-system/app-demo)",
		"v1 ConfigMap demo/demo-values (clusters/prod > Kustomization flux-system/app-demo)",
		"v1 Namespace cert-manager (clusters/prod > Kustomization flux-system/platform > HelmRelease flux-system/cert-manager > createNamespace)",
		"apps/v1 Deployment demo/demo (clusters/prod > Kustomization flux-system/app-demo > HelmRelease demo/demo > demo/templates/deployment.yaml)",
		"v1 Service demo/demo (clusters/prod > Kustomization flux-system/app-demo > HelmRelease demo/demo > demo/templates/service.yaml)",
		"traefik.io/v1alpha1 IngressRoute demo/demo (clusters/prod > Kustomization flux-system/app-demo > HelmRelease demo/demo > demo/templates/service.yaml)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	remote := []string{
		"Kustomization flux-system/flux (OCIRepository flux-manifests)",
		"HelmRelease flux-system/cert-manager (chart cert-manager of HelmRepository jetstack)",
	}
	if !slices.Equal(result.Remote, remote) {
		t.Errorf("remote: got %q, want %q", result.Remote, remote)
	}
}

func TestExpandedFields(t *testing.T) {
	result, err := Expand(cloud, "clusters/prod", DefaultCapabilities())
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		kind, name string
		path       []string
		want       any
	}{
		"metadata of the Kustomization that applies the entry point": {
			"GitRepository", "flux-system", []string{"metadata", "labels", "example.test/cluster"}, "prod",
		},
		"substitute": {"ClusterIssuer", "letsencrypt", []string{"spec", "acme", "email"}, "ops@example.test"},
		"substituteFrom": {
			"HelmChartConfig", "traefik", []string{"metadata", "annotations", "example.test/class"}, "traefik-internal",
		},
		"variable of the cluster":   {"Secret", "dns-token", []string{"stringData", "token"}, standIn},
		"escaped variable":          {"Secret", "dns-token", []string{"stringData", "literal"}, "${kept}"},
		"patch":                     {"HelmRelease", "demo", []string{"spec", "timeout"}, "3m"},
		"targetNamespace":           {"ConfigMap", "demo-values", []string{"metadata", "namespace"}, "demo"},
		"referenced values":         {"Deployment", "demo", []string{"spec", "replicas"}, 2.0},
		"chart's own default":       {"Service", "demo", []string{"spec", "selector", "app.kubernetes.io/name"}, "demo"},
		"no namespace in templates": {"Service", "demo", []string{"metadata", "namespace"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := slices.IndexFunc(result.Objects, func(o Object) bool { return o.Kind() == test.kind && o.Name() == test.name })
			if i < 0 {
				t.Fatalf("no %s %q", test.kind, test.name)
			}
			var got any = result.Objects[i].Fields
			for _, field := range test.path {
				fields, _ := got.(map[string]any)
				got = fields[field]
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("%v: got %#v, want %#v", test.path, got, test.want)
			}
		})
	}
}

// A chart renders what the cluster is capable of.
func TestExpandCapabilities(t *testing.T) {
	capabilities := DefaultCapabilities()
	capabilities.APIVersions = nil
	result, err := Expand(cloud, "clusters/prod", capabilities)
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range result.Objects {
		if object.Kind() == "IngressRoute" {
			t.Errorf("%s: rendered although the cluster does not serve its kind", object)
		}
	}
	capabilities.KubeVersion = "v1.30.0"
	if _, err := Expand(cloud, "clusters/prod", capabilities); err == nil || !strings.Contains(err.Error(), `wants Kubernetes ">=1.34.0"`) {
		t.Errorf("old Kubernetes: got error %v", err)
	}
}

func TestExpandErrors(t *testing.T) {
	tests := map[string]struct {
		file, old, new string
		want           string
	}{
		"listed file is missing": {
			"clusters/prod/kustomization.yaml", "  - apps.yaml", "  - typo.yaml",
			"typo.yaml",
		},
		"path is missing": {
			"clusters/prod/apps.yaml", "./applications/demo", "./applications/typo",
			`Kustomization flux-system/app-demo: path "./applications/typo" is not a directory of the tree`,
		},
		"path outside the tree": {
			"clusters/prod/apps.yaml", "./applications/demo", "../../../testdata",
			"is not a directory of the tree",
		},
		"unsupported expression": {
			"platform/cert-manager/clusterissuers.yaml", "${acme_email}", "${acme_email^^}",
			`"${acme_email^^}"`,
		},
		"chart is missing": {
			"applications/demo/helmrelease.yaml", "./applications/demo/chart", "./applications/typo/chart",
			`chart "./applications/typo/chart"`,
		},
		"values object is missing": {
			"applications/demo/helmrelease.yaml", "name: demo-values", "name: typo-values",
			`valuesFrom ConfigMap "typo-values": not in the tree in namespace "demo"`,
		},
		"values key is missing": {
			"applications/demo/helmrelease.yaml", "name: demo-values", "name: demo-values\n      valuesKey: typo",
			`no key "typo", only ["values.yaml"]`,
		},
		"values against the chart's schema": {
			"applications/demo/values.yaml", "replicas: 2", "replicas: two",
			"replicas",
		},
		"template fails": {
			"applications/demo/chart/templates/deployment.yaml", ".Values.replicas", ".Values.typo.replicas",
			"deployment.yaml",
		},
		"template renders a duplicate key": {
			"applications/demo/chart/templates/service.yaml", "apiVersion: v1", "apiVersion: v1\napiVersion: v1",
			"service.yaml",
		},
		"dependency not vendored": {
			"applications/demo/chart/Chart.yaml", "version: 0.1.0", "version: 0.1.0\ndependencies: [{name: redis, version: 1.0.0}]",
			`dependency "redis" is not in charts/`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.CopyFS(root, os.DirFS(cloud)); err != nil {
				t.Fatal(err)
			}
			replaceInFile(t, filepath.Join(root, test.file), test.old, test.new)
			_, err := Expand(root, "clusters/prod", DefaultCapabilities())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func replaceInFile(t *testing.T, file, old, new string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(data), old, new, 1)
	if changed == string(data) {
		t.Fatalf("%s: no %q to replace", file, old)
	}
	if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestExpandEncryptedSecret(t *testing.T) {
	object := map[string]any{
		"kind": "Secret",
		"data": map[string]any{"password": "ENC[AES256_GCM,data:x]"},
		"sops": map[string]any{"version": "3.13.3"},
	}
	clearEncryption(object)
	want := map[string]any{"kind": "Secret", "stringData": map[string]any{"password": "ENC[AES256_GCM,data:x]"}}
	if !reflect.DeepEqual(object, want) {
		t.Errorf("got %v, want %v", object, want)
	}
}

func TestSubstituteText(t *testing.T) {
	known := map[string]string{"a": "1", "empty": ""}
	lookup := func(name string) (string, bool) {
		value, ok := known[name]
		return value, ok
	}
	tests := map[string]string{
		"${a}":           "1",
		"x${a}${a}":      "x11",
		"${b}":           "",
		"${b:=d}":        "d",
		"${b:-d}":        "d",
		"${b=d}":         "d",
		"${empty:=d}":    "d",
		"${empty=d}":     "",
		"$${a}":          "${a}",
		"$a and { a }":   "$a and { a }",
		"${a:=https://}": "1",
	}
	for in, want := range tests {
		got, err := substituteText(in, lookup)
		if err != nil || got != want {
			t.Errorf("%q: got %q, error %v, want %q", in, got, err, want)
		}
	}
	if _, err := substituteText("${a//b/c}", lookup); err == nil {
		t.Error("an expression beyond names and defaults was not refused")
	}
}

func TestClusters(t *testing.T) {
	got, err := Clusters(cloud)
	if want := []string{"clusters/prod"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, error %v, want %q", got, err, want)
	}
	if got, err := Clusters(t.TempDir()); err != nil || len(got) > 0 {
		t.Errorf("no clusters: got %q, error %v", got, err)
	}
}

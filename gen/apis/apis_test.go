package apis

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLookups(t *testing.T) {
	c := Embedded()
	deployment := c.Kinds("apps/v1", "Deployment")
	if len(deployment) != 1 {
		t.Fatalf("apps/v1 Deployment: %+v", deployment)
	}
	want := Kind{Product: "kubernetes", APIVersion: "apps/v1", Group: "apps", Kind: "Deployment", Plural: "deployments", Namespaced: true, Definition: "io.k8s.api.apps.v1.Deployment"}
	got := deployment[0]
	if !slices.Equal(got.Releases, c.Releases("kubernetes")) {
		t.Errorf("Deployment is served in %v of %v", got.Releases, c.Releases("kubernetes"))
	}
	if got.Releases = nil; got.Product != want.Product || got.APIVersion != want.APIVersion || got.Group != want.Group || got.Plural != want.Plural ||
		!got.Namespaced || got.Definition != want.Definition || got.Deprecation != "" || got.OffByDefault {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if schema := c.Definition("kubernetes", "1.36", got.Definition); !strings.Contains(string(schema), `"$ref":"io.k8s.api.apps.v1.DeploymentSpec"`) {
		t.Errorf("the schema of a Deployment: %s", schema)
	}
	for _, missing := range [][]byte{
		c.Definition("kubernetes", "1.36", "io.k8s.api.apps.v1.Deploymint"),
		c.Definition("kubernetes", "1.2", got.Definition),
		c.Definition("kubernets", "1.36", got.Definition),
	} {
		if missing != nil {
			t.Errorf("a schema that is not there: %s", missing)
		}
	}
	if c.Kinds("apps/v1", "Deploymint") != nil || c.Versions("apps", "Deploymint") != nil || c.Releases("kubernets") != nil {
		t.Error("what is not there is found")
	}
}

func TestScopesAndStages(t *testing.T) {
	for _, test := range []struct {
		apiVersion, kind string
		namespaced, off  bool
		product          string
	}{
		{"v1", "Namespace", false, false, "kubernetes"},
		{"v1", "ConfigMap", true, false, "kubernetes"},
		{"apiextensions.k8s.io/v1", "CustomResourceDefinition", false, false, "kubernetes"},
		{"apiregistration.k8s.io/v1", "APIService", false, false, "kubernetes"},
		{"resource.k8s.io/v1beta1", "ResourceClaim", true, true, "kubernetes"},
		{"cert-manager.io/v1", "ClusterIssuer", false, false, "cert-manager"},
		{"traefik.io/v1alpha1", "Middleware", true, false, "traefik"},
		{"longhorn.io/v1beta2", "RecurringJob", true, false, "longhorn"},
		{"postgresql.cnpg.io/v1", "Cluster", true, false, "cloudnative-pg"},
		{"barmancloud.cnpg.io/v1", "ObjectStore", true, false, "cloudnative-pg"},
		{"upgrade.cattle.io/v1", "Plan", true, false, "system-upgrade-controller"},
		{"helm.cattle.io/v1", "HelmChartConfig", true, false, "k3s"},
		{"monitoring.coreos.com/v1", "ServiceMonitor", true, false, "prometheus-operator"},
		{"gateway.networking.k8s.io/v1", "GatewayClass", false, false, "gateway-api"},
	} {
		kinds := Embedded().Kinds(test.apiVersion, test.kind)
		if len(kinds) == 0 {
			t.Errorf("%s %s is not known", test.apiVersion, test.kind)
			continue
		}
		k := kinds[0]
		if k.Namespaced != test.namespaced || k.OffByDefault != test.off || k.Product != test.product {
			t.Errorf("%+v, want %+v", k, test)
		}
		if product, known := Embedded().Group(k.Group); !known || product != test.product {
			t.Errorf("group %q is of %q", k.Group, product)
		}
	}
	if product, known := Embedded().Group("example.com"); known {
		t.Errorf("example.com is of %s", product)
	}
}

// TestFluxByRelease holds what a repository's Flux release decides.
func TestFluxByRelease(t *testing.T) {
	for _, test := range []struct {
		apiVersion, kind string
		releases         []string
	}{
		{"kustomize.toolkit.fluxcd.io/v1", "Kustomization", []string{"2.8", "2.9", "2.10"}},
		{"image.toolkit.fluxcd.io/v1beta2", "ImagePolicy", []string{"2.8"}},
		{"notification.toolkit.fluxcd.io/v1", "Alert", []string{"2.10"}},
		{"source.toolkit.fluxcd.io/v1beta2", "GitRepository", nil},
	} {
		var releases []string
		for _, k := range Embedded().Kinds(test.apiVersion, test.kind) {
			releases = append(releases, k.Releases...)
		}
		if !slices.Equal(releases, test.releases) {
			t.Errorf("%s %s is served by Flux %v, want %v", test.apiVersion, test.kind, releases, test.releases)
		}
	}
	for release, has := range map[string]bool{"2.8": false, "2.9": false, "2.10": true} {
		schema := string(Embedded().Definition("flux", release, "image.toolkit.fluxcd.io/v1/ImageUpdateAutomation"))
		if strings.Contains(schema, `"policyChangeDelay"`) != has {
			t.Errorf("Flux %s: policyChangeDelay is there: %v", release, !has)
		}
	}
}

// TestAnswersAreCopies holds that a caller cannot change what the next one is told.
func TestAnswersAreCopies(t *testing.T) {
	c := Embedded()
	c.Kinds("v1", "Secret")[0].Kind = "changed"
	c.Versions("", "Secret")[0].Kind = "changed"
	c.Releases("flux")[0] = "changed"
	name := c.Kinds("v1", "Secret")[0].Definition
	c.Definition("kubernetes", "1.36", name)[0] = 'x'
	if c.Kinds("v1", "Secret")[0].Kind != "Secret" || c.Versions("", "Secret")[0].Kind != "Secret" || c.Releases("flux")[0] == "changed" ||
		c.Definition("kubernetes", "1.36", name)[0] != '{' {
		t.Error("an answer shares memory with the catalog")
	}
}

func TestBrokenData(t *testing.T) {
	for text, want := range map[string]string{
		"releas\t1.0\tm@v1\n":                           "not a line of a product",
		"kind\t1.0\tv1\tPod\tNamespaced\tpods\tPod\t\n": "not a line of a product",
	} {
		_, err := read(fstest.MapFS{"data/x.txt": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "data/x.txt") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"removed\tx\tv1\n": "not a line about a removal",
		strings.Repeat("removed\tx\tv1\tA\t\t1\t\ty\n", 2): "there twice",
	} {
		_, err := read(fstest.MapFS{"data/removed.txt": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		if _, err := read(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	p := Embedded().products["kubernetes"]
	for b.Loop() {
		p.definitions()
	}
}

package entry_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/render/entry"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

func render(t *testing.T, in *model.Inputs) []tree.File {
	t.Helper()
	files, err := entry.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// objects builds clusters/prod as Flux does and gives its objects by "Kind/name".
func objects(t *testing.T, in *model.Inputs) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for _, r := range cloudtest.Build(t, render(t, in), "clusters/prod").Resources() {
		o, err := r.Map()
		if err != nil {
			t.Fatal(err)
		}
		out[r.GetKind()+"/"+r.GetName()] = o
	}
	return out
}

// at gives the value at a path of keys, or nil.
func at(o map[string]any, keys ...string) any {
	var v any = o
	for _, key := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

func TestGolden(t *testing.T) {
	files := render(t, cloudtest.Small())
	cloudtest.Strict(t, files)
	cloudtest.Golden(t, "small", files)
}

func TestOrderOfInputsDoesNotMatter(t *testing.T) {
	in := cloudtest.Small()
	got, want := render(t, cloudtest.Reversed(in)), render(t, in)
	if string(cloudtest.Archive(got)) != string(cloudtest.Archive(want)) {
		t.Error("the files depend on the order of services and apps")
	}
}

func TestNothingIsRenderedEmpty(t *testing.T) {
	files := render(t, cloudtest.Inputs(nil, nil))
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
	}
	want := []string{"clusters/prod/flux-system.yaml", "clusters/prod/sources.yaml", "clusters/prod/kustomization.yaml"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	cloudtest.Build(t, files, "clusters/prod")
}

func TestNamespaces(t *testing.T) {
	shared := func(name, security string, stateful bool) model.Service {
		return cloudtest.Service(name, func(s *model.Service) {
			s.Namespace, s.PodSecurity, s.Release.Stateful = "shared", security, stateful
			s.Chart = cloudtest.Chart(name, "1.0.0", "x", "https://example.net")
		})
	}
	together := func(name string, change func(*model.App)) model.App {
		return cloudtest.App(name, func(a *model.App) {
			a.Namespace = "together"
			change(a)
		})
	}
	in := cloudtest.Small()
	in.Cluster.Services = append(in.Cluster.Services, shared("one", "restricted", true), shared("two", "privileged", false))
	in.Apps = append(in.Apps,
		cloudtest.App("system", func(a *model.App) { a.Namespace = "kube-system" }),
		cloudtest.App("raw", func(a *model.App) {
			a.Objects = []model.Manifest{cloudtest.Manifest("v1", "ConfigMap", "raw", "x", nil)}
		}),
		together("root", func(a *model.App) { a.Security.User = 0 }), together("user", func(*model.App) {}),
	)
	all := objects(t, in)
	for name, want := range map[string]string{
		"certificates": "restricted", "database": "baseline", "storage": "privileged", "shared": "privileged",
		"batch": "restricted", "legacy": "baseline", "shop": "restricted", "raw": "baseline", "together": "baseline",
	} {
		o := all["Namespace/"+name]
		if got := at(o, "metadata", "labels", "pod-security.kubernetes.io/enforce"); got != want {
			t.Errorf("%s enforces %v, want %s", name, got, want)
		}
		// Always: data may be there of an app that the inputs no longer know.
		if at(o, "metadata", "annotations", "kustomize.toolkit.fluxcd.io/prune") != "disabled" {
			t.Errorf("%s can be pruned", name)
		}
	}
	for _, name := range []string{"kube-system", "flux-system", "default"} {
		if all["Namespace/"+name] != nil {
			t.Errorf("%s, which the cluster brings, is rendered", name)
		}
	}
}

func TestUnits(t *testing.T) {
	all := objects(t, cloudtest.Small())
	spec := func(name string, keys ...string) any {
		return at(all["Kustomization/"+name], append([]string{"spec"}, keys...)...)
	}
	for name, want := range map[string]bool{
		"storage": true, "certificates": true, "certificates-config": true, "shop": true,
		// See the reasons beside the field.
		"helmrepositories": false, "image-automation": false, "gateway": false,
	} {
		if got := spec(name, "wait"); got != want {
			t.Errorf("%s waits: %v, want %t", name, got, want)
		}
	}
	checks := []any{
		map[string]any{"apiVersion": "helm.cattle.io/v1", "kind": "HelmChartConfig", "name": "gateway", "namespace": "kube-system"},
		map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "gateway", "namespace": "kube-system"},
	}
	if got := spec("gateway", "healthChecks"); !reflect.DeepEqual(got, checks) {
		t.Errorf("gateway checks %v, want %v", got, checks)
	}
	if spec("certificates-config", "healthCheckExprs") == nil || spec("certificates", "healthCheckExprs") != nil {
		t.Error("the health expression of ClusterIssuers does not stand where they are")
	}
	for name, want := range map[string]any{"storage": "Orphan", "database": "Orphan", "certificates": nil, "shop": nil} {
		if got := spec(name, "deletionPolicy"); got != want {
			t.Errorf("%s is deleted by %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]string{"database": "16m", "certificates": "11m", "gateway": "5m", "shop": "6m"} {
		if got := spec(name, "timeout"); got != want {
			t.Errorf("%s has the timeout %v, want %s", name, got, want)
		}
	}
}

func TestSlowStart(t *testing.T) {
	in := cloudtest.Inputs(nil, []model.App{cloudtest.App("slow", func(a *model.App) { a.Probes.StartSeconds = 1790 })})
	if got := at(objects(t, in)["Kustomization/slow"], "spec", "timeout"); got != "35m" {
		t.Errorf("got the timeout %v, want 35m", got)
	}
}

func TestSecrets(t *testing.T) {
	for _, mode := range []model.SecretsMode{model.SecretsTerraform, model.SecretsSOPS} {
		in := cloudtest.Small()
		in.Cloud.Secrets.Mode = mode
		var filled, decrypted []string
		for key, o := range objects(t, in) {
			if at(o, "spec", "postBuild") != nil {
				filled = append(filled, strings.TrimPrefix(key, "Kustomization/"))
			}
			if at(o, "spec", "decryption") != nil {
				decrypted = append(decrypted, strings.TrimPrefix(key, "Kustomization/"))
			}
		}
		some, none := filled, decrypted
		if mode == model.SecretsSOPS {
			some, none = decrypted, filled
		}
		slices.Sort(some)
		if want := []string{"database", "image-automation", "shop"}; !slices.Equal(some, want) || len(none) > 0 {
			t.Errorf("mode %s: postBuild %q, decryption %q", mode, filled, decrypted)
		}
	}
}

// TestPatches builds what the Kustomization flux builds: Flux's manifests with the patches.
func TestPatches(t *testing.T) {
	for _, version := range []string{"2.8.8", "2.9.5"} {
		t.Run(version, func(t *testing.T) { testPatches(t, version) })
	}
}

func testPatches(t *testing.T, version string) {
	in := cloudtest.Small()
	in.Cluster.Flux.Version = version
	disk := filesys.MakeFsInMemory()
	var manifests []any
	names := []string{"source-controller", "kustomize-controller", "helm-controller", "notification-controller"}
	if version != "2.8.8" {
		names = append(names, "source-watcher")
	}
	for _, name := range names {
		manifests = append(manifests, controller(name))
	}
	manifests = append(manifests, kube.Object("v1", "Namespace", "", "flux-system"))
	content, err := kube.Encode(manifests...)
	if err != nil {
		t.Fatal(err)
	}
	kustomization, err := kube.Encode(map[string]any{
		"resources": []any{"gotk-components.yaml"},
		"patches":   at(objects(t, in)["Kustomization/flux"], "spec", "patches"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"gotk-components.yaml": content, "kustomization.yaml": kustomization} {
		if err := disk.WriteFile(name, content); err != nil {
			t.Fatal(err)
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, ".")
	if err != nil {
		t.Fatal(err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	// From 2.9 on it is the default.
	if got := strings.Contains(string(text), "StrictPostBuildSubstitutions=true"); got != (version == "2.8.8") {
		t.Errorf("a missing secret is refused by a flag: %t", got)
	}
	cloudtest.Golden(t, "flux-"+version, []tree.File{{Path: "flux.yaml", Content: text, Source: "the patches"}})
}

// controller is a Deployment with the fields of Flux's own that the patches touch.
func controller(name string) kube.Map {
	container := kube.M("name", "manager", "args", []string{"--log-level=info"}, "resources", kube.M(
		"requests", kube.M("cpu", "100m", "memory", "64Mi"), "limits", kube.M("cpu", "1000m", "memory", "1Gi")))
	return kube.M("apiVersion", "apps/v1", "kind", "Deployment",
		"metadata", kube.M("name", name, "namespace", "flux-system", "labels", kube.M("app.kubernetes.io/part-of", "flux")),
		"spec", kube.M("replicas", 1, "template", kube.M("spec", kube.M("containers", []kube.Map{container}))))
}

func TestManifestsArePinned(t *testing.T) {
	in := cloudtest.Small()
	digest := "sha256:" + strings.Repeat("0", 64)
	for _, want := range []map[string]any{{"tag": "v2.9.5"}, {"tag": "v2.9.5", "digest": digest}} {
		in.Cluster.Flux.ManifestsDigest, _ = want["digest"].(string)
		source := objects(t, in)["OCIRepository/flux-manifests"]
		if got := at(source, "spec", "ref"); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if at(source, "spec", "verify", "provider") != "cosign" {
			t.Error("the signature is not verified")
		}
	}
}

func TestErrors(t *testing.T) {
	in := cloudtest.Small()
	in.Cluster.Flux.Version = "2.7.5"
	if _, err := entry.Files(in); err == nil || !strings.Contains(err.Error(), `flux "2.7.5"`) {
		t.Errorf("got %v", err)
	}
	in = cloudtest.Small()
	in.Cluster.Services = nil
	if _, err := entry.Files(in); err == nil || !strings.Contains(err.Error(), `app "shop" needs "database"`) {
		t.Errorf("got %v", err)
	}
}

// TestGrowth counts allocations, which do not depend on the machine.
func TestGrowth(t *testing.T) {
	cost := func(n int) float64 {
		in := cloudtest.Small()
		for i := range n {
			in.Apps = append(in.Apps, cloudtest.App(fmt.Sprintf("app-%05d", i), nil))
		}
		return testing.AllocsPerRun(1, func() { render(t, in) }) / float64(n)
	}
	small, large := cost(400), cost(4000)
	if large > 1.2*small {
		t.Errorf("%.0f allocations per app with 400 apps, %.0f with 4000", small, large)
	}
}

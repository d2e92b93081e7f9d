package app

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// build is what kustomize makes of an app's folder.
func build(t *testing.T, files map[string]string) resmap.ResMap {
	t.Helper()
	disk := filesys.MakeFsInMemory()
	for name, content := range files {
		if err := disk.WriteFile("/app/"+name, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/app")
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// TestBuild builds the folders of all samples and 30 random apps as Flux does.
func TestBuild(t *testing.T) {
	for _, a := range append(samples(), randoms(30)...) {
		t.Run(a.Name, func(t *testing.T) {
			f := files(t, terraform, a)
			var ids []string
			for _, res := range build(t, f).Resources() {
				id := res.CurId()
				ids = append(ids, id.Kind+" "+id.Namespace+"/"+id.Name)
				annotation := res.GetAnnotations()[neverSubstitute]
				if substituted := strings.Contains(res.MustYaml(), "${"); substituted && annotation != "disabled" && id.Kind != "Secret" {
					t.Errorf("Flux would substitute in %s", id)
				}
				if id.Kind == "ConfigMap" && id.Name == a.Name+"-values" {
					if got := res.GetDataMap()["values.yaml"]; got != f["values.yaml"] {
						t.Errorf("the ConfigMap holds\n%s", got)
					}
					if res.GetLabels()["reconcile.fluxcd.io/watch"] != "Enabled" || annotation != "disabled" {
						t.Errorf("labels %v", res.GetLabels())
					}
				}
			}
			for _, want := range []string{"HelmRelease " + a.Namespace + "/" + a.Name, "ConfigMap " + a.Namespace + "/" + a.Name + "-values"} {
				if !slices.Contains(ids, want) {
					t.Errorf("no %s among %v", want, ids)
				}
			}
			for name := range a.Secrets {
				if !slices.Contains(ids, "Secret "+a.Namespace+"/"+name) {
					t.Errorf("no Secret %s among %v", name, ids)
				}
			}
		})
	}
}

// TestSOPS lists the files that people own and renders none of them.
func TestSOPS(t *testing.T) {
	a := newApp("everything", everything)
	f := files(t, shared(model.SecretsSOPS), a)
	for name := range f {
		if strings.Contains(name, "secret") {
			t.Errorf("%s is rendered", name)
		}
	}
	var kustomization struct{ Resources []string }
	if err := yaml.Unmarshal([]byte(f["kustomization.yaml"]), &kustomization); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"database.yaml", "helmrelease.yaml", "objects.yaml", "secret-session.sops.yaml", "secret-tls.sops.yaml", "secret-users.sops.yaml",
	}
	if got := sorted(kustomization.Resources); !slices.Equal(got, want) {
		t.Errorf("resources %v, want %v", got, want)
	}
}

// TestSecretsArriveToTheByte substitutes as Flux does (github.com/fluxcd/pkg/kustomize v1.35, SubstituteVariables): into
// the YAML that kustomize makes of an object, in which quotes of the file are lost.
func TestSecretsArriveToTheByte(t *testing.T) {
	a := newApp("shop", func(a *model.App) { a.Secrets = map[string]model.AppSecret{"x": {Keys: []string{"key"}}} })
	values := [][]byte{{}, {0}, []byte("text\n"), {0xd7, 0x6d, 0xf8}, {0xb6, 0xbb, 0x9e}, {0x9e, 0xe9, 0x65}, []byte("M\x14D"), {0xd3, 0x57, 0xb4}}
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		value := make([]byte, r.IntN(40))
		for i := range value {
			value[i] = byte(r.Uint32())
		}
		values = append(values, value)
	}
	var text string
	for _, res := range build(t, files(t, terraform, a)).Resources() {
		if res.GetKind() == "Secret" {
			text = res.MustYaml()
		}
	}
	for _, value := range values {
		var secret struct{ Data map[string]any }
		filled := strings.ReplaceAll(text, "${shop_x_key}", base64.StdEncoding.EncodeToString(value))
		if err := yaml.Unmarshal([]byte(filled), &secret); err != nil {
			t.Fatal(err)
		}
		encoded, ok := secret.Data["key"].(string)
		got, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || string(got) != string(value) {
			t.Errorf("%x arrives as %v in\n%s", value, secret.Data["key"], filled)
		}
	}
}

func TestHelmRelease(t *testing.T) {
	release := func(a *model.App) map[string]any { return documents(t, files(t, terraform, a)["helmrelease.yaml"])[0] }
	at := func(v any, path ...string) any {
		for _, key := range path {
			v = v.(map[string]any)[key]
		}
		return v
	}
	stateless, stateful := release(newApp("shop", web)), release(newApp("everything", everything))
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"chart", at(stateless, "spec", "chart", "spec", "chart"), "./applications/shop/chart"},
		{"strategy", at(stateless, "spec", "chart", "spec", "reconcileStrategy"), "ChartVersion"},
		{"no values files", at(stateless, "spec", "chart", "spec", "valuesFiles"), nil},
		{"source", at(stateless, "spec", "chart", "spec", "sourceRef"), map[string]any{"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}},
		{"values", at(stateless, "spec", "valuesFrom"), []any{map[string]any{"kind": "ConfigMap", "name": "shop-values"}}},
		{"namespace", at(stateful, "metadata", "namespace"), "trade"},
		{"stateless install", at(stateless, "spec", "install"), map[string]any{"remediation": map[string]any{"retries": -1.0}}},
		{"stateless upgrade", at(stateless, "spec", "upgrade", "remediation", "strategy"), "rollback"},
		{"stateful install", at(stateful, "spec", "install", "strategy", "name"), "RetryOnFailure"},
		{"stateful upgrade", at(stateful, "spec", "upgrade", "strategy", "name"), "RetryOnFailure"},
		{"nothing else on failure", len(at(stateful, "spec", "install").(map[string]any)) + len(at(stateful, "spec", "upgrade").(map[string]any)), 2},
		{"drift", at(stateless, "spec", "driftDetection", "mode"), "enabled"},
		{"patch", at(at(stateful, "spec", "postRenderers").([]any)[0], "kustomize", "patches").([]any)[0], map[string]any{
			"target": map[string]any{"group": "apps", "version": "v1", "kind": "Deployment", "name": "everything"},
			"patch":  "- op: add\n  path: /metadata/labels/team\n  value: ${TEAM}\n",
		}},
		{"no patches", at(stateless, "spec", "postRenderers"), nil},
	} {
		if fmt.Sprint(tt.got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestOwnObjects(t *testing.T) {
	a := newApp("everything", everything)
	docs := documents(t, files(t, terraform, a)["objects.yaml"])
	meta := func(i int) map[string]any { return docs[i]["metadata"].(map[string]any) }
	if meta(0)["namespace"] != "trade" || meta(1)["namespace"] != nil {
		t.Errorf("namespaces %v and %v", meta(0)["namespace"], meta(1)["namespace"])
	}
	for i := range docs {
		if meta(i)["annotations"].(map[string]any)[neverSubstitute] != "disabled" {
			t.Errorf("Flux would substitute in %v", meta(i))
		}
	}
	if meta(1)["annotations"].(map[string]any)["a"] != "b" || docs[0]["data"].(map[string]any)["text"] != "${KEPT} {{ as }} it is" {
		t.Errorf("objects are not as the app has them: %v", docs)
	}
}

// TestFolder is the list of files of the smallest app and of one with everything.
func TestFolder(t *testing.T) {
	smallest := []string{
		"chart/Chart.yaml", "chart/templates/_helpers.tpl", "chart/templates/configmap.yaml", "chart/templates/cronjobs.yaml",
		"chart/templates/deployment.yaml", "chart/templates/ingress.yaml", "chart/templates/networkpolicy.yaml",
		"chart/templates/persistentvolumeclaim.yaml", "chart/templates/service.yaml", "chart/templates/serviceaccount.yaml",
		"chart/templates/workers.yaml", "chart/values.schema.json", "chart/values.yaml",
		"helmrelease.yaml", "kustomization.yaml", "values.yaml",
	}
	more := []string{"database.yaml", "objects.yaml", "secrets.yaml"}
	if got := slices.Sorted(maps.Keys(files(t, terraform, newApp("smallest")))); !slices.Equal(got, smallest) {
		t.Errorf("%v, want %v", got, smallest)
	}
	want := sorted(append(slices.Clone(smallest), more...))
	if got := slices.Sorted(maps.Keys(files(t, terraform, newApp("everything", everything)))); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

package refs_test

import (
	"fmt"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

func object(t *testing.T, text string) *world.Object {
	t.Helper()
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	return world.New(fields, nil)
}

// TestOf holds what objects need: each reference as kind, namespace/name, key, and the path of its name.
func TestOf(t *testing.T) {
	tests := map[string]struct {
		object string
		want   []string
	}{
		"pod of a workload": {`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      serviceAccountName: web
      imagePullSecrets: [{name: pull}]
      containers:
      - env:
        - {name: A, valueFrom: {secretKeyRef: {name: mail, key: password}}}
        - {name: B, valueFrom: {configMapKeyRef: {name: settings, key: b, optional: true}}}
        envFrom: [{configMapRef: {name: settings}}]
      volumes:
      - {name: a, secret: {secretName: files, items: [{key: one, path: one}]}}
      - {name: b, persistentVolumeClaim: {claimName: data}}
      - {name: c, projected: {sources: [{configMap: {name: part}}]}}
`, []string{
			"ConfigMap shop/part  [spec template spec volumes 2 projected sources 0 configMap name]",
			"ConfigMap shop/settings  [spec template spec containers 0 envFrom 0 configMapRef name]",
			"PersistentVolumeClaim shop/data  [spec template spec volumes 1 persistentVolumeClaim claimName]",
			"Secret shop/files one [spec template spec volumes 0 secret secretName]",
			"Secret shop/mail password [spec template spec containers 0 env 0 valueFrom secretKeyRef name]",
			"Secret shop/pull  [spec template spec imagePullSecrets 0 name]",
			"ServiceAccount shop/web  [spec template spec serviceAccountName]",
		}},
		"pod of a CronJob": {`
apiVersion: batch/v1
kind: CronJob
metadata: {name: dump, namespace: shop}
spec: {jobTemplate: {spec: {template: {spec: {initContainers: [{envFrom: [{secretRef: {name: s3}}]}]}}}}}
`, []string{"Secret shop/s3  [spec jobTemplate spec template spec initContainers 0 envFrom 0 secretRef name]"}},
		"binding": {`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}, {kind: User, name: someone}]
`, []string{"ServiceAccount shop/web  [subjects 0 name]"}},
		"account of Flux": {`
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec: {serviceAccountName: flux, postBuild: {substituteFrom: [{kind: Secret, name: secrets}, {kind: Secret, name: perhaps, optional: true}]}}
`, []string{
			"Secret flux-system/secrets  [spec postBuild substituteFrom 0 name]",
			"ServiceAccount flux-system/flux  [spec serviceAccountName]",
		}},
		"account in another cluster": {`
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: flux-system}
spec: {serviceAccountName: there, valuesFrom: [{kind: ConfigMap, name: values}], kubeConfig: {secretRef: {name: cluster}}}
`, []string{"Secret flux-system/cluster  [spec kubeConfig secretRef name]"}},
		"object without references": {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {secretRef: x}\n", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range refs.Of(object(t, test.object)) {
				got = append(got, fmt.Sprintf("%s %s/%s %s %v", r.Kind, r.Namespace, r.Name, r.Key, r.At))
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// TestLookup holds the three answers: what is there, what surely is not, and what a chart or an operator may make.
func TestLookup(t *testing.T) {
	release := object(t, "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop, namespace: charts}\nspec: {}\n")
	w := &world.World{Owners: []*world.Owner{
		{Path: "cluster"},
		{Object: release, Namespace: "charts", Opaque: "its chart is not in this repository", Chart: "unknown-chart"},
	}}
	for _, namespace := range []string{"charts", "shop"} {
		w.Add(object(t, fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n", namespace)))
	}
	w.Add(release, object(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: mail, namespace: shop}\n"),
		object(t, "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: made, namespace: shop}\nspec: {target: {name: made-as}}\n"))
	x := refs.In{World: w}.Index()
	for _, test := range []struct {
		kind, namespace, name string
		want                  world.Answer
	}{
		{refs.Secret, "shop", "mail", world.Found},
		{refs.Secret, "shop", "made-as", world.Found},
		{refs.Secret, "shop", "absent", world.Absent},
		{refs.ServiceAccount, "shop", "default", world.Found},
		{refs.Secret, "charts", "absent", world.Unknown},
		{refs.Secret, "kube-system", "absent", world.Unknown},
		{refs.Secret, "shop", "${name}", world.Unknown},
	} {
		if got, _ := x.Lookup("", test.kind, test.namespace, test.name); got != test.want {
			t.Errorf("%s %s/%s: %v, want %v", test.kind, test.namespace, test.name, got, test.want)
		}
	}
}

func TestAlike(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"settings", "setings", true},
		{"settings", "settigns", true},
		{"settings", "settings", false},
		{"shop-1", "shop-2", false},
		{"settings", "secrets", false},
		{"abc", "abd", false},
	} {
		if got := refs.Alike(test.a, test.b); got != test.want || refs.Alike(test.b, test.a) != got {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}

package app

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// files renders a as the whole program does, headers and all, by name below the app's folder.
func files(t testing.TB, s *model.Shared, a *model.App) map[string]string {
	t.Helper()
	rendered, err := Files(s, a)
	if err != nil {
		t.Fatalf("%s: %v", a.Name, err)
	}
	var all tree.Tree
	for _, f := range rendered {
		if err := all.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]string{}
	for _, p := range all.Paths() {
		f, _ := all.Get(p)
		name, below := strings.CutPrefix(p, "applications/"+a.Name+"/")
		if !below {
			t.Fatalf("%s is not in the app's folder", p)
		}
		out[name] = string(f.Content)
	}
	return out
}

// loadChart gives the chart among the files.
func loadChart(t testing.TB, files map[string]string) *chart.Chart {
	t.Helper()
	var buffered []*loader.BufferedFile
	for name, content := range files {
		if below, ok := strings.CutPrefix(name, "chart/"); ok {
			buffered = append(buffered, &loader.BufferedFile{Name: below, Data: []byte(content)})
		}
	}
	c, err := loader.LoadFiles(buffered)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return c
}

// install gives what Helm renders c to, by template.
func install(c *chart.Chart, a *model.App, values string) (map[string]string, error) {
	v, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		return nil, err
	}
	release := chartutil.ReleaseOptions{Name: a.Name, Namespace: a.Namespace, Revision: 1, IsInstall: true}
	v, err = chartutil.ToRenderValues(c, v, release, nil)
	if err != nil {
		return nil, err
	}
	return engine.Render(c, v)
}

// objects are the manifests of an app's release, strictly decoded.
type objects struct {
	deployments map[string]*appsv1.Deployment
	cronJobs    map[string]*batchv1.CronJob
	services    map[string]*corev1.Service
	ingresses   map[string]*networkingv1.Ingress
	policies    map[string]*networkingv1.NetworkPolicy
	accounts    map[string]*corev1.ServiceAccount
	budgets     map[string]*policyv1.PodDisruptionBudget
	configMaps  map[string]*corev1.ConfigMap
	claims      map[string]*corev1.PersistentVolumeClaim
	middlewares map[string]map[string]any
}

// release renders the app's chart with its values and decodes every document.
func release(t testing.TB, files map[string]string, a *model.App) *objects {
	t.Helper()
	rendered, err := install(loadChart(t, files), a, files["values.yaml"])
	if err != nil {
		t.Fatalf("%s: %v\n%s", a.Name, err, files["values.yaml"])
	}
	o := &objects{middlewares: map[string]map[string]any{}}
	for name, text := range rendered {
		if path.Ext(name) != ".yaml" {
			continue
		}
		for doc := range strings.SplitSeq(text, "\n---\n") {
			if onlyComments(doc) {
				continue // a template whose values ask for nothing
			}
			if err := o.decode(doc); err != nil {
				t.Fatalf("%s: %s: %v\n%s", a.Name, name, err, doc)
			}
		}
	}
	return o
}

func onlyComments(doc string) bool {
	for line := range strings.Lines(doc) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}

func (o *objects) decode(doc string) error {
	var head struct {
		Kind     string
		Metadata struct{ Name string }
	}
	if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
		return err
	}
	switch head.Kind {
	case "Deployment":
		return decodeInto(&o.deployments, head.Metadata.Name, doc)
	case "CronJob":
		return decodeInto(&o.cronJobs, head.Metadata.Name, doc)
	case "Service":
		return decodeInto(&o.services, head.Metadata.Name, doc)
	case "Ingress":
		return decodeInto(&o.ingresses, head.Metadata.Name, doc)
	case "NetworkPolicy":
		return decodeInto(&o.policies, head.Metadata.Name, doc)
	case "ServiceAccount":
		return decodeInto(&o.accounts, head.Metadata.Name, doc)
	case "PodDisruptionBudget":
		return decodeInto(&o.budgets, head.Metadata.Name, doc)
	case "ConfigMap":
		return decodeInto(&o.configMaps, head.Metadata.Name, doc)
	case "PersistentVolumeClaim":
		return decodeInto(&o.claims, head.Metadata.Name, doc)
	case "Middleware":
		var m map[string]any
		if err := yaml.UnmarshalStrict([]byte(doc), &m); err != nil {
			return err
		}
		o.middlewares[head.Metadata.Name] = m["spec"].(map[string]any)
		return nil
	}
	return fmt.Errorf("a document of kind %q", head.Kind)
}

func decodeInto[T any](m *map[string]*T, name, doc string) error {
	if *m == nil {
		*m = map[string]*T{}
	}
	if _, taken := (*m)[name]; taken {
		return fmt.Errorf("two objects are named %q", name)
	}
	object := new(T)
	(*m)[name] = object
	return yaml.UnmarshalStrict([]byte(doc), object)
}

// documents decodes the documents of a file that people apply as it is.
func documents(t testing.TB, text string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for doc := range strings.SplitSeq(text, "\n---\n") {
		var object map[string]any
		if err := yaml.UnmarshalStrict([]byte(doc), &object); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		out = append(out, object)
	}
	return out
}

// only gives the one entry of m.
func only[T any](t *testing.T, m map[string]*T) *T {
	t.Helper()
	if len(m) != 1 {
		t.Fatalf("%d objects of type %T, want one", len(m), *new(T))
	}
	for _, v := range m {
		return v
	}
	return nil
}

// decodeRBAC strictly decodes the Roles and the bindings among the documents.
func decodeRBAC(t *testing.T, text string) (roles []rbacv1.Role, bindings []rbacv1.RoleBinding) {
	t.Helper()
	for doc := range strings.SplitSeq(text, "\n---\n") {
		switch {
		case strings.Contains(doc, "\nkind: Role\n"):
			roles = append(roles, rbacv1.Role{})
			if err := yaml.UnmarshalStrict([]byte(doc), &roles[len(roles)-1]); err != nil {
				t.Fatal(err)
			}
		case strings.Contains(doc, "\nkind: RoleBinding\n"):
			bindings = append(bindings, rbacv1.RoleBinding{})
			if err := yaml.UnmarshalStrict([]byte(doc), &bindings[len(bindings)-1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return roles, bindings
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

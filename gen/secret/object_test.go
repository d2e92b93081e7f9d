package secret_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
	"github.com/lvs-cloud/lvsgen/test/expand"
)

// clouds are the repositories of this project.
func clouds(t *testing.T) []string {
	t.Helper()
	out := []string{"../.."}
	for _, pattern := range []string{"../../examples/*", "../../test/clouds/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	if len(out) < 2 {
		t.Fatalf("found only %q", out)
	}
	return out
}

func read(t *testing.T, dir string) *model.Inputs {
	t.Helper()
	_, in, findings, err := generate.Tree(os.DirFS(dir), load.Options{})
	if err != nil || in == nil {
		t.Fatal(err, findings)
	}
	return in
}

// TestInventory looks at what is rendered: each Secret, and each reference to one, is in the inventory.
func TestInventory(t *testing.T) {
	for _, dir := range clouds(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			known := map[string]secret.Object{}
			for _, o := range secret.Objects(read(t, dir)) {
				known[o.Namespace+"/"+o.Name] = o
				if o.Producer == secret.ByPerson {
					t.Errorf("nothing makes %s/%s, which %q read", o.Namespace, o.Name, o.Consumers)
				}
			}
			entries, err := expand.Clusters(dir)
			if err != nil {
				t.Fatal(err)
			}
			references := 0
			for _, entry := range entries {
				result, err := expand.Expand(dir, entry, expand.DefaultCapabilities())
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range result.Objects {
					references += checkObject(t, known, o)
				}
			}
			if references < 5 {
				t.Errorf("saw %d references only", references)
			}
		})
	}
}

func checkObject(t *testing.T, known map[string]secret.Object, o expand.Object) int {
	t.Helper()
	content := o.Fields
	namespace := o.Namespace()
	if o.Kind() == "ClusterIssuer" {
		namespace = "cert-manager"
	}
	if o.Kind() == "Secret" {
		if _, ok := known[namespace+"/"+o.Name()]; !ok {
			t.Errorf("%s is not in the inventory", o)
		}
	}
	references := secret.References(content)
	for _, r := range references {
		in := namespace
		if r.Namespace != "" {
			in = r.Namespace
		}
		s, ok := known[in+"/"+r.Name]
		if !ok {
			t.Errorf("%s refers to Secret %s/%s, which is not in the inventory", o, in, r.Name)
			continue
		}
		if r.Key != "" && s.Keys != nil && !slices.ContainsFunc(s.Keys, func(k secret.ObjectKey) bool { return k.Name == r.Key }) {
			t.Errorf("%s refers to key %q of Secret %s/%s, which has %v", o, r.Key, in, r.Name, s.Keys)
		}
	}
	return len(references)
}

func TestObjects(t *testing.T) {
	in := cloudtest.Small()
	in.Apps = append(in.Apps, cloudtest.App("extra", func(a *model.App) {
		a.Values = map[string]any{"extra": map[string]any{"secretRef": map[string]any{"name": "by-hand"}, "clientSecret": "${NOT_A_NAME}"}}
	}))
	var text strings.Builder
	for _, o := range secret.Objects(in) {
		text.WriteString(o.Namespace + "/" + o.Name + " " + o.Producer + ": " + strings.Join(o.Consumers, ", ") + "\n")
	}
	for _, want := range []string{
		"extra/by-hand a person, by hand: HelmRelease extra/extra\n",
		"database/auth platform/database/secret-auth.yaml: ",
		"shop/payment applications/shop/secrets.yaml: ",
		"flux-system/cloud-secrets the node: Kustomization flux-system/database, ",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("there is no %q in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "NOT") {
		t.Error("a placeholder is no name")
	}
}

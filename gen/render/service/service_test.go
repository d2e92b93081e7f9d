package service_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/render/service"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

func render(t *testing.T, in *model.Inputs) []tree.File {
	t.Helper()
	files, err := service.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func content(files []tree.File, path string) string {
	i := slices.IndexFunc(files, func(f tree.File) bool { return f.Path == path })
	if i < 0 {
		return ""
	}
	return string(files[i].Content)
}

func TestGolden(t *testing.T) {
	files := render(t, cloudtest.Small())
	cloudtest.Strict(t, files)
	cloudtest.Golden(t, "small", files)
}

// TestEveryFolderBuilds checks that there is one folder per unit, and that kustomize builds each.
func TestEveryFolderBuilds(t *testing.T) {
	in := cloudtest.Small()
	files := render(t, in)
	folders := cloudtest.Folders(files)
	units, _ := unit.Units(in)
	for _, u := range units {
		if u.Service == nil && u.Kind != unit.HelmRepositories {
			continue
		}
		if !slices.Contains(folders, u.Path) {
			t.Errorf("%s has no folder", u.Path)
			continue
		}
		folders = slices.DeleteFunc(folders, func(f string) bool { return f == u.Path })
		if cloudtest.Build(t, files, u.Path).Size() == 0 {
			t.Errorf("%s builds to nothing", u.Path)
		}
	}
	if len(folders) > 0 {
		t.Errorf("no unit applies %q", folders)
	}
}

func TestOrderOfInputsDoesNotMatter(t *testing.T) {
	in := cloudtest.Small()
	got, want := render(t, cloudtest.Reversed(in)), render(t, in)
	if string(cloudtest.Archive(got)) != string(cloudtest.Archive(want)) {
		t.Error("the files depend on the order of services and apps")
	}
}

// TestSharedRepository checks that two charts of one repository have one source.
func TestSharedRepository(t *testing.T) {
	chart := func(name string) model.Service {
		return cloudtest.Service(name, func(s *model.Service) {
			s.Chart = cloudtest.Chart(name, "1.0.0", "shared", "oci://example.net/charts")
		})
	}
	files := render(t, cloudtest.Inputs([]model.Service{chart("a"), chart("b")}, nil))
	var names []string
	for _, f := range files {
		if path.Dir(f.Path) == "platform/helmrepositories" {
			names = append(names, path.Base(f.Path))
		}
	}
	if !slices.Equal(names, []string{"shared.yaml", "kustomization.yaml"}) {
		t.Errorf("got %q", names)
	}
	if text := content(files, "platform/helmrepositories/shared.yaml"); !strings.Contains(text, "type: oci") {
		t.Errorf("got %s", text)
	}
}

// TestMixedFile checks that objects of one file may go to both units of the service, and that none is lost.
func TestMixedFile(t *testing.T) {
	in := cloudtest.Inputs([]model.Service{cloudtest.Service("x", func(s *model.Service) {
		s.Chart = cloudtest.Chart("x", "1.0.0", "x", "https://example.net")
		s.Brings.Groups = []string{"x.io"}
		s.Objects = map[string][]model.Manifest{"all.yaml": {
			cloudtest.Manifest("x.io/v1", "Thing", "x", "thing", nil), cloudtest.Manifest("v1", "ConfigMap", "x", "plain", nil),
		}}
	})}, nil)
	files := render(t, in)
	for file, want := range map[string]string{"platform/x/all.yaml": "ConfigMap", "platform/x/config/all.yaml": "Thing"} {
		if text := content(files, file); !strings.Contains(text, "kind: "+want) || strings.Count(text, "kind:") != 1 {
			t.Errorf("%s:\n%s", file, text)
		}
	}
}

// TestSOPS checks that people keep the files with secrets, and that a secret which nothing would fill in is refused.
func TestSOPS(t *testing.T) {
	in := cloudtest.Small()
	in.Cloud.Secrets.Mode = model.SecretsSOPS
	files := render(t, in)
	if content(files, "platform/database/secret-auth.yaml") != "" {
		t.Error("a file of secrets is rendered")
	}
	if list := content(files, "platform/database/kustomization.yaml"); !strings.Contains(list, "- secret-auth.sops.yaml\n") {
		t.Errorf("the file of secrets is not listed:\n%s", list)
	}
	if text := content(files, "platform/database/scripts.yaml"); strings.Contains(text, "annotations") {
		t.Errorf("nothing is substituted in this mode:\n%s", text)
	}
	for i := range in.Cluster.Services {
		if s := &in.Cluster.Services[i]; s.Name == "database" {
			s.Objects["scripts.yaml"][0]["data"] = map[string]any{"a": "${database_password}"}
		}
	}
	if _, err := service.Files(in); err == nil || !strings.Contains(err.Error(), `services/database#objects: service "database" uses a secret outside of a Secret`) {
		t.Errorf("got %v", err)
	}
}

// TestSecretInValues checks that values may hold a secret, and that only then they are substituted.
func TestSecretInValues(t *testing.T) {
	in := cloudtest.Inputs([]model.Service{cloudtest.Service("x", func(s *model.Service) {
		s.Chart = cloudtest.Chart("x", "1.0.0", "x", "https://example.net")
		s.Secrets = map[string]model.ServiceSecret{"token": {What: ""}}
		s.Values = map[string]any{"token": "${token}"}
	})}, nil)
	if text := content(render(t, in), "platform/x/helmrelease.yaml"); strings.Contains(text, "substitute") {
		t.Errorf("the secret would not be filled in:\n%s", text)
	}
	in.Cluster.Services[0].Values = map[string]any{"token": "${HOSTNAME}"}
	if text := content(render(t, in), "platform/x/helmrelease.yaml"); !strings.Contains(text, "substitute: disabled") {
		t.Errorf("the chart's own text would be replaced:\n%s", text)
	}
}

// TestInputsAreNotChanged checks that an annotation is put on a copy.
func TestInputsAreNotChanged(t *testing.T) {
	in := cloudtest.Small()
	before := string(cloudtest.Archive(render(t, in)))
	in.Cloud.Secrets.Mode = model.SecretsSOPS
	render(t, in)
	in.Cloud.Secrets.Mode = model.SecretsTerraform
	if string(cloudtest.Archive(render(t, in))) != before {
		t.Error("rendering changes its inputs")
	}
	for _, s := range in.Cluster.Services {
		for _, o := range s.Objects["scripts.yaml"] {
			if _, ok := o["metadata"].(map[string]any)["annotations"]; ok {
				t.Error("an object of the inputs is annotated")
			}
		}
	}
}

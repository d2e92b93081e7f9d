package imageautomation_test

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/render/imageautomation"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

const folder = "platform/flux-image-automation"

func render(t *testing.T, in *model.Inputs) []tree.File {
	t.Helper()
	files, err := imageautomation.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// specs gives the specs of the objects of one file by kind.
func specs(t *testing.T, files []tree.File, name string) map[string]map[string]any {
	t.Helper()
	i := slices.IndexFunc(files, func(f tree.File) bool { return f.Path == path.Join(folder, name) })
	if i < 0 {
		return nil
	}
	out := map[string]map[string]any{}
	for _, o := range cloudtest.Documents(t, files[i]) {
		spec, _ := o["spec"].(map[string]any)
		out[o["kind"].(string)] = spec
	}
	return out
}

func TestGolden(t *testing.T) {
	files := render(t, cloudtest.Small())
	cloudtest.Strict(t, files)
	cloudtest.Golden(t, "small", files)
	// Two objects for each of the two apps that are not pinned, the automation and the Secret.
	if n := cloudtest.Build(t, files, folder).Size(); n != 6 {
		t.Errorf("the folder builds to %d objects, want 6", n)
	}
}

func TestOrderOfInputsDoesNotMatter(t *testing.T) {
	in := cloudtest.Small()
	got, want := render(t, cloudtest.Reversed(in)), render(t, in)
	if string(cloudtest.Archive(got)) != string(cloudtest.Archive(want)) {
		t.Error("the files depend on the order of services and apps")
	}
}

func TestOnlyPinnedApps(t *testing.T) {
	in := cloudtest.Inputs(nil, []model.App{cloudtest.App("pinned", func(a *model.App) { a.Image.Pin = true })})
	if files := render(t, in); len(files) > 0 {
		t.Errorf("got %d files, want none", len(files))
	}
}

func TestPassword(t *testing.T) {
	in := cloudtest.Inputs(nil, []model.App{
		cloudtest.App("own", nil),
		cloudtest.App("public", func(a *model.App) { a.Image.Repository = "docker.io/library/nginx" }),
		cloudtest.App("alike", func(a *model.App) { a.Image.Repository = "registry.example.org.evil.example/x" }),
	})
	files := render(t, in)
	for name, want := range map[string]bool{"own": true, "public": false, "alike": false} {
		if got := specs(t, files, name+".yaml")["ImageRepository"]["secretRef"] != nil; got != want {
			t.Errorf("the registry of %s gets the password: %t, want %t", name, got, want)
		}
	}
}

// TestCommitTags tries the filter of commit tags as Flux does.
func TestCommitTags(t *testing.T) {
	policy := specs(t, render(t, cloudtest.Small()), "batch.yaml")["ImagePolicy"]
	filter := policy["filterTags"].(map[string]any)
	pattern := regexp.MustCompile(filter["pattern"].(string))
	for tag, want := range map[string]string{
		"1700000000-0123456": "1700000000",
		"1700000000-0123456789abcdef0123456789abcdef01234567": "1700000000",
		"1700000000-012345":  "",
		"17000000000-012345": "",
		"1700000000-ABCDEF0": "",
		"v1700000000-012345": "",
		"1.2.3":              "",
		"latest":             "",
	} {
		got := ""
		if match := pattern.FindStringSubmatchIndex(tag); match != nil {
			got = string(pattern.ExpandString(nil, filter["extract"].(string), tag, match))
		}
		if got != want {
			t.Errorf("%s is read as %q, want %q", tag, got, want)
		}
	}
}

// TestMessage fills in the template of the commit message with data of the form that Flux gives it. The functions are
// those of sprig that it uses, which Flux offers.
func TestMessage(t *testing.T) {
	spec := specs(t, render(t, cloudtest.Small()), "imageupdateautomation.yaml")["ImageUpdateAutomation"]
	text := spec["git"].(map[string]any)["commit"].(map[string]any)["messageTemplate"].(string)
	parsed, err := template.New("message").Option("missingkey=error").Funcs(template.FuncMap{
		"list":   func(v ...any) []any { return v },
		"append": func(list []any, v any) []any { return append(list, v) },
		"dir":    path.Dir,
		"join": func(sep string, list []any) string {
			var parts []string
			for _, v := range list {
				parts = append(parts, fmt.Sprint(v))
			}
			return strings.Join(parts, sep)
		},
	}).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	type change struct{ OldValue, NewValue, Setter string }
	data := map[string]any{"Changed": map[string]any{"FileChanges": map[string]map[string][]change{
		"shop/values.yaml": {"": {{"1.0.0", "1.2.3", "flux-system:shop:tag"}}},
		"blog/values.yaml": {"": {{"2.0.0", "2.0.1", "flux-system:blog:tag"}}},
	}}}
	var got strings.Builder
	if err := parsed.Execute(&got, data); err != nil {
		t.Fatal(err)
	}
	want := "chore(images): update blog, shop\n\n- blog: 2.0.0 -> 2.0.1\n- shop: 1.0.0 -> 1.2.3\n"
	if got.String() != want {
		t.Errorf("got  %q\nwant %q", got.String(), want)
	}
}

func TestSOPS(t *testing.T) {
	in := cloudtest.Small()
	in.Cloud.Secrets.Mode = model.SecretsSOPS
	files := render(t, in)
	if specs(t, files, "registry-credentials.yaml") != nil {
		t.Error("the Secret is rendered, though people keep it")
	}
	i := slices.IndexFunc(files, func(f tree.File) bool { return f.Path == folder+"/kustomization.yaml" })
	if !strings.Contains(string(files[i].Content), "- registry-credentials.sops.yaml\n") {
		t.Errorf("the Secret is not listed:\n%s", files[i].Content)
	}
}

func TestPolicyName(t *testing.T) {
	if got := imageautomation.PolicyName("shop"); got != "flux-system:shop" {
		t.Errorf("got %q", got)
	}
}

// TestShards checks that every folder builds and that what all share is made once.
func TestShards(t *testing.T) {
	in := cloudtest.Inputs(nil, nil)
	for i := range 101 {
		in.Apps = append(in.Apps, cloudtest.App(fmt.Sprintf("app-%03d", i), nil))
	}
	files := render(t, in)
	cloudtest.Strict(t, files)
	objects := 0
	for _, f := range cloudtest.Folders(files) {
		objects += cloudtest.Build(t, files, f).Size()
	}
	if want := 2*101 + 2; objects != want {
		t.Errorf("the folders build to %d objects, want %d", objects, want)
	}
	if want := []string{folder, folder + "/00", folder + "/01"}; !slices.Equal(cloudtest.Folders(files), want) {
		t.Errorf("got the folders %q", cloudtest.Folders(files))
	}
}

// TestGrowth counts allocations, which do not depend on the machine.
func TestGrowth(t *testing.T) {
	cost := func(n int) float64 {
		in := cloudtest.Inputs(nil, nil)
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

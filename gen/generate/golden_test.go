package generate_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/lvs-cloud/lvsgen/gen/apply"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/plan"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/setter"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/version"
	"github.com/lvs-cloud/lvsgen/test/expand"
	"github.com/lvs-cloud/lvsgen/test/imageautomation"
)

const root = "../.."

// clouds are all whole clouds of this repository: the reference cloud, the examples, and those of the tests.
func clouds(t *testing.T) []string {
	t.Helper()
	dirs := []string{root}
	for _, pattern := range []string{"examples/*/cloud.cue", "test/clouds/*/cloud.cue"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			dirs = append(dirs, filepath.Dir(name))
		}
	}
	if len(dirs) < 2 {
		t.Fatal("only the reference cloud was found")
	}
	return dirs
}

func rendered(t *testing.T, dir string) *tree.Tree {
	t.Helper()
	files, _, findings, err := generate.Tree(os.DirFS(dir), load.Options{})
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v\n%v", err, findings)
	}
	return files
}

// TestGoldenTrees compares the committed trees and their locks with what is rendered. Rewrite them with: make golden.
func TestGoldenTrees(t *testing.T) {
	for _, dir := range clouds(t) {
		t.Run(name(dir), func(t *testing.T) {
			files, in, findings, err := generate.Tree(os.DirFS(dir), load.Options{})
			if err != nil || len(findings) > 0 {
				t.Fatalf("%v\n%v", err, findings)
			}
			result, err := apply.Check(t.Context(), dir, files, apply.Options{Options: plan.Options{
				Seeds: generate.Seeds(in), Tool: lock.Tool{Version: version.Release, Schema: version.Schema},
			}})
			if err != nil || len(result.Refused) > 0 {
				t.Fatal(err, result.Refused)
			}
			for _, p := range result.Plan.Paths() {
				t.Errorf("%s is not what lvsgen renders; run: make golden", p)
			}
			if !result.Plan.Clean() {
				t.Error("the lock is not that of the tree; run: make golden")
			}
		})
	}
}

// TestEveryFileParses reads every rendered YAML strictly, and every JSON.
func TestEveryFileParses(t *testing.T) {
	for _, dir := range clouds(t) {
		files := rendered(t, dir)
		yamls := 0
		for _, p := range files.Paths() {
			f, _ := files.Get(p)
			switch {
			case strings.Contains(p, "/chart/templates/"): // Helm's language; TestEveryChart renders them
			case strings.HasSuffix(p, ".yaml"):
				yamls++
				decoder := yaml.NewDecoder(bytes.NewReader(f.Content))
				for {
					var doc map[string]any // duplicate keys are an error
					err := decoder.Decode(&doc)
					if err == io.EOF {
						break
					}
					if err != nil || len(doc) == 0 {
						t.Errorf("%s: %v, document %v", p, err, doc)
						break
					}
				}
			case strings.HasSuffix(p, ".json"):
				if !json.Valid(f.Content) {
					t.Errorf("%s is not JSON", p)
				}
			}
		}
		if yamls < 15 {
			t.Errorf("%s: only %d YAML files", dir, yamls)
		}
	}
}

// addSealed copies the encrypted files of a cloud, which people keep and lvsgen only lists.
func addSealed(t *testing.T, disk filesys.FileSystem, dir string) {
	t.Helper()
	_, in, _, err := generate.Tree(os.DirFS(dir), load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range secret.States(os.DirFS(dir), in) {
		if state.Absent || state.Problem != nil || len(state.Missing)+len(state.Extra)+len(state.InClear)+len(state.NotFor) > 0 {
			t.Errorf("%s: %+v", state.Path, state)
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, state.Path))
		if err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile("/"+state.Path, content); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryKustomizationBuilds builds each folder that has a kustomization.yaml with kustomize's library, without the
// rest of the repository around it: no folder may reach out of itself.
func TestEveryKustomizationBuilds(t *testing.T) {
	for _, dir := range clouds(t) {
		files := rendered(t, dir)
		disk := filesys.MakeFsInMemory()
		var folders []string
		for _, p := range files.Paths() {
			f, _ := files.Get(p)
			if err := disk.WriteFile("/"+p, f.Content); err != nil {
				t.Fatal(err)
			}
			if path.Base(p) == "kustomization.yaml" {
				folders = append(folders, path.Dir(p))
			}
		}
		addSealed(t, disk, dir)
		if len(folders) < 5 {
			t.Errorf("%s: only %d kustomizations", dir, len(folders))
		}
		for _, folder := range folders {
			if _, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/"+folder); err != nil {
				t.Errorf("%s: %v", folder, err)
			}
		}
	}
}

// TestEveryChart renders each local chart with Helm's library and the values that Flux would give it.
func TestEveryChart(t *testing.T) {
	for _, dir := range clouds(t) {
		clusters, err := expand.Clusters(dir)
		if err != nil || len(clusters) != 1 {
			t.Fatalf("%s: clusters %v, %v", dir, clusters, err)
		}
		result, err := expand.Expand(dir, clusters[0], expand.DefaultCapabilities())
		if err != nil {
			t.Fatal(err)
		}
		charts, err := filepath.Glob(filepath.Join(dir, "applications/*/chart"))
		if err != nil {
			t.Fatal(err)
		}
		for _, chart := range charts {
			app := filepath.Base(filepath.Dir(chart))
			found := false
			for _, o := range result.Objects {
				found = found || o.Kind() == "Deployment" && o.Name() == app
			}
			if !found {
				t.Errorf("%s: the chart of %s gives no Deployment", dir, app)
			}
		}
	}
}

// TestRenderTwice: the same inputs give the same bytes, in the order of evaluation of one instance and in batches.
func TestRenderTwice(t *testing.T) {
	for _, dir := range clouds(t) {
		one := rendered(t, dir)
		two, _, findings, err := generate.Tree(os.DirFS(dir), load.Options{OneInstance: true})
		if err != nil || len(findings) > 0 {
			t.Fatal(err, findings)
		}
		if one.Len() != two.Len() {
			t.Fatalf("%s: %d and %d files", dir, one.Len(), two.Len())
		}
		for _, p := range one.Paths() {
			a, _ := one.Get(p)
			b, _ := two.Get(p)
			if !bytes.Equal(a.Content, b.Content) {
				t.Errorf("%s: %s differs", dir, p)
			}
		}
	}
}

// TestFixedPoint: every file with a marker is what Flux's image automation makes of it.
func TestFixedPoint(t *testing.T) {
	marked := 0
	for _, dir := range clouds(t) {
		files := rendered(t, dir)
		for _, p := range files.Paths() {
			f, _ := files.Get(p)
			if !setter.Has(f.Content) {
				continue
			}
			marked++
			after, err := imageautomation.Rewrite(f.Content, "")
			if err != nil || !bytes.Equal(after, f.Content) {
				t.Errorf("%s is not a fixed point of the round trip: %v\n%s", p, err, after)
			}
		}
	}
	if marked < 3 {
		t.Errorf("only %d files with a marker", marked)
	}
}

func name(dir string) string {
	if dir == root {
		return "reference"
	}
	return filepath.Base(dir)
}

package apply

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// manyApps gives n apps of ten files each, two of them with markers, all about 1 KB.
func manyApps(b *testing.B, n int) *tree.Tree {
	b.Helper()
	filler := strings.Repeat("    some: value of a template\n", 24)
	tr := &tree.Tree{}
	for i := range n {
		name := fmt.Sprintf("app%04d", i)
		mark := func(part string) string { return fmt.Sprintf(` # {"$imagepolicy": "apps:%s:%s"}`, name, part) }
		values := "image:\n  repository: r.example.org/" + name + mark("name") + "\n  tag: \"1.0.0\"" + mark("tag") + "\n" +
			"replicas: 2\nresources:\n  requests:\n    cpu: 50m\n    memory: 64Mi\n  limits:\n    memory: 128Mi\nhost: shop.example.org\nport: 8080\nenv:\n- name: A\n  value: \"x\"\n"
		files := map[string]string{"values.yaml": values, "chart/values.yaml": "image:\n  tag: \"1.0.0\"" + mark("tag") + "\n"}
		for _, f := range []string{"helmrelease.yaml", "kustomization.yaml", "chart/Chart.yaml", "chart/templates/deployment.yaml", "chart/templates/service.yaml", "chart/templates/ingress.yaml", "chart/templates/NOTES.txt", "chart/templates/pvc.yaml"} {
			files[f] = "name: " + name + "\nspec:\n" + filler
		}
		for f, content := range files {
			if err := tr.Add(tree.File{Path: "applications/" + name + "/" + f, Source: "x.cue", Writer: "bench", Content: []byte(content)}); err != nil {
				b.Fatal(err)
			}
		}
	}
	return tr
}

// BenchmarkUnchanged is the whole check of 1000 apps with 10 files each of which nothing changed; in the second run
// Flux has bumped every app.
func BenchmarkUnchanged(b *testing.B) {
	dir, tr := b.TempDir(), manyApps(b, 1000)
	ctx := context.Background()
	if _, err := Write(ctx, dir, tr, Options{}); err != nil {
		b.Fatal(err)
	}
	check := func(b *testing.B) {
		for b.Loop() {
			r, err := Check(ctx, dir, tr, Options{})
			if err != nil || r.Refused != nil || !r.Plan.Clean() {
				b.Fatal(err, r)
			}
		}
	}
	b.Run("rendered", check)
	for i := range 1000 {
		put(b, dir, fmt.Sprintf("applications/app%04d/values.yaml", i), strings.ReplaceAll(get(b, dir, fmt.Sprintf("applications/app%04d/values.yaml", i)), `"1.0.0"`, `"1.5.0"`))
		put(b, dir, fmt.Sprintf("applications/app%04d/chart/values.yaml", i), strings.ReplaceAll(get(b, dir, fmt.Sprintf("applications/app%04d/chart/values.yaml", i)), `"1.0.0"`, `"1.5.0"`))
	}
	b.Run("bumped", check)
}

// BenchmarkScratch is the first render of 1000 apps.
func BenchmarkScratch(b *testing.B) {
	tr := manyApps(b, 1000)
	for b.Loop() {
		if _, err := Write(context.Background(), b.TempDir(), tr, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

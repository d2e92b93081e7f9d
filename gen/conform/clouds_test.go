package conform_test

import (
	"path/filepath"
	"testing"

	"github.com/lvs-cloud/lvsgen/test/expand"
)

// repository is the root of the checkout, whose own tree is the reference cloud.
const repository = "../.."

// objectsOf are the objects of all clusters of a tree.
func objectsOf(t testing.TB, tree string) []map[string]any {
	t.Helper()
	root := filepath.Join(repository, tree)
	clusters, err := expand.Clusters(root)
	if err != nil || len(clusters) == 0 {
		t.Fatalf("%s: clusters %v, error %v", tree, clusters, err)
	}
	var objects []map[string]any
	for _, cluster := range clusters {
		result, err := expand.Expand(root, cluster, expand.DefaultCapabilities())
		if err != nil {
			t.Fatalf("%s: %v", tree, err)
		}
		for _, o := range result.Objects {
			objects = append(objects, o.Fields)
		}
	}
	return objects
}

// Every object of every cloud is right: a real API server takes them (test/accept).
func TestClouds(t *testing.T) {
	judge := newest()
	for _, tree := range []string{".", "examples/lite", "test/clouds/everything", "test/clouds/sops"} {
		known := 0
		for _, fields := range objectsOf(t, tree) {
			verdict := judge.Judge(fields)
			if verdict.Known {
				known++
			}
			if got := said(verdict); verdict.Known && got != "" {
				t.Errorf("%s: %v %v: %s", tree, fields["kind"], fields["metadata"], got)
			}
		}
		if known < 50 {
			t.Errorf("%s: only %d objects are of a known kind", tree, known)
		}
	}
}

// BenchmarkJudge judges the objects of the reference cloud: first is a judge that has to read the schemas, again one that
// has read them.
func BenchmarkJudge(b *testing.B) {
	objects := objectsOf(b, ".")
	b.Run("first", func(b *testing.B) {
		b.ReportMetric(float64(len(objects)), "objects")
		for b.Loop() {
			judge := newest()
			for _, fields := range objects {
				judge.Judge(fields)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		judge := newest()
		for b.Loop() {
			for _, fields := range objects {
				judge.Judge(fields)
			}
		}
	})
}

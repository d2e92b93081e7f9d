package simulate_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/simulate"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/test/expand"
)

// clouds are the repositories that the simulation is compared on.
func clouds(t *testing.T) []string {
	t.Helper()
	out := []string{"../..", "../../test/expand/testdata/cloud"}
	for _, pattern := range []string{"../../test/clouds/*", "../../examples/*"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, more...)
	}
	return out
}

// TestSameAsExpand compares the simulated world with what test/expand finds, which shares no code with it: kustomize's
// library builds every folder there.
func TestSameAsExpand(t *testing.T) {
	for _, root := range clouds(t) {
		t.Run(filepath.Base(root), func(t *testing.T) {
			tree, err := checkout.Open(os.DirFS(root))
			if err != nil {
				t.Fatal(err)
			}
			s := simulate.New(tree)
			s.KubeVersion = expand.DefaultCapabilities().KubeVersion
			entries := s.Entries()
			if len(entries) != 1 {
				t.Fatalf("entry points: %v", entries)
			}
			w := s.Run(entries[0])
			for _, f := range w.Findings {
				t.Errorf("finding on a healthy cloud: %s: %s", f.Position, f.Message)
			}
			want, err := expand.Expand(root, entries[0].Path, expand.DefaultCapabilities())
			if err != nil {
				t.Fatal(err)
			}
			compare(t, simulated(t, w), expanded(t, want))
		})
	}
}

func simulated(t *testing.T, w *world.World) map[string]any {
	out := map[string]any{}
	for _, o := range w.Objects {
		out[fmt.Sprintf("%s %s", o.APIVersion, o.ID())] = plain(t, o.Fields)
	}
	return out
}

func expanded(t *testing.T, r expand.Result) map[string]any {
	out := map[string]any{}
	for _, e := range r.Objects {
		o := world.New(e.Fields, nil)
		if o.Namespace == "" && !world.ClusterScoped(o.Group, o.Kind) {
			o.Namespace = e.ReleaseNamespace
		}
		out[fmt.Sprintf("%s %s", o.APIVersion, o.ID())] = plain(t, o.Fields)
	}
	return out
}

func plain(t *testing.T, fields map[string]any) any {
	t.Helper()
	data, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func compare(t *testing.T, got, want map[string]any) {
	t.Helper()
	if len(want) < 5 {
		t.Fatalf("only %d objects to compare", len(want))
	}
	var ids []string
	for id := range want {
		ids = append(ids, id)
		if _, ok := got[id]; !ok {
			t.Errorf("missing: %s", id)
		} else if !reflect.DeepEqual(got[id], want[id]) && !reflect.DeepEqual(guessed(got[id]), guessed(want[id])) {
			g, _ := json.Marshal(got[id])
			e, _ := json.Marshal(want[id])
			t.Errorf("%s differs:\ngot  %.600s\nwant %.600s", id, g, e)
		}
	}
	for id := range got {
		if !slices.Contains(ids, id) {
			t.Errorf("too much: %s", id)
		}
	}
}

// placeholder stands in test/expand for a value that only the cluster knows; the simulation keeps the variable.
const placeholder = "eyJhdXRocyI6e319"

var variable = regexp.MustCompile(`\$\{[a-z_0-9]+\}`)

func guessed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			out[key] = guessed(item)
		}
		return out
	case []any:
		var out []any
		for _, item := range v {
			out = append(out, guessed(item))
		}
		return out
	case string:
		return variable.ReplaceAllString(v, placeholder)
	}
	return v
}

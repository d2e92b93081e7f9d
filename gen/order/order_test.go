package order_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/order"
	"github.com/lvs-cloud/lvsgen/gen/simulate"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

func simulated(t *testing.T, root string) *world.World {
	t.Helper()
	tree, err := checkout.Open(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	s := simulate.New(tree)
	entries := s.Entries()
	if len(entries) != 1 {
		t.Fatal(entries)
	}
	return s.Run(entries[0])
}

// TestHealthy holds that everything of the clouds of this repository is applied, and after what it depends on.
func TestHealthy(t *testing.T) {
	for _, root := range []string{"../..", "../../test/clouds/everything", "../../examples/lite"} {
		w := simulated(t, root)
		o := order.Of(w)
		if len(o.Missing)+len(o.Early)+len(o.Circles)+len(o.Dependencies)+len(o.Checks) > 0 {
			t.Errorf("%s: %+v", root, o)
		}
		for _, owner := range w.Owners {
			stage := o.Stage(owner)
			if stage == order.Never {
				t.Errorf("%s: %s is never applied", root, owner.ID())
				continue
			}
			if owner.Object == nil || owner.Object.Owner == owner {
				continue
			}
			if before := o.Stage(owner.Object.Owner); before >= stage {
				t.Errorf("%s: %s in stage %d, and what applies it in %d", root, owner.ID(), stage, before)
			}
			for i := range owner.Object.List("spec", "dependsOn") {
				name := owner.Object.Text("spec", "dependsOn", i, "name")
				j := slices.IndexFunc(w.Owners, func(other *world.Owner) bool {
					return other.Object != nil && other.Object.Kind == owner.Object.Kind && other.Object.Name == name
				})
				if before := o.Stage(w.Owners[j]); before >= stage {
					t.Errorf("%s: %s in stage %d, and %s in %d", root, owner.ID(), stage, name, before)
				}
			}
		}
	}
}

const unit = `---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: %[1]s, namespace: flux-system}
spec:
  path: ./%[2]s
  prune: true
  wait: true
  sourceRef: {kind: GitRepository, name: flux-system}
  dependsOn: [{name: %[3]s}]
`

// TestLongChain holds that a chain as long as a hostile repository makes it is no problem for the stack or the clock.
func TestLongChain(t *testing.T) {
	const length = 2000
	text := fmt.Sprintf(unit, "flux-system", "clusters/prod", "none")
	for i := range length {
		text += fmt.Sprintf(unit, fmt.Sprintf("u%d", i), "empty", fmt.Sprintf("u%d", (i+1)%length))
	}
	tree, err := checkout.Open(fstest.MapFS{
		"clusters/prod/all.yaml": {Data: []byte(text)},
		"empty/settings.yaml":    {Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := simulate.New(tree)
	o := order.Of(s.Run(s.Entries()[0]))
	if len(o.Circles) != 1 || len(o.Circles[0].Waits) != length {
		t.Errorf("%d circles, the first of %d", len(o.Circles), len(o.Circles[0].Waits))
	}
	if len(o.Dependencies) != 1 || o.Dependencies[0].Name != "none" {
		t.Errorf("missing: %v", o.Dependencies)
	}
}

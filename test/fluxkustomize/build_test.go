package fluxkustomize

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	flux "github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/simulate"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// object is an object of Flux's as plain values.
type object = map[string]any

// byFlux builds a Kustomization with Flux's library, in a copy of the repository, since that writes into what it builds.
func byFlux(root string, spec object) ([]object, error) {
	kustomization := unstructured.Unstructured{Object: plain(object{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": object{"name": "judged", "namespace": "flux-system"}, "spec": spec,
	}).(object)}
	path, _ := spec["path"].(string)
	dir := filepath.Join(root, filepath.FromSlash(path))
	action, err := flux.NewGenerator(root, kustomization).WriteFile(dir, flux.WithSaveOriginalKustomization())
	if err != nil {
		return nil, err
	}
	defer func() { _ = flux.CleanDirectory(dir, action) }()
	resources, err := flux.SecureBuild(root, dir, false)
	if err != nil {
		return nil, err
	}
	var out []object
	for _, r := range resources.Resources() {
		if spec["postBuild"] != nil {
			// Strict is what kustomize-controller does by default since Flux 2.9.
			changed, err := flux.SubstituteVariables(context.Background(), nil, kustomization, r, flux.SubstituteWithStrict(true), flux.SubstituteWithDryRun(true))
			if err != nil {
				return nil, err
			}
			if changed != nil {
				r = changed
			}
		}
		fields, err := r.Map()
		if err != nil {
			return nil, err
		}
		out = append(out, fields)
	}
	return out, nil
}

// errNoTarget is the error of a patch that selects nothing.
var errNoTarget = errors.New("the patch has no target")

// byUs simulates a repository whose cluster has the one Kustomization. It is an error when there is a finding.
func byUs(root string, spec object) ([]object, error) {
	tree, err := checkout.Open(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	s := simulate.New(tree)
	entries := s.Entries()
	if len(entries) != 1 {
		return nil, fmt.Errorf("%d entry points", len(entries))
	}
	w := s.Run(entries[0])
	for _, f := range w.Findings {
		if f.Rule == kustomize.RulePatchTarget {
			return nil, fmt.Errorf("%s: %s: %w", f.Position, f.Message, errNoTarget)
		}
		return nil, fmt.Errorf("%s: %s [%s]", f.Position, f.Message, f.Rule)
	}
	for _, owner := range w.Owners {
		if owner.Object != nil && owner.Object.Name == "judged" {
			return fields(owner), nil
		}
	}
	return nil, fmt.Errorf("the Kustomization was not applied")
}

func fields(owner *world.Owner) []object {
	var out []object
	for _, o := range owner.Applied {
		out = append(out, o.Fields)
	}
	return out
}

// plain gives a value the types that JSON has.
func plain(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // of what came out of YAML
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	return out
}

// texts gives objects as sorted JSON, without the note of their origin: Flux asks kustomize for it in a folder that has
// only generators, and lvsgen always, to know the file of an object.
func texts(objects []object) []string {
	var out []string
	for _, o := range objects {
		o := plain(o).(object)
		if metadata, ok := o["metadata"].(object); ok {
			if annotations, ok := metadata["annotations"].(object); ok {
				delete(annotations, "config.kubernetes.io/origin")
				if len(annotations) == 0 {
					delete(metadata, "annotations")
				}
			}
		}
		data, _ := json.Marshal(o)
		out = append(out, string(data))
	}
	slices.Sort(out)
	return out
}

// write puts files into a folder, with a cluster that has the one Kustomization.
func write(t *testing.T, files map[string]string, spec object) string {
	t.Helper()
	root := t.TempDir()
	full := object{"interval": "10m", "prune": true, "sourceRef": object{"kind": "GitRepository", "name": "flux-system"}}
	for key, value := range spec {
		full[key] = value
	}
	judged, err := json.Marshal(object{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": object{"name": "judged", "namespace": "flux-system"}, "spec": full,
	})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"cluster/sync.yaml": entry, "cluster/judged.yaml": string(judged)}
	for name, content := range files {
		all[name] = content
	}
	for name, content := range all {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const entry = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./cluster, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
`

// judge compares the two builds: both give the same objects, or both refuse.
func judge(t *testing.T, root string, spec object) {
	t.Helper()
	got, gotErr := byUs(root, spec)
	want, wantErr := byFlux(root, spec)
	switch {
	case wantErr == nil && errors.Is(gotErr, errNoTarget):
		// kustomize passes over such a patch in silence, which is what the finding is about.
	case (gotErr == nil) != (wantErr == nil):
		t.Errorf("lvsgen: %v\nFlux: %v", gotErr, wantErr)
	case gotErr == nil:
		if g, w := texts(got), texts(want); !reflect.DeepEqual(g, w) {
			t.Errorf("lvsgen:\n%s\nFlux:\n%s", strings.Join(g, "\n"), strings.Join(w, "\n"))
		}
	}
}

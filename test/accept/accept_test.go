//go:build accept

// Package accept lets a real Kubernetes API server, with the real
// CustomResourceDefinitions, judge every object of lvsgen's clouds.
package accept

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/test/accept/apiserver"
	"github.com/lvs-cloud/lvsgen/test/expand"
)

// The Flux repositories to judge, relative to the repository's root: its own
// reference cloud, which has to be there, and every other that has clusters.
const reference = "."

var others = []string{"examples/*", "test/clouds/*", "test/expand/testdata/*"}

const repository = "../.."

func TestTrees(t *testing.T) {
	binary := controlPlane(t)
	crds := moduleCRDs(t)
	objects, kinds := 0, map[string]bool{}
	for _, tree := range trees(t) {
		clusters, err := expand.Clusters(filepath.Join(repository, tree))
		if err != nil {
			t.Fatal(err)
		}
		if len(clusters) == 0 && tree == reference {
			t.Errorf("the repository itself has no clusters/<name>: nothing of the reference cloud was judged")
		}
		for _, cluster := range clusters {
			t.Run(filepath.ToSlash(filepath.Join(tree, cluster)), func(t *testing.T) {
				judged := judgeCluster(t, binary, crds, filepath.Join(repository, tree), cluster)
				for kind, n := range judged {
					kinds[kind] = true
					objects += n
				}
			})
		}
	}
	if objects == 0 {
		t.Fatal("no object was judged")
	}
	t.Logf("judged %d objects of %d kinds in all", objects, len(kinds))
}

// TestJudge proves that the judge can refuse, each time for the reason given.
func TestJudge(t *testing.T) {
	server := apiserver.Start(t, controlPlane(t))
	if err := server.InstallCRDs(moduleCRDs(t)...); err != nil {
		t.Fatalf("install CRDs: %v", err)
	}
	const name = `"metadata":{"name":"x","namespace":"default"}`
	tests := map[string]struct{ object, refusal string }{
		"valid":             {`{"apiVersion":"v1","kind":"ConfigMap",` + name + `,"data":{"a":"b"}}`, ""},
		"wrong type":        {`{"apiVersion":"v1","kind":"ConfigMap",` + name + `,"data":{"a":1}}`, "data.a"},
		"unknown field":     {`{"apiVersion":"v1","kind":"ConfigMap",` + name + `,"daata":{}}`, "daata"},
		"unknown kind":      {`{"apiVersion":"v1","kind":"ConfigMop",` + name + `}`, "does not serve v1 ConfigMop"},
		"removed version":   {`{"apiVersion":"helm.toolkit.fluxcd.io/v2beta2","kind":"HelmRelease",` + name + `}`, "does not serve"},
		"missing namespace": {`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","namespace":"nowhere"}}`, `namespaces "nowhere" not found`},
		"no namespace":      {`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}`, "names no namespace"},
		"invalid value":     {`{"apiVersion":"v1","kind":"Service",` + name + `,"spec":{"ports":[{"port":70000}]}}`, "spec.ports[0].port"},
		"custom resource":   {`{"apiVersion":"source.toolkit.fluxcd.io/v1","kind":"GitRepository",` + name + `,"spec":{"interval":"1m"}}`, "spec.url: Required value"},
		"CEL rule": {`{"apiVersion":"image.toolkit.fluxcd.io/v1","kind":"ImagePolicy",` + name +
			`,"spec":{"imageRepositoryRef":{"name":"x"},"policy":{"semver":{"range":"1.x"}},"digestReflectionPolicy":"Always"}}`, "interval"},
	}
	for label, test := range tests {
		t.Run(label, func(t *testing.T) {
			err := server.Judge([]byte(test.object), "")
			switch {
			case test.refusal == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.refusal != "" && (err == nil || !strings.Contains(err.Error(), test.refusal)):
				t.Errorf("got %v, want a refusal with %q", err, test.refusal)
			}
		})
	}
}

// controlPlane returns the path of the control plane's binary.
func controlPlane(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("../controlplane/build.sh")
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("build of the control plane: %v", err)
	}
	return strings.TrimSpace(string(output))
}

// trees returns the repositories to judge.
func trees(t *testing.T) []string {
	t.Helper()
	found := []string{reference}
	for _, pattern := range others {
		matches, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range matches {
			tree, err := filepath.Rel(repository, match)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, tree)
		}
	}
	return found
}

// judgeCluster asks a new API server, so that nothing of another cluster is
// there, for its judgement of each object, and of a broken copy of one object
// of each kind. It returns how many objects of each kind were judged.
func judgeCluster(t *testing.T, binary string, crds [][]byte, root, cluster string) map[string]int {
	server := apiserver.Start(t, binary)
	if err := server.InstallCRDs(crds...); err != nil {
		t.Fatalf("install CRDs: %v", err)
	}
	// The node creates it when it installs Flux, before Flux reads the tree.
	if err := server.Create([]byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"flux-system"}}`)); err != nil {
		t.Fatalf("namespace of Flux: %v", err)
	}
	version, err := server.Version()
	if err != nil {
		t.Fatal(err)
	}
	result, err := expand.Expand(root, cluster, expand.Capabilities{KubeVersion: version, APIVersions: server.APIVersions()})
	if err != nil {
		t.Errorf("expand: %v", err)
	}
	for _, remote := range result.Remote {
		t.Logf("not judged, its content lies elsewhere: %s", remote)
	}
	judged := map[string]int{}
	accepted := map[string]expand.Object{}
	for _, object := range slices.Concat(prerequisites(result.Objects)...) {
		kind := object.APIVersion() + " " + object.Kind()
		judged[kind]++
		if err := judge(server, object); err != nil {
			t.Errorf("refused: %s: %v", object, err)
			continue
		}
		if _, ok := accepted[kind]; !ok {
			accepted[kind] = object
		}
		if err := makeReal(server, object); err != nil {
			t.Errorf("create: %s: %v", object, err)
		}
	}
	refused := 0
	for _, kind := range slices.Sorted(maps.Keys(accepted)) {
		if err := refuseBroken(server, accepted[kind]); err != nil {
			t.Errorf("broken copy of %s: %v", accepted[kind], err)
			continue
		}
		refused++
	}
	if len(judged) == 0 {
		t.Error("no object was found")
	}
	t.Logf("judged %d objects of %d kinds; refused a broken copy of %d kinds", len(result.Objects), len(judged), refused)
	return judged
}

// prerequisites returns the objects in the order in which they are judged: what
// others need, and so has to be created, comes first.
func prerequisites(objects []expand.Object) [][]expand.Object {
	ordered := make([][]expand.Object, 3)
	for _, object := range objects {
		switch object.Kind() {
		case "CustomResourceDefinition":
			ordered[0] = append(ordered[0], object)
		case "Namespace":
			ordered[1] = append(ordered[1], object)
		default:
			ordered[2] = append(ordered[2], object)
		}
	}
	return ordered
}

// makeReal creates an object that others need.
func makeReal(server *apiserver.Server, object expand.Object) error {
	kind := object.Kind()
	if kind != "CustomResourceDefinition" && kind != "Namespace" {
		return nil
	}
	data, err := object.JSON()
	if err != nil {
		return err
	}
	if kind == "Namespace" {
		return server.Create(data)
	}
	return server.InstallCRDs(data)
}

func judge(server *apiserver.Server, object expand.Object) error {
	data, err := object.JSON()
	if err != nil {
		return err
	}
	return server.Judge(data, object.ReleaseNamespace)
}

// unknownField is in no schema.
const unknownField = "lvsgenUnknownField"

// refuseBroken proves that the server judges the kind at all: a copy with a
// field that no schema has must be refused, and because of that field.
func refuseBroken(server *apiserver.Server, object expand.Object) error {
	broken, err := withUnknownField(object)
	if err != nil {
		return err
	}
	err = judge(server, broken)
	var refusal *apiserver.Refusal
	switch {
	case err == nil:
		return errors.New("accepted with an unknown field, so nobody judges this kind")
	case !errors.As(err, &refusal) || !strings.Contains(refusal.Message, unknownField):
		return fmt.Errorf("refused, but not for its unknown field: %w", err)
	}
	return nil
}

// withUnknownField returns a copy of the object with an unknown field in its
// spec, or beside its metadata if it has no spec.
func withUnknownField(object expand.Object) (expand.Object, error) {
	data, err := object.JSON()
	if err != nil {
		return expand.Object{}, err
	}
	broken := object
	broken.Fields = nil
	if err := json.Unmarshal(data, &broken.Fields); err != nil {
		return expand.Object{}, err
	}
	if spec, ok := broken.Fields["spec"].(map[string]any); ok {
		spec[unknownField] = true
	} else {
		broken.Fields[unknownField] = true
	}
	return broken, nil
}

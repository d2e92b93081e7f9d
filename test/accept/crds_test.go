//go:build accept

package accept

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/releaseutil"
	"sigs.k8s.io/yaml"
)

// crdFiles says where each module of test/crds keeps its
// CustomResourceDefinitions.
var crdFiles = map[string]string{
	"github.com/cert-manager/cert-manager":          "deploy/crds/*.yaml",
	"github.com/cloudnative-pg/cloudnative-pg":      "config/crd/bases/*.yaml",
	"github.com/cloudnative-pg/plugin-barman-cloud": "config/crd/bases/*.yaml",
	"github.com/fluxcd/helm-controller":             "config/crd/bases/*.yaml",
	"github.com/fluxcd/image-automation-controller": "config/crd/bases/*.yaml",
	"github.com/fluxcd/image-reflector-controller":  "config/crd/bases/*.yaml",
	"github.com/fluxcd/kustomize-controller":        "config/crd/bases/*.yaml",
	"github.com/fluxcd/notification-controller":     "config/crd/bases/*.yaml",
	"github.com/fluxcd/source-controller":           "config/crd/bases/*.yaml",
	"github.com/k3s-io/helm-controller":             "pkg/crds/yaml/generated/*.yaml",
	"github.com/longhorn/longhorn-manager":          "k8s/crds.yaml",
	"github.com/rancher/system-upgrade-controller":  "pkg/crds/yaml/generated/*.yaml",
	"github.com/traefik/traefik/v3":                 "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
}

// moduleCRDs returns, as JSON, the CustomResourceDefinitions of the modules in
// test/crds, which it downloads if needed.
func moduleCRDs(t *testing.T) [][]byte {
	t.Helper()
	dirs, err := downloadModules("../crds", slices.Sorted(maps.Keys(crdFiles)))
	if err != nil {
		t.Fatalf("modules with CRDs: %v", err)
	}
	var crds [][]byte
	for _, module := range slices.Sorted(maps.Keys(crdFiles)) {
		files, err := filepath.Glob(filepath.Join(dirs[module], filepath.FromSlash(crdFiles[module])))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Fatalf("module %s has no %s", module, crdFiles[module])
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, document := range releaseutil.SplitManifests(plain(string(data))) {
				crd, err := yaml.YAMLToJSON([]byte(document))
				if err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				crds = append(crds, crd)
			}
		}
	}
	return crds
}

// plain takes the only template expression out of the CRDs that Longhorn keeps
// in the form of a chart's template: labels, which no schema depends on.
func plain(manifest string) string {
	return strings.ReplaceAll(manifest, ` {{- include "longhorn.labels" . | nindent 4 }}`, "")
}

// downloadModules returns the directory of each of the modules that the module
// in dir requires.
func downloadModules(dir string, modules []string) (map[string]string, error) {
	cmd := exec.Command("go", append([]string{"mod", "download", "-json"}, modules...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	dirs := map[string]string{}
	var problems []error
	for decoder := json.NewDecoder(output); ; {
		var module struct{ Path, Dir, Error string }
		if err := decoder.Decode(&module); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			problems = append(problems, err)
			break
		}
		if module.Error != "" {
			problems = append(problems, fmt.Errorf("%s: %s", module.Path, module.Error))
		}
		dirs[module.Path] = module.Dir
	}
	problems = append(problems, cmd.Wait())
	return dirs, errors.Join(problems...)
}

package gen_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/lvs-cloud/lvsgen/"

// layers says which packages of the project each package may import: the table of gen/README.md as code.
var layers = map[string][]string{
	"schema":                     {},
	"gen/diag":                   {},
	"gen/tree":                   {},
	"gen/kube":                   {},
	"gen/node":                   {},
	"gen/node/base":              {"gen/model", "gen/node"},
	"gen/node/bootstrap":         {"gen/flux", "gen/kube", "gen/model", "gen/node", "gen/secret", "gen/unit"},
	"gen/node/k3s":               {"gen/kube", "gen/model", "gen/node"},
	"gen/node/registry":          {"gen/model", "gen/node"},
	"gen/node/services":          {"gen/diag", "gen/model", "gen/node"},
	"gen/node/volume":            {"gen/model", "gen/node"},
	"gen/setter":                 {},
	"gen/conflict":               {"gen/diag"},
	"gen/version":                {},
	"gen/model":                  {"gen/diag"},
	"gen/report":                 {"gen/diag"},
	"gen/load":                   {"gen/diag", "gen/model", "schema"},
	"gen/secret":                 {"gen/diag", "gen/model", "gen/sops", "gen/unit"},
	"gen/sops":                   {},
	"gen/check":                  {"gen/diag", "gen/model", "gen/secret", "gen/sops"},
	"gen/capacity":               {"gen/diag", "gen/model"},
	"gen/backup":                 {"gen/model"},
	"gen/cost":                   {"gen/model"},
	"gen/unit":                   {"gen/diag", "gen/model"},
	"gen/unit/cloudtest":         {"gen/diag", "gen/model", "gen/tree"},
	"gen/render":                 {"gen/model", "gen/render/app", "gen/render/cloudinit", "gen/render/cuemodule", "gen/render/entry", "gen/render/imageautomation", "gen/render/service", "gen/render/sops", "gen/render/terraform", "gen/render/workflow", "gen/tree"},
	"gen/flux":                   {"gen/kube", "gen/model", "gen/unit"},
	"gen/render/app":             {"gen/diag", "gen/kube", "gen/model", "gen/secret", "gen/tree"},
	"gen/render/cloudinit":       {"gen/diag", "gen/kube", "gen/model", "gen/node", "gen/node/base", "gen/node/bootstrap", "gen/node/k3s", "gen/node/registry", "gen/node/services", "gen/node/volume", "gen/tree"},
	"gen/render/cuemodule":       {"gen/model", "gen/tree", "schema"},
	"gen/render/entry":           {"gen/diag", "gen/flux", "gen/kube", "gen/model", "gen/tree", "gen/unit"},
	"gen/render/imageautomation": {"gen/diag", "gen/kube", "gen/model", "gen/secret", "gen/tree", "gen/unit"},
	"gen/render/service":         {"gen/diag", "gen/kube", "gen/model", "gen/secret", "gen/tree", "gen/unit"},
	"gen/checkout":               {"gen/diag"},
	"gen/yamlfile":               {"gen/conflict", "gen/diag"},
	"gen/vendored":               {"gen/diag", "gen/yamlfile"},
	"gen/vendored/charttest":     {"gen/vendored"},
	"gen/vendored/pull":          {"gen/diag", "gen/vendored"},
	"gen/world":                  {"gen/apis", "gen/diag", "gen/vendored", "gen/yamlfile"},
	"gen/kustomize":              {"gen/checkout", "gen/diag", "gen/yamlfile"},
	"gen/helm":                   {"gen/checkout", "gen/conflict", "gen/diag", "gen/helm/engine", "gen/yamlfile"},
	"gen/helm/engine":            {},
	"gen/simulate":               {"gen/apis", "gen/checkout", "gen/diag", "gen/facts", "gen/helm", "gen/kustomize", "gen/sourceignore", "gen/vendored", "gen/world", "gen/yamlfile"},
	"gen/sourceignore":           {},
	"gen/apis":                   {},
	"gen/facts":                  {},
	"gen/order":                  {"gen/facts", "gen/world"},
	"gen/imagepolicy":            {},
	"gen/lint/images":            {"gen/diag", "gen/imagepolicy", "gen/lint", "gen/setter", "gen/world", "gen/yamlfile"},
	"gen/lint":                   {"gen/checkout", "gen/conflict", "gen/diag", "gen/world", "gen/yamlfile"},
	"gen/lint/files":             {"gen/checkout", "gen/lint"},
	"gen/lint/refs":              {"gen/facts", "gen/world"},
	"gen/lint/verdicts":          {"gen/apis", "gen/conform", "gen/diag", "gen/facts", "gen/lint", "gen/world"},
	"gen/definitions":            {"gen/apis", "gen/conform", "gen/diag", "gen/yamlfile"},
	"gen/conform":                {"gen/apis", "gen/diag"},
	"gen/lint/rules":             {"gen/lint"},
	"gen/provenance":             {"gen/diag", "gen/generate", "gen/load", "gen/model", "gen/render", "gen/setter", "gen/tree", "gen/unit"},
	"gen/config":                 {"gen/diag", "gen/yamlfile"},
	"gen/ignore":                 {"gen/diag"},
	"gen/baseline":               {"gen/diag"},
	"gen/validate":               {"gen/baseline", "gen/checkout", "gen/config", "gen/definitions", "gen/diag", "gen/ignore", "gen/imagepolicy", "gen/lint", "gen/lint/images", "gen/lint/rules", "gen/lint/rules/invalidignore", "gen/lint/rules/unusedignore", "gen/report", "gen/simulate", "gen/tree", "gen/vendored", "gen/world"},
	"gen/render/terraform":       {"gen/model", "gen/node", "gen/secret", "gen/tree"},
	"gen/render/sops":            {"gen/kube", "gen/model", "gen/sops", "gen/tree"},
	"gen/render/workflow":        {"gen/kube", "gen/model", "gen/secret", "gen/tree", "schema"},
	"gen/lock":                   {"gen/diag", "gen/setter", "gen/tree"},
	"gen/plan":                   {"gen/conflict", "gen/diag", "gen/lock", "gen/setter", "gen/tree"},
	"gen/apply":                  {"gen/diag", "gen/lock", "gen/plan", "gen/tree"},
	"gen/generate":               {"gen/capacity", "gen/check", "gen/diag", "gen/load", "gen/model", "gen/render", "gen/tree", "gen/unit"},
	"gen/reference":              {"gen/lint", "gen/lint/rules", "gen/load"},
	"cmd/lvsgen":                 {"gen/apply", "gen/backup", "gen/baseline", "gen/capacity", "gen/cost", "gen/definitions", "gen/diag", "gen/generate", "gen/kube", "gen/load", "gen/lock", "gen/model", "gen/plan", "gen/provenance", "gen/reference", "gen/report", "gen/secret", "gen/sops", "gen/validate", "gen/vendored", "gen/vendored/pull", "gen/version"},
	"gen/lint/mutant":            {},
}

// ofRules are what a rule, a folder in gen/lint/rules, may import.
var ofRules = []string{"gen/checkout", "gen/conflict", "gen/diag", "gen/facts", "gen/imagepolicy", "gen/kustomize", "gen/lint", "gen/lint/files", "gen/lint/images", "gen/conform", "gen/lint/refs", "gen/lint/verdicts", "gen/order", "gen/setter", "gen/world", "gen/yamlfile"}

// only names the one package that may import what starts with the key, outside of tests.
var only = map[string][]string{
	"cuelang.org/go":              {"gen/load", "gen/lint/rules/cuesyntax"}, // the rule only parses
	"github.com/moby/buildkit":    {"gen/lint/rules/dockerfilesyntax"},
	"github.com/rhysd/actionlint": {"gen/lint/rules/workflowsyntax"},
	"github.com/bmatcuk":          {"gen/config"},
	"mvdan.cc/sh":                 {"gen/lint/rules/cloudinitsyntax"},
	"filippo.io/age":              {"gen/sops"},
	"os":                          {"gen/apply", "gen/vendored/pull", "cmd/lvsgen"}, // pull reads the person's credentials
	"net/http":                    {"gen/vendored/pull"},
	"oras.land":                   {"gen/vendored/pull"},
	"helm.sh/helm":                {"gen/helm", "gen/simulate", "gen/vendored/pull"},
	"sigs.k8s.io/kustomize":       {"gen/kustomize", "gen/simulate"},
}

// TestLayers holds who may import whom.
func TestLayers(t *testing.T) {
	seen := map[string]bool{}
	for _, top := range []string{"gen", "cmd", "schema"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			pkg := path.Dir(strings.TrimPrefix(filepath.ToSlash(name), "../"))
			seen[pkg] = true
			for _, imported := range imports(t, name) {
				checkImport(t, name, pkg, imported)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for pkg := range layers {
		if !seen[pkg] {
			t.Errorf("the table has %s, which is not there", pkg)
		}
	}
	if len(seen) < 20 {
		t.Errorf("looked at %d packages only", len(seen))
	}
}

func checkImport(t *testing.T, file, pkg, imported string) {
	t.Helper()
	if inside, ours := strings.CutPrefix(imported, module); ours {
		allowed, known := layers[pkg]
		if strings.HasPrefix(pkg, "gen/lint/rules/") {
			allowed, known = ofRules, true
		}
		if pkg == "gen/lint/rules" && strings.HasPrefix(inside, "gen/lint/rules/") {
			return
		}
		if !known {
			t.Errorf("%s: package %s is not in the table", file, pkg)
		} else if !slices.Contains(allowed, inside) {
			t.Errorf("%s: %s may not import %s", file, pkg, inside)
		}
	}
	if strings.HasSuffix(pkg, "test") {
		return // a package of test fixtures
	}
	for prefix, allowed := range only {
		if (imported == prefix || strings.HasPrefix(imported, prefix+"/")) && !slices.Contains(allowed, pkg) {
			t.Errorf("%s: %s may not import %s; only %v may", file, pkg, imported, allowed)
		}
	}
}

func imports(t *testing.T, name string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, imported)
	}
	return out
}

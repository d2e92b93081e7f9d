package sidebyside

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/yannh/kubeconform/pkg/validator"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/lint/mutant"
)

// tools are the columns, in their order.
var tools = []string{"kustomize", "helm", "kubeconform", "actionlint"}

// messages are what the tools say of one tree, by tool.
type messages map[string]map[string]bool

func (m messages) say(tool, format string, args ...any) {
	if m[tool] == nil {
		m[tool] = map[string]bool{}
	}
	m[tool][fmt.Sprintf(format, args...)] = true
}

// checkers runs the tools on trees. What a part of a tree says is kept: most mutants change one part.
type checkers struct {
	kubernetes validator.Validator
	kept       map[string]messages
}

func newCheckers(t *testing.T) *checkers {
	t.Helper()
	// The version matters not: one set of schemas is given.
	v, err := validator.New([]string{filepath.ToSlash(writeSchemas(t)) + location}, validator.Opts{Strict: true, KubernetesVersion: "1.36.0"})
	if err != nil {
		t.Fatal(err)
	}
	return &checkers{kubernetes: v, kept: map[string]messages{}}
}

// run gives all that the tools say of a tree.
func (c *checkers) run(t *testing.T, tree mutant.Tree) messages {
	t.Helper()
	out := messages{}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		switch base := path.Base(name); {
		case base == "kustomization.yaml" || base == "kustomization.yml" || base == "Kustomization":
			c.part(out, "kustomize", path.Dir(name), closure(tree, path.Dir(name), map[string]bool{}), c.build)
		case base == "Chart.yaml":
			c.part(out, "helm", path.Dir(name), chartFiles(tree, path.Dir(name)), c.chart)
		case strings.HasPrefix(name, ".github/workflows/"):
			c.part(out, "actionlint", name, mutant.Tree{name: tree[name]}, workflow)
		case object.MatchString(tree[name]) && (path.Ext(name) == ".yaml" || path.Ext(name) == ".yml") && !strings.Contains(name, "/templates/"):
			c.part(out, "kubeconform", name, mutant.Tree{name: tree[name]}, c.file)
		}
	}
	return out
}

// part runs a tool on the files that it reads, unless it saw the very same before.
func (c *checkers) part(out messages, tool, at string, files mutant.Tree, run func(out messages, at string, files mutant.Tree)) {
	var key strings.Builder
	key.WriteString(tool + "\x00" + at)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		key.WriteString("\x00" + name + "\x00" + files[name])
	}
	said, ok := c.kept[key.String()]
	if !ok {
		said = messages{}
		run(said, at, files)
		c.kept[key.String()] = said
	}
	for tool, all := range said {
		for message := range all {
			out.say(tool, "%s", message)
		}
	}
}

// object finds the files that hold objects.
var object = regexp.MustCompile(`(?m)^apiVersion:`)

// named finds what a kustomization file may refer to.
var named = regexp.MustCompile(`(?m)[-:=]\s*["']?([^\s"'=]+)["']?\s*$`)

// closure are the files that a build of the folder may read: those below it, and below what it names.
func closure(tree mutant.Tree, dir string, seen map[string]bool) mutant.Tree {
	out := mutant.Tree{}
	if seen[dir] {
		return out
	}
	seen[dir] = true
	for name, content := range tree {
		if dir != "." && !strings.HasPrefix(name, dir+"/") {
			continue
		}
		out[name] = content
		if !strings.HasPrefix(strings.ToLower(path.Base(name)), "kustomization") {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(content, -1) {
			target := path.Join(path.Dir(name), m[1])
			if _, is := tree[target]; is {
				out[target] = tree[target]
			} else if strings.HasPrefix(m[1], ".") || !strings.HasPrefix(target, dir) {
				maps.Copy(out, closure(tree, target, seen))
			}
		}
	}
	return out
}

// build is kustomize build, and kubeconform on what it gives.
func (c *checkers) build(out messages, dir string, files mutant.Tree) {
	fsys := filesys.MakeFsInMemory()
	for name, content := range files {
		if err := fsys.WriteFile("/"+name, []byte(content)); err != nil {
			out.say("kustomize", "%s: %v", dir, err)
			return
		}
	}
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	built, err := krusty.MakeKustomizer(options).Run(fsys, "/"+dir)
	if err != nil {
		out.say("kustomize", "%s: %v", dir, err)
		return
	}
	content, err := built.AsYaml()
	if err != nil {
		out.say("kustomize", "%s: %v", dir, err)
		return
	}
	c.judge(out, dir, content)
}

// file is kubeconform on a file as it is.
func (c *checkers) file(out messages, name string, files mutant.Tree) {
	c.judge(out, name, []byte(files[name]))
}

func (c *checkers) judge(out messages, at string, content []byte) {
	for _, r := range c.kubernetes.Validate(at, io.NopCloser(bytes.NewReader(content))) {
		if r.Status == validator.Invalid || r.Status == validator.Error {
			out.say("kubeconform", "%s: %v", at, r.Err)
		}
	}
}

// workflow is actionlint without the programs that it can call.
func workflow(out messages, name string, files mutant.Tree) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		out.say("actionlint", "%v", err)
		return
	}
	errs, err := linter.Lint(name, []byte(files[name]), nil)
	if err != nil {
		out.say("actionlint", "%s: %v", name, err)
	}
	for _, e := range errs {
		out.say("actionlint", "%s: %s", name, e.Message)
	}
}

// chartFiles are the files of a chart, and under "values/" what the releases of it give to it.
func chartFiles(tree mutant.Tree, dir string) mutant.Tree {
	out := mutant.Tree{}
	for name, content := range tree {
		if strings.HasPrefix(name, dir+"/") {
			out[name] = content
		}
	}
	for name, content := range tree {
		var release struct {
			Kind string
			Spec struct {
				Chart struct {
					Spec struct {
						Chart       string
						ValuesFiles []string
					}
				}
				Values map[string]any
			}
		}
		if !strings.Contains(content, "kind: HelmRelease") || yaml.Unmarshal([]byte(content), &release) != nil || path.Clean(release.Spec.Chart.Spec.Chart) != dir {
			continue
		}
		for i, file := range append(release.Spec.Chart.Spec.ValuesFiles, path.Join(path.Dir(name), "values.yaml")) {
			out[fmt.Sprintf("values/%s/%d", name, i)] = tree[path.Clean(file)]
		}
		inline, _ := yaml.Marshal(release.Spec.Values)
		out["values/"+name+"/9"] = string(inline)
	}
	return out
}

// chart is helm lint and helm template, with the values of each release, and kubeconform on what comes out.
func (c *checkers) chart(out messages, dir string, files mutant.Tree) {
	releases := map[string]map[string]any{}
	var chart []*loader.BufferedFile
	disk, err := os.MkdirTemp("", "chart")
	if err != nil {
		out.say("helm", "%v", err)
		return
	}
	defer os.RemoveAll(disk)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if below, ok := strings.CutPrefix(name, "values/"); ok {
			values := map[string]any{}
			if err := yaml.Unmarshal([]byte(files[name]), &values); err != nil {
				out.say("helm", "%s: %v", name, err)
			}
			releases[path.Dir(below)] = chartutil.CoalesceTables(values, releases[path.Dir(below)])
			continue
		}
		below := strings.TrimPrefix(name, dir+"/")
		chart = append(chart, &loader.BufferedFile{Name: below, Data: []byte(files[name])})
		target := filepath.Join(disk, filepath.FromSlash(path.Base(path.Dir(dir))+"/"+path.Base(dir)), filepath.FromSlash(below))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil || os.WriteFile(target, []byte(files[name]), 0o644) != nil {
			out.say("helm", "%s cannot be written", name)
			return
		}
	}
	folder := filepath.Join(disk, path.Base(path.Dir(dir)), path.Base(dir))
	if len(releases) == 0 {
		releases["none"] = map[string]any{}
	}
	for _, release := range slices.Sorted(maps.Keys(releases)) {
		values := releases[release]
		if values == nil {
			values = map[string]any{}
		}
		for _, m := range lint.All(folder, values, "default", true).Messages {
			if m.Severity >= support.WarningSev {
				out.say("helm", "%s: %s", dir, strings.ReplaceAll(m.Error(), disk, ""))
			}
		}
		c.template(out, dir, release, chart, values)
	}
}

func (c *checkers) template(out messages, dir, release string, files []*loader.BufferedFile, values map[string]any) {
	loaded, err := loader.LoadFiles(files)
	if err != nil {
		out.say("helm", "%s: %v", dir, err)
		return
	}
	if err := chartutil.ProcessDependenciesWithMerge(loaded, values); err != nil {
		out.say("helm", "%s: %v", dir, err)
		return
	}
	asked, err := chartutil.ToRenderValues(loaded, values, chartutil.ReleaseOptions{Name: "release", Namespace: "default", Revision: 1, IsInstall: true}, nil)
	if err != nil {
		out.say("helm", "%s: %v", dir, err)
		return
	}
	rendered, err := engine.Render(loaded, asked)
	if err != nil {
		out.say("helm", "%s: %v", dir, err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(rendered)) {
		if path.Ext(name) == ".yaml" && strings.TrimSpace(rendered[name]) != "" {
			c.judge(out, release+" "+name, []byte(rendered[name]))
		}
	}
}

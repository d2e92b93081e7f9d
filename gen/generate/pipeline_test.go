package generate_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/secret"
)

var secretUse = regexp.MustCompile(`\$\{\{ secrets\.([A-Za-z0-9_]+) \}\}`)

// TestPipelineSecrets: the workflows ask for the Actions secrets that the inventory knows, and for all of them. With one
// missing in the workflows a value would never arrive; with one too many people would not know that it is needed.
func TestPipelineSecrets(t *testing.T) {
	seen := 0
	for _, dir := range clouds(t) {
		files, in, findings, err := generate.Tree(os.DirFS(dir), load.Options{})
		if err != nil || len(findings) > 0 {
			t.Fatal(err, findings)
		}
		used := map[string]bool{}
		for _, p := range files.Paths() {
			if path.Dir(p) != ".github/workflows" {
				continue
			}
			seen++
			f, _ := files.Get(p)
			for _, match := range secretUse.FindAllStringSubmatch(string(f.Content), -1) {
				used[match[1]] = true
			}
		}
		if len(used) == 0 {
			continue // a cloud without workflows
		}
		known := map[string]bool{}
		for _, v := range secret.Values(in) {
			if v.GitHub {
				known[v.GitHubName()] = true
			}
		}
		if !maps.Equal(used, known) {
			t.Errorf("%s: the workflows use %q, the inventory has %q", name(dir), slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(known)))
		}
	}
	if seen < 8 {
		t.Errorf("saw %d workflows", seen)
	}
}

// TestRenderedStartsNoBuild: every rendered file of an app's folder is left out of the filters of build.yml, so that no
// commit of lvsgen or Flux starts a build.
func TestRenderedStartsNoBuild(t *testing.T) {
	everything := filepath.Join(root, "test/clouds/everything")
	build, err := os.ReadFile(filepath.Join(everything, ".github/workflows/build.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var excluded []string
	for line := range strings.Lines(string(build)) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), `- "!applications/*/`); ok {
			excluded = append(excluded, strings.TrimSuffix(text, `"`))
		}
	}
	if len(excluded) == 0 {
		t.Fatal("build.yml excludes nothing")
	}
	for _, dir := range clouds(t) {
		for _, p := range rendered(t, dir).Paths() {
			parts := strings.SplitN(p, "/", 3)
			if parts[0] != "applications" {
				continue
			}
			if !slices.ContainsFunc(excluded, func(pattern string) bool {
				folder, whole := strings.CutSuffix(pattern, "**")
				matched, err := path.Match(pattern, parts[2])
				return err == nil && matched || whole && strings.HasPrefix(parts[2], folder)
			}) {
				t.Errorf("%s: a change of %s starts a build", name(dir), p)
			}
		}
	}
}

package workflow_test

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/render/workflow"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
	"github.com/lvs-cloud/lvsgen/schema"
)

// files renders a cloud on GitHub after change.
func files(t *testing.T, change func(*model.Inputs)) map[string]tree.File {
	t.Helper()
	in := cloudtest.Inputs(nil, []model.App{cloudtest.App("shop", nil)})
	in.Module = "example.org/cloud"
	on := true
	w := &in.Cloud.GitHub.Workflows
	w.Build, w.Infrastructure, w.Rebuild, w.Validate, in.Cloud.GitHub.Renovate = &on, &on, &on, &on, &on
	in.Cloud.PreCommit.Enabled = true
	if change != nil {
		change(in)
	}
	list, err := workflow.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]tree.File{}
	for _, f := range list {
		out[f.Path] = f
	}
	return out
}

// TestSwitches: each file can be turned off alone.
func TestSwitches(t *testing.T) {
	off := false
	for name, change := range map[string]func(*model.Inputs){
		".github/workflows/build.yml":          func(in *model.Inputs) { in.Cloud.GitHub.Workflows.Build = &off },
		".github/workflows/infrastructure.yml": func(in *model.Inputs) { in.Cloud.GitHub.Workflows.Infrastructure = &off },
		".github/workflows/rebuild.yml":        func(in *model.Inputs) { in.Cloud.GitHub.Workflows.Rebuild = &off },
		".github/workflows/validate.yml":       func(in *model.Inputs) { in.Cloud.GitHub.Workflows.Validate = &off },
		".pre-commit-config.yaml":              func(in *model.Inputs) { in.Cloud.PreCommit.Enabled = false },
		"renovate.json":                        func(in *model.Inputs) { in.Cloud.GitHub.Renovate = &off },
	} {
		all, without := files(t, nil), files(t, change)
		if _, there := all[name]; !there || len(all) != 6 {
			t.Errorf("%d files, %s: %v", len(all), name, there)
		}
		if _, there := without[name]; there || len(without) != 5 {
			t.Errorf("%d files without %s", len(without), name)
		}
	}
}

// TestWhichAppsAreBuiltByCommit: those that say so, whose image is in the cloud's registry, and that Flux may move.
func TestWhichAppsAreBuiltByCommit(t *testing.T) {
	got := files(t, func(in *model.Inputs) {
		commit := func(a *model.App) { a.Release = "commit" }
		in.Apps = append(in.Apps, cloudtest.App("always", commit),
			cloudtest.App("elsewhere", func(a *model.App) { commit(a); a.Image.Repository = "docker.io/library/nginx" }),
			cloudtest.App("pinned", func(a *model.App) { commit(a); a.Image.Pin = true }))
	})
	if build := string(got[".github/workflows/build.yml"].Content); !strings.Contains(build, `COMMIT_APPS: "always"`) || strings.Contains(build, "applications/pinned") {
		t.Error(build)
	}
}

// TestPreCommit reads the file as pre-commit does: what lvsgen adds is a whole local hook, after those of the inputs.
func TestPreCommit(t *testing.T) {
	content := files(t, func(in *model.Inputs) {
		in.Cloud.PreCommit.Repos = []map[string]any{{"rev": "v1", "hooks": []any{map[string]any{"args": []any{"--fix"}, "id": "own"}}, "repo": "https://example.org/hooks"}}
	})[".pre-commit-config.yaml"].Content
	var config struct {
		Repos []struct {
			Repo, Rev string
			Hooks     []struct {
				ID, Name, Entry, Language string
				Args                      []string
				PassFilenames             *bool `yaml:"pass_filenames"`
				AlwaysRun                 bool  `yaml:"always_run"`
			}
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(content)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil || len(config.Repos) != 2 {
		t.Fatalf("%v\n%s", err, content)
	}
	if own := config.Repos[0]; own.Rev != "v1" || own.Hooks[0].ID != "own" || own.Hooks[0].Args[0] != "--fix" {
		t.Errorf("%+v", own)
	}
	hook := config.Repos[1].Hooks[0]
	if config.Repos[1].Repo != "local" || hook.Entry != "lvsgen render --hook" || hook.Language != "system" || hook.PassFilenames == nil || *hook.PassFilenames || !hook.AlwaysRun {
		t.Errorf("%+v", hook)
	}
}

// managers are the custom managers of renovate.json.
func managers(t *testing.T) []struct {
	MatchStrings []string
} {
	t.Helper()
	var config struct {
		CustomManagers []struct{ MatchStrings []string }
	}
	if err := json.Unmarshal(files(t, nil)["renovate.json"].Content, &config); err != nil {
		t.Fatal(err)
	}
	return []struct{ MatchStrings []string }(config.CustomManagers)
}

// found is what Renovate would look up: the named groups of the expressions. Renovate runs them with RE2, as Go does.
func found(t *testing.T, text string) []map[string]string {
	t.Helper()
	var out []map[string]string
	for _, m := range managers(t) {
		for _, expression := range m.MatchStrings {
			re := regexp.MustCompile(expression)
			for _, match := range re.FindAllStringSubmatch(text, -1) {
				groups := map[string]string{}
				for i, name := range re.SubexpNames() {
					if name != "" && match[i] != "" {
						groups[name] = match[i]
					}
				}
				out = append(out, groups)
			}
		}
	}
	return out
}

var annotation = regexp.MustCompile(`// renovate: datasource=(\S+) depName=(\S+)`)

// TestRenovateFindsEveryAnnotation: each comment in the schema is matched by exactly one manager, with the version of the
// next line.
func TestRenovateFindsEveryAnnotation(t *testing.T) {
	annotations := 0
	err := fs.WalkDir(schema.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := schema.Files.ReadFile(name)
		if err != nil {
			return err
		}
		lines := strings.Split(string(content), "\n")
		matches := found(t, string(content))
		for i, line := range lines {
			said := annotation.FindStringSubmatch(line)
			if said == nil {
				continue
			}
			annotations++
			n := slices.IndexFunc(matches, func(m map[string]string) bool {
				return m["datasource"] == said[1] && m["depName"] == said[2] && strings.Contains(lines[i+1], m["currentValue"]) && strings.Contains(lines[i+1], m["currentDigest"])
			})
			if n < 0 {
				t.Errorf("%s:%d: no manager finds %s in %s", name, i+1, said[2], lines[i+1])
				continue
			}
			matches = slices.Delete(matches, n, n+1)
		}
		for _, m := range matches {
			t.Errorf("%s: found twice, or without a comment: %v", name, m)
		}
		return nil
	})
	if err != nil || annotations < 20 {
		t.Fatal(err, annotations)
	}
}

func TestRenovateReads(t *testing.T) {
	const digest = "0123456789abcdef0123456789abcdef01234567"
	for _, c := range []struct {
		text string
		want map[string]string
	}{
		{"// renovate: datasource=helm depName=a registryUrl=https://x.org/y\n\tversion: \"1.2.3\"", map[string]string{
			"datasource": "helm", "depName": "a", "registryUrl": "https://x.org/y", "currentValue": "1.2.3",
		}},
		{"// renovate: datasource=docker depName=x.org/a versioning=regex:^17$\nimage: *\"x.org:5000/a:17-alpine\" | string", map[string]string{
			"datasource": "docker", "depName": "x.org/a", "versioning": "regex:^17$", "currentValue": "17-alpine",
		}},
		{"// renovate: datasource=github-tags depName=o/a\ncheckout: *\"o/a@" + digest + " # v7.0.1\" | #Action", map[string]string{
			"datasource": "github-tags", "depName": "o/a", "currentValue": "v7.0.1", "currentDigest": digest,
		}},
		{"clusters: prod: {\n\tk3s: version: \"v1.36.4+k3s1\"\n}", map[string]string{"currentValue": "v1.36.4+k3s1"}},
		{"\tk3s: {\n\t\tversion: \"v1.36.4+k3s1\"\n\t}", map[string]string{"currentValue": "v1.36.4+k3s1"}},
	} {
		got := found(t, c.text)
		if len(got) != 1 || len(got[0]) != len(c.want) {
			t.Errorf("%s\ngives %v", c.text, got)
			continue
		}
		for name, want := range c.want {
			if got[0][name] != want {
				t.Errorf("%s\ngives %v", c.text, got)
			}
		}
	}
	if got := found(t, "// renovate: datasource=helm depName=a\n\n\tversion: 12\n"); len(got) != 0 {
		t.Errorf("no version, but %v", got)
	}
}

package workflow

import (
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// push is what GitHub compares with a workflow's filters.
type push struct {
	branch, tag string
	files       []string
}

// triggers evaluates the filters of "on: push" as GitHub documents them: branches or tags by the kind of the ref, of which
// one alone excludes the other; paths for branches only; the last pattern that matches wins.
// (https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore)
func (f *filter) triggers(p push) bool {
	if p.tag != "" {
		return (f.Tags == nil && f.Branches == nil) || match(f.Tags, p.tag)
	}
	if f.Branches == nil && f.Tags != nil || f.Branches != nil && !match(f.Branches, p.branch) {
		return false
	}
	if f.PathsIgnore != nil {
		return slices.ContainsFunc(p.files, func(file string) bool { return !match(f.PathsIgnore, file) })
	}
	return f.Paths == nil || slices.ContainsFunc(p.files, func(file string) bool { return match(f.Paths, file) })
}

// match tells whether the last pattern that fits name is a positive one.
func match(patterns []string, name string) bool {
	matched := false
	for _, pattern := range patterns {
		positive, negated := strings.CutPrefix(pattern, "!")
		if glob(positive).MatchString(name) {
			matched = !negated
		}
	}
	return matched
}

// glob is a pattern of GitHub's filters: "*" stops at a slash, "**" does not.
func glob(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*\*`, ".*")
	return regexp.MustCompile("^" + regexp.MustCompile(`\\\*`).ReplaceAllString(quoted, "[^/]*") + "$")
}

// started are the workflows of a cloud that a push starts.
func started(t *testing.T, cloud string, p push) []string {
	t.Helper()
	var out []string
	for name := range workflows(t, cloud) {
		if f, ok := open(t, cloud, name).On["push"]; ok && f.triggers(p) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// branchOf is the branch that a cloud deploys.
func branchOf(t *testing.T, cloud string) string {
	t.Helper()
	return open(t, cloud, "validate.yml").On["push"].Branches[0]
}

// withPipeline are the clouds that have workflows.
func withPipeline(t *testing.T) []string {
	t.Helper()
	out := slices.DeleteFunc(clouds(t), func(cloud string) bool { return len(workflows(t, cloud)) == 0 })
	if len(out) < 2 {
		t.Fatal("fewer than two clouds have workflows")
	}
	return out
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s starts %q, want %q", what, got, want)
	}
}

// TestTriggers: a commit by Flux starts nothing at all; one by lvsgen nothing that builds or applies.
func TestTriggers(t *testing.T) {
	for _, cloud := range withPipeline(t) {
		branch := branchOf(t, cloud)
		values, err := filepath.Glob(filepath.Join(cloud, "applications/*/values.yaml"))
		if err != nil || len(values) == 0 {
			t.Fatal(err, values)
		}
		var flux, rendered []string
		for _, name := range values {
			flux = append(flux, "applications/"+filepath.Base(filepath.Dir(name))+"/values.yaml")
		}
		for _, name := range ownedFiles(t, cloud) {
			if !strings.HasPrefix(name, "infrastructure/") && !strings.HasPrefix(name, ".github/") {
				rendered = append(rendered, name)
			}
		}
		expect(t, cloud+": a commit by Flux", started(t, cloud, push{branch: branch, files: flux}))
		expect(t, cloud+": a commit of rendered files", started(t, cloud, push{branch: branch, files: rendered}), "validate.yml")
		for _, file := range []string{"infrastructure/main.tf", "infrastructure/cloud-init.yml", ".github/workflows/infrastructure.yml"} {
			expect(t, cloud+": "+file, started(t, cloud, push{branch: branch, files: []string{file}}), "infrastructure.yml", "validate.yml")
		}
		expect(t, cloud+": a Longhorn manifest", started(t, cloud, push{branch: branch, files: []string{"infrastructure/longhorn/helmrelease.yaml"}}), "validate.yml")
		expect(t, cloud+": another branch", started(t, cloud, push{branch: "topic", files: []string{"infrastructure/main.tf"}}))
		expect(t, cloud+": a version", started(t, cloud, push{tag: "shop/v1.2.3"}), "build.yml")
		for _, tag := range []string{"v1.2.3", "a/b/v1.2.3", "shop/1.2.3"} {
			expect(t, cloud+": tag "+tag, started(t, cloud, push{tag: tag}))
		}
	}
}

// ownedFiles are the paths of lvsgen.lock.
func ownedFiles(t *testing.T, cloud string) []string {
	t.Helper()
	out, err := exec.Command("sed", "-n", `s/^file \([^ ]*\) .*/\1/p`, filepath.Join(cloud, "lvsgen.lock")).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(string(out))
	if len(files) < 50 {
		t.Fatalf("%s: the lock has %d files", cloud, len(files))
	}
	return files
}

// TestCommitTriggers: an app of which every commit is built starts a build by its source alone, however Flux and lvsgen
// and a person's commits come together in a push.
func TestCommitTriggers(t *testing.T) {
	const cloud = repository + "/test/clouds/everything"
	branch := branchOf(t, cloud)
	for _, file := range []string{"main.go", "lib/values.yaml", "Dockerfile", "test/run.sh", "charts/x", "config.yaml"} {
		expect(t, file, started(t, cloud, push{branch: branch, files: []string{path.Join("applications/commits", file)}}), "build.yml", "validate.yml")
	}
	expect(t, "another app's source", started(t, cloud, push{branch: branch, files: []string{"applications/small/main.go"}}), "validate.yml")
	expect(t, "the app's input", started(t, cloud, push{branch: branch, files: []string{"applications/commits/app.cue"}}), "validate.yml")
	expect(t, "source and tag in one push", started(t, cloud, push{
		branch: branch, files: []string{"applications/commits/main.go", "applications/commits/values.yaml"},
	}), "build.yml", "validate.yml")
	expect(t, "a topic branch", started(t, cloud, push{branch: "topic", files: []string{"applications/commits/main.go"}}))
}

// TestFilters holds the evaluation itself to what GitHub documents.
func TestFilters(t *testing.T) {
	for _, c := range []struct {
		patterns []string
		name     string
		want     bool
	}{
		{[]string{"*/v*"}, "shop/v1", true},
		{[]string{"*/v*"}, "a/shop/v1", false},
		{[]string{"a/**", "!a/b/**", "a/b/c"}, "a/b/c", true},
		{[]string{"a/**", "!a/b/**", "a/b/c"}, "a/b/d", false},
		{[]string{"!a"}, "b", false},
		{[]string{"a.b"}, "axb", false},
	} {
		if got := match(c.patterns, c.name); got != c.want {
			t.Errorf("%q %q: %v", c.patterns, c.name, got)
		}
	}
}

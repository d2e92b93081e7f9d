package workflow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

// dockerStub writes down its calls, and what it got on standard input; "run" really runs the command in the folder that is
// mounted. The build of an app "broken" fails.
const dockerStub = `#!/bin/bash
printf '%q ' "$@" >>"$STUB_LOG/docker.log"
echo >>"$STUB_LOG/docker.log"
case $1 in
login) { printf 'stdin '; cat; echo; } >>"$STUB_LOG/docker.log" ;;
build) folder=${!#}; ls "$folder" | tr '\n' ' ' >>"$STUB_LOG/docker.log"; echo >>"$STUB_LOG/docker.log"; [[ $folder != */broken ]] ;;
run) cd "${4%:/app}" && env -i PATH="$PATH" "${@: -1}" ;;
esac
`

func buildStep(t *testing.T, job, name string) step {
	return open(t, repository, "build.yml").step(t, job, name)
}

// tagged runs the first job for a pushed tag.
func (r *repo) tagged(tag string) result {
	return r.run(buildStep(r.t, "find", "Find what to build"), map[string]string{
		"REF_TYPE": "tag", "REF_NAME": tag, "COMMIT": r.git("rev-parse", "HEAD"), "BEFORE": strings.Repeat("0", 40),
	})
}

// pushed runs the first job for a push to the branch.
func (r *repo) pushed(before, after, apps string) result {
	return r.run(buildStep(r.t, "find", "Find what to build"), map[string]string{
		"REF_TYPE": "branch", "REF_NAME": "main", "COMMIT": after, "BEFORE": before, "COMMIT_APPS": apps,
	})
}

// TestTag takes a tag all the way: found, tested, built and pushed.
func TestTag(t *testing.T) {
	r := newRepo(t, together(app("shop", "1.0.0", "'>=1.0.0'"), map[string]string{
		"applications/shop/test/run.sh": "#!/bin/sh\necho \"tested in $(ls | tr '\\n' ' ')\"\nenv >test/environment\n",
	}))
	r.stub("docker", dockerStub)
	commit := r.git("rev-parse", "HEAD")
	found := r.tagged("shop/v1.1.0")
	want := []batch{{"shop:1.1.0", "shop " + commit + " 1.1.0 registry.lvs.me.uk/shop"}}
	if got := found.images(t); found.err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v %q\n%s", found.err, got, found.log)
	}
	tested := r.run(buildStep(t, "image", "Run the app's tests"), map[string]string{"IMAGES": want[0].Images})
	if tested.err != nil || !strings.Contains(tested.log, "tested in Dockerfile test values.yaml") {
		t.Errorf("%v\n%s", tested.err, tested.log)
	}
	r.expectNoChange()
	pushed := r.run(buildStep(t, "image", "Build and push"), map[string]string{
		"IMAGES": want[0].Images, "REGISTRY_PASSWORD": "s3cr$et `x`", "SOURCE": "https://github.com/lvs-cloud/lvsgen",
	})
	if pushed.err != nil || strings.Contains(pushed.log, "s3cr") {
		t.Errorf("%v\n%s", pushed.err, pushed.log)
	}
	log := calls(t, r.docker)
	for i, want := range []string{
		"run --rm --volume ", "login --username robot_user --password-stdin registry.lvs.me.uk", "stdin s3cr$et `x`",
		"build --pull --tag registry.lvs.me.uk/shop:1.1.0 ", "Dockerfile test values.yaml", "push registry.lvs.me.uk/shop:1.1.0", "logout registry.lvs.me.uk",
	} {
		if i >= len(log) || !strings.HasPrefix(log[i], want) {
			t.Fatalf("call %d: want %q in\n%s", i, want, strings.Join(log, "\n"))
		}
	}
	for _, want := range []string{
		"APP_VERSION=1.1.0", "SOURCE_DATE_EPOCH=1800000000", "image.title=shop", "image.version=1.1.0", "image.revision=" + commit,
		"image.created=2027-01-15T08:00:00Z", "image.source=https://github.com/lvs-cloud/lvsgen",
	} {
		if !strings.Contains(log[3], want) {
			t.Errorf("%q is not in %s", want, log[3])
		}
	}
	if strings.Contains(strings.Join(log, "\n"), "latest") {
		t.Error("something is called latest")
	}
}

func (r *repo) expectNoChange() {
	r.t.Helper()
	if out := r.git("status", "--porcelain"); out != "" {
		r.t.Errorf("the tests changed what is built:\n%s", out)
	}
}

// TestFailures: a failing test stops the job before anything is pushed, and one failing build stops no other.
func TestFailures(t *testing.T) {
	r := newRepo(t, together(app("shop", "1.0.0", "'>=1.0.0'"), app("broken", "1.0.0", "'>=1.0.0'"), map[string]string{
		"applications/shop/test/run.sh": "#!/bin/sh\nexit 3\n",
	}))
	r.stub("docker", dockerStub)
	commit := r.git("rev-parse", "HEAD")
	images := "broken " + commit + " 1.0.0 registry.lvs.me.uk/broken\nshop " + commit + " 1.0.0 registry.lvs.me.uk/shop"
	if tested := r.run(buildStep(t, "image", "Run the app's tests"), map[string]string{"IMAGES": images}); tested.err == nil {
		t.Errorf("a failing test passes\n%s", tested.log)
	}
	pushed := r.run(buildStep(t, "image", "Build and push"), map[string]string{"IMAGES": images, "REGISTRY_PASSWORD": "x", "SOURCE": "x"})
	if pushed.err == nil || !strings.Contains(pushed.log, "::error::not built or not pushed: registry.lvs.me.uk/broken:1.0.0\n") {
		t.Errorf("%v\n%s", pushed.err, pushed.log)
	}
	if log := strings.Join(calls(t, r.docker), "\n"); !strings.Contains(log, "push registry.lvs.me.uk/shop:1.0.0") || strings.Contains(log, "push registry.lvs.me.uk/broken") {
		t.Error(log)
	}
}

func TestRefusedTags(t *testing.T) {
	files := together(app("shop", "1.2.0", "'>=1.0.0'"), app("minor", "1.2.0", "~1.2.0"), app("wild", "1.2.0", "1.x"), app("bare", "1.0.0", "'>=1.0.0'"),
		app("rc", "1.0.0-rc.1", "'>=1.0.0-0'"), app("elsewhere", "1.0.0", "'>=1.0.0'"), app("commits", "1700000000-0123456", "''"))
	delete(files, "applications/bare/Dockerfile")
	files["applications/elsewhere/values.yaml"] = "image:\n  repository: docker.io/library/nginx\n  tag: \"1.0.0\"\n"
	r := newRepo(t, files)
	r.stub("docker", dockerStub)
	for tag, want := range map[string]string{
		"shop/v1.1.9":                  "1.1.9 is older than 1.2.0",
		"shop/v1.2.0-rc.1":             "1.2.0-rc.1 is older than 1.2.0",
		"shop/v1.3.0-rc.1":             "takes \">=1.0.0\", which 1.3.0-rc.1 is not",
		"minor/v1.3.0":                 "takes \"~1.2.0\", which 1.3.0 is not",
		"bare/v1.1.0":                  "there is no applications/bare/Dockerfile",
		"gone/v1.0.0":                  "has no applications/gone/values.yaml",
		"elsewhere/v1.0.0":             "docker.io/library/nginx, which is not in registry.lvs.me.uk",
		"commits/v1.0.0":               "is built for every commit",
		"shop/v01.3.0":                 "looks like",
		"shop/v1.3":                    "looks like",
		"shop/v1.3.0+meta":             "looks like",
		"shop/1.3.0":                   "looks like",
		"../v1.3.0":                    "looks like",
		"a/b/v1.3.0":                   "looks like",
		"-shop/v1.3.0":                 "looks like",
		"$(touch${IFS}owned)/v1.3.0":   "looks like",
		"shop;touch${IFS}owned/v1.0.0": "looks like",
		"`touch${IFS}owned`/v1.3.0":    "looks like",
		"shop/v1.3.0\n::set-output":    "looks like",
		"shop%0A::error::x/v1.0.0":     "looks like",
	} {
		got := r.run(buildStep(t, "find", "Find what to build"), map[string]string{
			"REF_TYPE": "tag", "REF_NAME": tag, "COMMIT": r.git("rev-parse", "HEAD"), "BEFORE": "", "COMMIT_APPS": "commits",
		})
		if got.err == nil || !strings.Contains(got.log, "::error::") || !strings.Contains(got.log, want) || got.outputs != "" {
			t.Errorf("%q: want %q, got %v %q\n%s", tag, want, got.err, got.outputs, got.log)
		}
	}
	r.expectNoChange()
	for tag, notice := range map[string]bool{"shop/v1.2.0": false, "shop/v2.0.0": false, "minor/v1.2.9": false, "rc/v1.0.0-rc.2": false, "rc/v1.0.0": false, "wild/v1.3.0": true} {
		got := r.tagged(tag)
		if got.err != nil || len(got.images(t)) != 1 || strings.Contains(got.log, "::notice::") != notice {
			t.Errorf("%s: %v\n%s", tag, got.err, got.log)
		}
	}
}

// TestRanges compares the script's judgement with that of the library that Flux uses.
func TestRanges(t *testing.T) {
	source := buildStep(t, "find", "Find what to build").Run
	body, _, found := strings.Cut(source, "# add APP")
	if !found {
		t.Fatal("the script has changed")
	}
	random := rand.New(rand.NewPCG(1, 2))
	version := func() string {
		v := fmt.Sprintf("%d.%d.%d", random.IntN(3), random.IntN(3), random.IntN(3))
		if random.IntN(4) == 0 {
			v += []string{"-rc.1", "-rc.2", "-rc.10", "-alpha", "-0", "-1.a"}[random.IntN(6)]
		}
		return v
	}
	comparators := func() string {
		var parts []string
		for range 1 + random.IntN(2) {
			parts = append(parts, []string{">=", ">", "<", "<=", "=", "!=", "^", "~", "", ">= "}[random.IntN(10)]+version())
		}
		return strings.Join(parts, []string{" ", ", "}[random.IntN(2)])
	}
	var script, want strings.Builder
	script.WriteString(body)
	const cases = 200
	for range cases {
		v, r := version(), comparators()
		if random.IntN(4) == 0 {
			r += " || " + comparators()
		}
		constraint, err := semver.NewConstraint(r)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&script, "echo \"%s in %s: $(judge '%s' '%s' '')\"\n", v, r, v, r)
		fmt.Fprintf(&want, "%s in %s: %s\n", v, r, map[bool]string{true: "taken", false: "outside"}[constraint.Check(semver.MustParse(v))])
	}
	got := newRepo(t, nil).run(step{Run: script.String()}, nil)
	if got.err != nil {
		t.Fatal(got.err, got.log)
	}
	gotLines, wantLines := strings.Split(got.log, "\n"), strings.Split(want.String(), "\n")
	taken := 0
	for i := range wantLines {
		if i >= len(gotLines) || gotLines[i] != wantLines[i] {
			t.Errorf("got %q, want %q", gotLines[min(i, len(gotLines)-1)], wantLines[i])
		}
		if strings.HasSuffix(wantLines[i], "taken") {
			taken++
		}
	}
	if taken < cases/10 || taken > cases*9/10 {
		t.Errorf("%d of %d are taken: that tells little", taken, cases)
	}
}

// TestCommits: two apps in one push are two images; what Flux and lvsgen write is none.
func TestCommits(t *testing.T) {
	r := newRepo(t, together(app("one", "1700000000-0123456", "''"), app("two", "1700000000-0123456", "''"), app("three", "1.0.0", "'>=1.0.0'")))
	start := r.git("rev-parse", "HEAD")
	source := r.commit(map[string]string{"applications/one/main.go": "1", "applications/two/charts.txt": "2", "applications/three/main.go": "3"})
	got := r.pushed(start, source, "one two")
	want := []batch{
		{"one:1800000000-" + source[:12], "one " + source + " 1800000000-" + source[:12] + " registry.lvs.me.uk/one"},
		{"two:1800000000-" + source[:12], "two " + source + " 1800000000-" + source[:12] + " registry.lvs.me.uk/two"},
	}
	if images := got.images(t); got.err != nil || !slices.Equal(images, want) {
		t.Errorf("%v %q\n%s", got.err, images, got.log)
	}
	flux := r.commit(map[string]string{"applications/one/values.yaml": app("one", "1800000000-"+source[:12], "")["applications/one/values.yaml"]})
	if got := r.pushed(source, flux, "one two"); got.err != nil || len(got.images(t)) != 0 {
		t.Errorf("Flux's commit builds %s\n%s", got.outputs, got.log)
	}
	rendered := r.commit(map[string]string{
		"applications/one/chart/templates/deployment.yaml": "x", "applications/one/kustomization.yaml": "x", "applications/two/helmrelease.yaml": "x",
		"applications/two/app.cue": "x", "applications/two/secret-mail.sops.yaml": "x", "applications/two/database.yaml": "x", "applications/two/objects.yaml": "x",
	})
	if got := r.pushed(flux, rendered, "one two"); got.err != nil || len(got.images(t)) != 0 {
		t.Errorf("what lvsgen renders builds %s\n%s", got.outputs, got.log)
	}
	for _, unknown := range []string{strings.Repeat("0", 40), strings.Repeat("1", 40)} {
		if got := r.pushed(unknown, rendered, "one two"); got.err != nil || len(got.images(t)) != 2 || !strings.Contains(got.log, "::notice::") {
			t.Errorf("a first push: %v %s\n%s", got.err, got.outputs, got.log)
		}
	}
	newer := r.commit(map[string]string{"applications/one/values.yaml": app("one", "1900000000-0123456", "")["applications/one/values.yaml"], "applications/one/main.go": "2"})
	if got := r.pushed(rendered, newer, "one two"); got.err == nil || !strings.Contains(got.log, "older than 1900000000-0123456") {
		t.Errorf("an old commit: %v\n%s", got.err, got.log)
	}
}

// TestRebuild: every app comes back at the tag in git, and what cannot is named.
func TestRebuild(t *testing.T) {
	w := open(t, repository, "rebuild.yml")
	r := newRepo(t, together(app("shop", "1.0.0", ""), app("old", "1.0.0", "")))
	r.git("tag", "shop/v1.0.0")
	first := r.git("rev-parse", "HEAD")
	files := together(app("commits", "1800000000-"+first[:12], ""), app("untagged", "2.0.0", ""), app("outside", "1.0.0", ""), app("shared", "1.0.0", ""))
	files["applications/outside/values.yaml"] = "image:\n  repository: docker.io/library/nginx\n  tag: \"1.0.0\"\n"
	delete(files, "applications/shared/Dockerfile")
	r.commit(files)
	got := r.run(w.step(t, "find", "Find what the cloud runs"), nil)
	if got.err != nil || !strings.Contains(got.outputs, "missing=4\n") {
		t.Fatalf("%v %s\n%s", got.err, got.outputs, got.log)
	}
	if images := got.images(t); len(images) != 1 || images[0] != (batch{"1 of 1", "shop " + first + " 1.0.0 registry.lvs.me.uk/shop"}) {
		t.Errorf("%q", images)
	}
	for _, want := range []string{"untagged:2.0.0 has no git tag untagged/v2.0.0", "old:1.0.0 has no git tag", "commits:1800000000-" + first[:12] + " has no Dockerfile in " + first, "shared:1.0.0 has no Dockerfile (it runs registry.lvs.me.uk/shared)"} {
		if !strings.Contains(got.summary, want) {
			t.Errorf("%q is not in the summary:\n%s", want, got.summary)
		}
	}
	for missing, build := range map[string]string{"0": "failure", "1": "success", "2": "skipped"} {
		if end := r.run(w.step(t, "complete", "Tell whether any image is missing"), map[string]string{"MISSING": missing, "BUILD": build}); end.err == nil {
			t.Errorf("%s missing and %s is complete", missing, build)
		}
	}
	if end := r.run(w.step(t, "complete", "Tell whether any image is missing"), map[string]string{"MISSING": "0", "BUILD": "success"}); end.err != nil {
		t.Error(end.err, end.log)
	}
	many := map[string]string{}
	for i := range 45 {
		many = together(many, app(fmt.Sprintf("app-%d", i), "1.0.0", ""))
	}
	r = newRepo(t, many)
	for i := range 45 {
		r.git("tag", fmt.Sprintf("app-%d/v1.0.0", i))
	}
	images := r.run(w.step(t, "find", "Find what the cloud runs"), nil).images(t)
	lines := 0
	for _, b := range images {
		lines += len(strings.Split(b.Images, "\n"))
	}
	if len(images) != 20 || lines != 45 {
		t.Errorf("%d jobs with %d images", len(images), lines)
	}
}

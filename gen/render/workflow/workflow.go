// Package workflow renders what runs before and after a push: the workflows of GitHub Actions, the configuration of
// pre-commit, and Renovate's. The workflows are templates of YAML with shell scripts in files of their own, so that both
// can be read, and checked, as what they are.
package workflow

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/schema"
)

// folder is where GitHub looks for workflows.
const folder = ".github/workflows"

// rendered are the files of an app's folder that lvsgen and Flux write, or that only lvsgen reads, as GitHub's filters
// and git's globs both take them. A change of them alone makes no new image.
var rendered = []string{
	"chart/**", "values.yaml", "helmrelease.yaml", "kustomization.yaml", "database.yaml", "objects.yaml", "secrets.yaml", "secret-*.sops.yaml", "*.cue",
}

//go:embed templates/*.yml scripts/*.sh
var sources embed.FS

// Files gives the files that the inputs turn on.
func Files(in *model.Inputs) ([]tree.File, error) {
	var files []tree.File
	add := func(on bool, name string, content []byte, err error) error {
		if on && err == nil {
			files = append(files, tree.File{Path: name, Content: content, Source: in.Cloud.Source})
		}
		return err
	}
	wanted := in.Cloud.GitHub.Workflows
	for _, w := range []struct {
		name string
		on   *bool
	}{
		{"build", wanted.Build},
		{"infrastructure", wanted.Infrastructure},
		{"rebuild", wanted.Rebuild},
		{"validate", wanted.Validate},
	} {
		if !isOn(w.on) {
			continue
		}
		content, err := execute(w.name+".yml", newPage(in))
		if err := add(true, path.Join(folder, w.name+".yml"), content, err); err != nil {
			return nil, err
		}
	}
	content, err := preCommit(in.Cloud.PreCommit)
	if err := add(in.Cloud.PreCommit.Enabled, ".pre-commit-config.yaml", content, err); err != nil {
		return nil, err
	}
	content, err = renovate(in)
	if err := add(isOn(in.Cloud.GitHub.Renovate), "renovate.json", content, err); err != nil {
		return nil, err
	}
	return files, nil
}

// isOn reads a switch that may not be set: loaded inputs have all of them.
func isOn(b *bool) bool { return b != nil && *b }

// page is what the templates may say.
type page struct {
	model.GitHub
	Registry model.Registry
	Branch   string
	// HoldsLvsgen tells that lvsgen is built from this repository.
	HoldsLvsgen bool
	// CommitApps are built for every commit; Rendered never starts such a build.
	CommitApps, Rendered []string
	// State is the environment of Terraform's backend, Plan that of a plan.
	State, Plan []variable
	// ApprovalRounds is how often the answers are looked at, one pause after the other.
	ApprovalRounds, ApprovalTimeout int
}

// variable is one environment variable, and the Actions secret that it holds.
type variable struct{ Variable, Secret string }

// pauseSeconds is the value of PAUSE in infrastructure.yml.
const pauseSeconds = 20

func newPage(in *model.Inputs) page {
	p := page{
		GitHub: in.Cloud.GitHub, Registry: in.Cloud.Registry, Branch: in.Cloud.Git.Branch,
		HoldsLvsgen: in.Module == schema.ImportPath || strings.HasPrefix(schema.ImportPath, in.Module+"/"),
		Rendered:    rendered,
	}
	for i := range in.Apps {
		a := &in.Apps[i]
		if a.Release == "commit" && !a.Image.Pin && strings.HasPrefix(a.Image.Repository, in.Cloud.Registry.Host+"/") {
			p.CommitApps = append(p.CommitApps, a.Name)
		}
	}
	p.State, p.Plan = variables(in)
	minutes := in.Cloud.GitHub.Approval.Minutes
	p.ApprovalRounds, p.ApprovalTimeout = minutes*60/pauseSeconds, minutes+15
	return p
}

// variables are the environments of Terraform: what its backend and provider read, and its variables.
func variables(in *model.Inputs) (state, plan []variable) {
	for _, v := range secret.Values(in) {
		for _, name := range v.Environment {
			plan = append(plan, variable{name, v.GitHubName()})
			if strings.HasPrefix(name, "AWS_") {
				state = append(state, variable{name, v.GitHubName()})
			}
		}
		if v.Delivered || v.Name == secret.SSHPrivateKey {
			plan = append(plan, variable{"TF_VAR_" + v.Name, v.GitHubName()})
		}
	}
	slices.SortStableFunc(plan, func(a, b variable) int { return strings.Compare(a.Variable, b.Variable) })
	return state, plan
}

func execute(name string, p page) ([]byte, error) {
	t, err := template.New(name).Delims("<<", ">>").Option("missingkey=error").Funcs(template.FuncMap{
		"quote":  strconv.Quote, // the inputs are plain text, for which Go's quotes are YAML's
		"join":   func(items []string) string { return strings.Join(items, " ") },
		"script": script,
	}).ParseFS(sources, "templates/"+name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// script gives a script as the block of a step's "run", without the line that names its shell: the step does.
func script(name string) (string, error) {
	text, err := sources.ReadFile("scripts/" + name)
	if err != nil {
		return "", err
	}
	_, body, found := strings.Cut(string(text), "\n")
	if !found || !strings.HasPrefix(string(text), "#!") {
		return "", fmt.Errorf("%s does not start with its shell", name)
	}
	const indent = "        "
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSuffix(body, "\n")) {
		if line != "\n" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String(), nil
}

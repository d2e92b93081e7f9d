// Package cloudtest holds small clouds as values, and golden files, for the tests of what is computed from the model.
package cloudtest

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// File is a Locator that names each path below one value by a line of its own.
type File string

// Position gives the file with the path's last part in the name, so that a test sees which field was asked for.
func (f File) Position(path ...string) diag.Position {
	p := diag.Position{File: string(f)}
	for _, part := range path {
		p.File += "#" + part
	}
	return p
}

// Service makes a service of the layer platform.
func Service(name string, change func(*model.Service)) model.Service {
	s := model.Service{
		Name: name, Namespace: name, PodSecurity: "baseline", Layer: "platform",
		At: File("services/" + name), Source: "clusters/prod/cluster.cue",
	}
	s.Release.Timeout = "10m"
	if change != nil {
		change(&s)
	}
	return s
}

// Chart makes a chart of a repository.
func Chart(name, version, repository, url string) *model.Chart {
	c := &model.Chart{Name: name, Version: version}
	c.Repository.Name, c.Repository.URL = repository, url
	return c
}

// App makes an app that follows semantic versions.
func App(name string, change func(*model.App)) model.App {
	a := model.App{
		Name: name, Namespace: name, Release: "tag", Replicas: 1,
		At: File("applications/" + name + "/app.cue"), Source: "applications/" + name + "/app.cue",
		Image: model.AppImage{
			Version: "1.0.0", Range: ">=1.0.0", Repository: "registry.example.org/" + name,
		},
	}
	a.Security.User = 10001
	a.Probes.StartSeconds = 60
	if change != nil {
		change(&a)
	}
	return a
}

// Inputs makes a cloud of services and apps around one cluster "prod".
func Inputs(services []model.Service, apps []model.App) *model.Inputs {
	in := &model.Inputs{SchemaVersion: 1, Apps: apps}
	in.Cloud = model.Cloud{
		Domain: "example.org", ACMEEmail: "ops@example.org", At: File("cloud.cue"), Source: "cloud.cue",
		Git:      model.Git{URL: "ssh://git@github.com/example/cloud", Branch: "main"},
		Registry: model.Registry{Host: "registry.example.org", User: "robot_user"},
	}
	in.Cloud.Git.Author.Name = "fluxcdbot"
	in.Cloud.Git.Author.Email = "fluxcdbot@users.noreply.github.com"
	in.Cloud.Secrets.Mode = model.SecretsTerraform
	in.Cluster = model.Cluster{
		Name: "prod", Services: services, At: File("clusters/prod/cluster.cue"), Source: "clusters/prod/cluster.cue",
		Flux: model.Flux{Version: "2.9.5", Interval: "1m"},
	}
	return in
}

// Manifest makes a manifest; namespace may be empty.
func Manifest(apiVersion, kind, namespace, name string, fields map[string]any) model.Manifest {
	metadata := map[string]any{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	m := model.Manifest{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	for key, value := range fields {
		m[key] = value
	}
	return m
}

// Small is a cloud with one of everything: storage in the layer infrastructure, a service with custom resources of its
// own, one without a chart that something else makes ready, a stateful one with a secret, and apps of each kind.
func Small() *model.Inputs {
	services := []model.Service{
		Service("certificates", func(s *model.Service) {
			s.PodSecurity = "restricted"
			s.Chart = Chart("certificates", "v1.2.3", "example", "oci://registry.example.net/charts")
			s.Values = map[string]any{"crds": map[string]any{"enabled": true}}
			s.Brings.Capabilities = []string{"certificates"}
			s.Brings.Groups = []string{"cert-manager.io"}
			s.Objects = map[string][]model.Manifest{"clusterissuers.yaml": {
				Manifest("cert-manager.io/v1", "ClusterIssuer", "", "production", map[string]any{"spec": map[string]any{}}),
			}}
		}),
		Service("database", func(s *model.Service) {
			s.Chart = Chart("database", "4.5.6", "database", "https://charts.example.net/database")
			s.Release.Stateful = true
			s.Release.Timeout = "15m"
			s.Needs = []string{"storage"}
			s.Brings.Capabilities = []string{"database"}
			s.Secrets = map[string]model.ServiceSecret{"database_password": {What: "the password of the administrator"}}
			s.Objects = map[string][]model.Manifest{
				"secret-auth.yaml": {Manifest("v1", "Secret", "database", "auth", map[string]any{
					"stringData": map[string]any{"password": "${database_password}"},
				})},
				"scripts.yaml": {Manifest("v1", "ConfigMap", "database", "scripts", map[string]any{
					"data": map[string]any{"dump.sh": "#!/bin/sh\nset -eu\npg_dump \"${1}\"\n"},
				})},
			}
		}),
		Service("gateway", func(s *model.Service) {
			s.Namespace = "kube-system"
			s.Brings.Capabilities = []string{"ingress"}
			s.Brings.Groups = []string{"traefik.io"}
			s.Objects = map[string][]model.Manifest{"helmchartconfig.yaml": {
				Manifest("helm.cattle.io/v1", "HelmChartConfig", "kube-system", "gateway",
					map[string]any{"spec": map[string]any{"failurePolicy": "retry"}}),
			}}
			s.Health = []model.ObjectRef{{APIVersion: "apps/v1", Kind: "Deployment", Name: "gateway", Namespace: "kube-system"}}
		}),
		Service("storage", func(s *model.Service) {
			s.Layer, s.PodSecurity = "infrastructure", "privileged"
			s.Release.Stateful = true
			s.Chart = Chart("storage", "1.0.0", "storage", "https://charts.example.net/storage")
			s.Brings.Capabilities = []string{"storage"}
		}),
	}
	apps := []model.App{
		App("batch", func(a *model.App) { a.Release, a.Image.Version = "commit", "1700000000-0123456" }),
		App("legacy", func(a *model.App) {
			a.Security.User = 0
			a.Image.Pin = true
			a.Image.Repository = "docker.io/library/legacy"
		}),
		App("shop", func(a *model.App) {
			a.Host, a.Port = "shop.example.org", 8080
			a.Database = &model.Database{Name: "shop"}
			a.Secrets = map[string]model.AppSecret{"payment": {Keys: []string{"token"}}}
		}),
	}
	return Inputs(services, apps)
}

// Reversed gives the same cloud with its services and apps in the opposite order.
func Reversed(in *model.Inputs) *model.Inputs {
	out := *in
	out.Apps = slices.Clone(in.Apps)
	out.Cluster.Services = slices.Clone(in.Cluster.Services)
	slices.Reverse(out.Apps)
	slices.Reverse(out.Cluster.Services)
	return &out
}

// Archive writes the files as one text in the format txtar, sorted by path.
func Archive(files []tree.File) []byte {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b tree.File) int { return cmp.Compare(a.Path, b.Path) })
	var out bytes.Buffer
	for _, f := range sorted {
		fmt.Fprintf(&out, "-- %s --\n# from %s\n%s", f.Path, f.Source, f.Content)
	}
	return out.Bytes()
}

// Golden compares the files with testdata/<name>.txtar, or writes it with -update.
func Golden(t *testing.T, name string, files []tree.File) {
	t.Helper()
	file := filepath.Join("testdata", name+".txtar")
	got := Archive(files)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what is rendered; run the test with -update and look at the difference\n%s", file, got)
	}
}

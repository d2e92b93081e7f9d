// Package service renders the platform: for each service <layer>/<name>/ with its HelmRelease and its objects, and
// platform/helmrepositories/ with the repositories of the charts.
package service

import (
	"maps"
	"path"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// Files renders the services of the cluster. An error holds the findings that keep them from being rendered.
func Files(in *model.Inputs) ([]tree.File, error) {
	units, findings := unit.Units(in)
	if findings.Count(diag.Error) > 0 {
		return nil, findings
	}
	apis, err := unit.APIsOf(in.Cluster.Flux.Version)
	if err != nil {
		return nil, err
	}
	var out []tree.File
	for i := range units {
		u := &units[i]
		var files []tree.File
		var err error
		switch u.Kind {
		case unit.HelmRepositories:
			files, err = repositories(in, apis, u)
		case unit.Service, unit.ServiceConfig:
			files, err = folder(in, apis, u)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}

// folder renders one unit of a service.
func folder(in *model.Inputs, apis unit.APIs, u *unit.Unit) ([]tree.File, error) {
	d := directory{path: u.Path, source: u.Service.Source}
	if u.HasChart() {
		d.add("helmrelease.yaml", release(u, apis, in.Cloud.Secrets.Mode))
	}
	rest := u.Objects
	if in.Cloud.Secrets.Mode == model.SecretsSOPS {
		var sealed map[string][]model.Manifest
		sealed, rest = secret.Sealed(u)
		// People keep these files, encrypted; they are only listed.
		d.names = slices.AppendSeq(d.names, maps.Keys(sealed))
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		docs := make([]any, 0, len(rest[name]))
		for _, o := range rest[name] {
			if err := unfilled(in, u.Service, o); err != nil {
				return nil, err
			}
			docs = append(docs, protect(u, in.Cloud.Secrets.Mode, o))
		}
		d.add(name, docs...)
	}
	return d.files()
}

// unfilled refuses, in mode "sops", a ${key} outside of a Secret: nothing would fill it in.
func unfilled(in *model.Inputs, s *model.Service, value any) error {
	if in.Cloud.Secrets.Mode != model.SecretsSOPS || !unit.Mentions(s, value) {
		return nil
	}
	var at diag.Position
	if s.At != nil {
		at = s.At.Position("objects")
	}
	return diag.Findings{diag.Errorf("unfilled-secret", at,
		"service %q uses a secret outside of a Secret, which secrets.mode %q cannot fill in", s.Name, model.SecretsSOPS).
		WithHint("put the value into a Secret, and refer to that Secret")}
}

// directory collects the files of one folder with a kustomization.yaml.
type directory struct {
	path, source string
	names        []string
	rendered     []tree.File
	err          error
}

func (d *directory) add(name string, docs ...any) {
	d.names = append(d.names, name)
	d.write(name, docs...)
}

func (d *directory) write(name string, docs ...any) {
	content, err := kube.Encode(docs...)
	if err != nil && d.err == nil {
		d.err = err
	}
	d.rendered = append(d.rendered, tree.File{Path: path.Join(d.path, name), Content: content, Source: d.source})
}

func (d *directory) files() ([]tree.File, error) {
	slices.Sort(d.names)
	d.write("kustomization.yaml", kube.M(
		"apiVersion", "kustomize.config.k8s.io/v1beta1", "kind", "Kustomization", "resources", d.names))
	return d.rendered, d.err
}

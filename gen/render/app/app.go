// Package app renders one app to applications/<name>/: a Helm chart, its values, the HelmRelease that installs it and
// what the app needs beside the chart (Secrets, the Job that makes its database, manifests of its own).
//
// The chart's templates are the same text for every app; what differs is in values.yaml.
package app

import (
	"path"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// dir is where an app's files go.
const dir = "applications"

// neverSubstitute keeps Flux's postBuild substitution away from an object: what looks like ${variable} in it is the
// app's own. (https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution)
const neverSubstitute = "kustomize.toolkit.fluxcd.io/substitute"

// Files gives the files of one app, a function of s and a alone. It relies on what gen/check and gen/unit have judged. An
// error that is diag.Findings says what of the inputs no right file can be made from.
func Files(s *model.Shared, a *model.App) ([]tree.File, error) {
	values, err := effectiveValues(s, a)
	if err != nil {
		return nil, err
	}
	f := &folder{app: a}
	f.chart()
	f.encode("values.yaml", "", values)

	var resources []string
	resource := func(name, comment string, docs ...any) {
		if len(docs) > 0 {
			resources = append(resources, name)
			f.encode(name, comment, docs...)
		}
	}
	if a.Database != nil {
		docs, err := databaseObjects(s, a)
		if err != nil {
			return nil, err
		}
		resource("database.yaml", databaseComment, docs...)
	}
	resource("helmrelease.yaml", "", helmRelease(a))
	resource("objects.yaml", "", ownObjects(a)...)
	if s.Cloud.Secrets.Mode == model.SecretsSOPS {
		resources = append(resources, sopsFiles(a)...)
	} else {
		resource("secrets.yaml", secretsComment, secretObjects(a)...)
	}
	f.encode("kustomization.yaml", "", kustomization(a, resources))
	return f.files, f.err
}

// folder collects the files of one app.
type folder struct {
	app   *model.App
	files []tree.File
	err   error
}

func (f *folder) add(name string, content []byte) {
	f.files = append(f.files, tree.File{
		Path:    path.Join(dir, f.app.Name, name),
		Content: content,
		Source:  f.app.Source,
	})
}

// encode adds a YAML file with docs under comment, which holds whole lines with their "#".
func (f *folder) encode(name, comment string, docs ...any) {
	content, err := kube.Encode(docs...)
	if err != nil {
		if f.err == nil {
			f.err = refuse(f.app, nil, "%s of app %q: %v", name, f.app.Name, err)
		}
		return
	}
	f.add(name, append([]byte(comment), content...))
}

// refuse is the error for inputs that no right file can be made from.
func refuse(a *model.App, path []string, format string, args ...any) error {
	return diag.Findings{diag.Errorf("chart-values", position(a, path...), format, args...)}
}

// position is the place of the inputs that set the value at path below the app.
func position(a *model.App, path ...string) diag.Position {
	if a.At == nil {
		return diag.Position{File: a.Source}
	}
	return a.At.Position(path...)
}

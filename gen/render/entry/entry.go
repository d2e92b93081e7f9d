// Package entry renders clusters/<name>/, the folder that Flux starts from: the sources, the Namespaces and one Flux
// Kustomization per unit. It applies itself, so that a change of the order is a commit like any other.
package entry

import (
	"path"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/flux"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// Files renders the entry point of the cluster. An error holds the findings that keep its units from being ordered.
func Files(in *model.Inputs) ([]tree.File, error) {
	units, findings := unit.Units(in)
	if findings.Count(diag.Error) > 0 {
		return nil, findings
	}
	apis, err := unit.APIsOf(in.Cluster.Flux.Version)
	if err != nil {
		return nil, err
	}
	r := renderer{in: in, apis: apis, folder: flux.Folder(in)}
	r.file("flux-system.yaml", in.Cluster.Source, []kube.Map{flux.Entry(in, apis), r.releases()})
	r.file("sources.yaml", in.Cloud.Source, []kube.Map{flux.GitRepository(in, apis), r.fluxManifests()})
	r.file("namespaces.yaml", in.Cluster.Source, namespaces(in))
	var infrastructure, platform, apps []kube.Map
	for i := range units {
		u := &units[i]
		switch {
		case u.Kind == unit.App:
			apps = append(apps, r.unit(u))
		case u.InInfrastructure():
			infrastructure = append(infrastructure, r.unit(u))
		default:
			platform = append(platform, r.unit(u))
		}
	}
	r.file("infrastructure.yaml", in.Cluster.Source, infrastructure)
	r.file("platform.yaml", in.Cluster.Source, platform)
	r.file("apps.yaml", in.Cluster.Source, apps)
	r.kustomization()
	return r.files, r.err
}

type renderer struct {
	in     *model.Inputs
	apis   unit.APIs
	folder string
	names  []string
	files  []tree.File
	err    error
}

// file renders the objects to one file. Without objects there is no file: kustomize refuses an empty one.
func (r *renderer) file(name, source string, objects []kube.Map) {
	if len(objects) == 0 || r.err != nil {
		return
	}
	docs := make([]any, len(objects))
	for i, o := range objects {
		docs[i] = o
	}
	content, err := kube.Encode(docs...)
	if err != nil {
		r.err = err
		return
	}
	r.names = append(r.names, name)
	r.files = append(r.files, tree.File{Path: path.Join(r.folder, name), Content: content, Source: source})
}

func (r *renderer) kustomization() {
	names := r.names
	r.file("kustomization.yaml", r.in.Cluster.Source, []kube.Map{kube.M(
		"apiVersion", "kustomize.config.k8s.io/v1beta1", "kind", "Kustomization", "resources", names)})
}

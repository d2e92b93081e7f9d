package simulate

import (
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/kustomize"
)

// preparedBy finds what installs charts and namespaces before Flux starts, such as a helmfile, Terraform's resources for
// Helm and Kubernetes, or a folder of CRDs to bootstrap the cluster with; "" when nothing in the repository does. What it
// brings is not known here.
func (s *Simulator) preparedBy() string {
	for _, name := range s.tree.Files() {
		ext := path.Ext(name)
		switch {
		case strings.Contains("/"+name, "/bootstrap/") && strings.Contains(name, "crds") && kustomize.IsKustomization(name):
			return name // applied by hand
		case strings.Contains(name, "helmfile") && (ext == ".yaml" || ext == ".yml" || ext == ".gotmpl"):
			return name
		case ext == ".tf" && !s.foreign(name):
			content, err := s.tree.Read(name)
			if err == nil && (strings.Contains(string(content), `resource "helm_release"`) || strings.Contains(string(content), `resource "kubernetes_`) || strings.Contains(string(content), `resource "kubectl_`)) {
				return name
			}
		}
	}
	return ""
}

package simulate

import (
	"path"
	"strings"
)

// preparedBy finds what installs charts and namespaces before Flux starts, such as a helmfile or Terraform's resources for
// Helm and Kubernetes; "" when nothing in the repository does. What it brings is not known here.
func (s *Simulator) preparedBy() string {
	for _, name := range s.tree.Files() {
		ext := path.Ext(name)
		switch {
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

package check

import (
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// reservedNamespaces belong to Kubernetes, k3s and Flux.
func reservedNamespace(name string) bool {
	return strings.HasPrefix(name, "kube-") || name == "default" || name == "flux-system"
}

// reservedUnits are the Flux Kustomizations that exist in every cloud besides those of services and apps.
func reservedUnit(name string) bool {
	return name == "flux" || name == "flux-system" || name == "helmrepositories" || strings.HasPrefix(name, "image-automation")
}

// names checks what apps and services are called: each is a Flux Kustomization in flux-system and mostly a Namespace.
func (c *checker) names() {
	services := map[string]diag.Position{}
	namespaces := map[string]string{}
	for _, s := range c.in.Cluster.Services {
		at := s.At.Position()
		services[s.Name] = at
		namespaces[s.Namespace] = s.Name
		if reservedUnit(s.Name) || strings.HasSuffix(s.Name, "-config") {
			f := c.errorf(ruleName, at, "a service cannot be called %q: the Flux Kustomization of that name belongs to lvsgen", s.Name)
			hint(f, "choose another name")
		}
	}
	for i := range c.in.Apps {
		a := &c.in.Apps[i]
		at := a.At.Position()
		base := strings.TrimSuffix(a.Name, "-config")
		switch {
		case reservedUnit(a.Name), reservedNamespace(a.Name):
			hint(c.errorf(ruleName, at, "an app cannot be called %q: the name belongs to the platform", a.Name), "choose another name, and set image.repository if the image keeps this one")
		case services[a.Name].File != "" || services[base].File != "":
			f := c.errorf(ruleName, at, "an app cannot be called %q: a service of the cluster has that name", a.Name)
			related(f, services[base], "the service")
			hint(f, "rename the app: both would be the Flux Kustomization %q", a.Name)
		}
		if a.Namespace != a.Name || namespaces[a.Namespace] != "" {
			c.appNamespace(a.Namespace, namespaces[a.Namespace], a.At.Position("namespace"))
		}
	}
}

func (c *checker) appNamespace(namespace, service string, at diag.Position) {
	switch {
	case reservedNamespace(namespace):
		hint(c.errorf(ruleName, at, "an app cannot live in namespace %q: it belongs to Kubernetes or Flux", namespace), "leave namespace out: the app gets one of its own")
	case service != "":
		hint(c.errorf(ruleName, at, "an app cannot live in namespace %q: it is that of service %q, whose secrets it could read", namespace, service), "leave namespace out: the app gets one of its own")
	}
}

package check

import "strings"

// reservedNamespace tells whether a Namespace belongs to Kubernetes, k3s and Flux.
func reservedNamespace(name string) bool {
	return strings.HasPrefix(name, "kube-") || name == "default" || name == "flux-system"
}

// names checks the Namespaces of apps. That no two parts are one Flux Kustomization is gen/unit's to say.
func (c *checker) names() {
	services := map[string]string{}
	for _, s := range c.in.Cluster.Services {
		services[s.Namespace] = s.Name
	}
	for i := range c.in.Apps {
		a := &c.in.Apps[i]
		service := services[a.Namespace]
		own := a.Namespace == a.Name
		switch {
		case own && reservedNamespace(a.Name) && a.Name != "flux-system":
			hint(c.errorf(ruleName, a.At.Position(), "an app cannot be called %q: the Namespace of that name belongs to Kubernetes", a.Name),
				"choose another name, and set image.repository if the image keeps this one")
		case own && service != "" && service != a.Name:
			hint(c.errorf(ruleName, a.At.Position(), "an app cannot be called %q: the Namespace of that name is that of service %q", a.Name, service),
				"choose another name, and set image.repository if the image keeps this one")
		case !own && reservedNamespace(a.Namespace):
			hint(c.errorf(ruleName, a.At.Position("namespace"), "an app cannot live in namespace %q: it belongs to Kubernetes or Flux", a.Namespace),
				"leave namespace out: the app gets one of its own")
		case !own && service != "":
			hint(c.errorf(ruleName, a.At.Position("namespace"), "an app cannot live in namespace %q: it is that of service %q, whose secrets it could read", a.Namespace, service),
				"leave namespace out: the app gets one of its own")
		}
	}
}

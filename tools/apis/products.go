package main

// A product is what defines kinds of its own, in one or more releases.
type product struct {
	name     string
	releases []release // oldest first
}

// A release is a version of a product as people name it: a minor version where several are kept.
type release struct {
	name    string
	sources []source
}

// crdPins is where the accept test pins the modules whose CustomResourceDefinitions it installs. What is there has no
// second pin, so that both always look at the same version.
const crdPins = "test/crds"

// crdBases is where projects made with kubebuilder keep what controller-gen writes.
const crdBases = "config/crd/bases/*.yaml"

// products is what the catalog knows, from where. Kubernetes: the three newest minor versions. Flux: the minor versions
// that lvsgen renders for; from the types of the API modules, because not every controller's own module can be had.
var products = []product{
	{"kubernetes", []release{
		{"1.35", []source{kubernetes{"tools/apis/pins/kubernetes-1.35", 35}}},
		{"1.36", []source{kubernetes{"tools/apis/pins/kubernetes-1.36", 36}}},
		{"1.37", []source{kubernetes{"tools/apis/pins/kubernetes-1.37", 37}}},
	}},
	{"flux", []release{
		{"2.8", []source{fluxTypes("2.8")}},
		{"2.9", []source{
			crds{crdPins, "github.com/fluxcd/helm-controller", crdBases},
			crds{crdPins, "github.com/fluxcd/image-automation-controller", crdBases},
			crds{crdPins, "github.com/fluxcd/image-reflector-controller", crdBases},
			crds{crdPins, "github.com/fluxcd/kustomize-controller", crdBases},
			crds{crdPins, "github.com/fluxcd/notification-controller", crdBases},
			crds{crdPins, "github.com/fluxcd/source-controller", crdBases},
			types{"tools/apis/pins/flux-2.9", []string{"github.com/fluxcd/source-watcher/api/v2"}, "..."},
		}},
		{"2.10", []source{fluxTypes("2.10")}},
	}},
	single("cert-manager", "1.21", crds{crdPins, "github.com/cert-manager/cert-manager", "deploy/crds/*.yaml"}),
	single("cloudnative-pg", "1.30",
		crds{crdPins, "github.com/cloudnative-pg/cloudnative-pg", crdBases},
		crds{crdPins, "github.com/cloudnative-pg/plugin-barman-cloud", crdBases}),
	single("gateway-api", "1.6", crds{"tools/apis/pins/gateway-api", "sigs.k8s.io/gateway-api", "config/crd/standard/*.yaml"}),
	single("k3s", "1.36",
		crds{crdPins, "github.com/k3s-io/helm-controller", "pkg/crds/yaml/generated/*.yaml"},
		types{"tools/apis/pins/k3s", []string{"github.com/k3s-io/api"}, "k3s.cattle.io/..."}),
	single("longhorn", "1.12", crds{crdPins, "github.com/longhorn/longhorn-manager", "k8s/crds.yaml"}),
	single("prometheus-operator", "0.95",
		types{"tools/apis/pins/prometheus-operator", []string{"github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring"}, "..."}),
	single("system-upgrade-controller", "0.20",
		crds{crdPins, "github.com/rancher/system-upgrade-controller", "pkg/crds/yaml/generated/*.yaml"}),
	single("traefik", "3.7",
		crds{crdPins, "github.com/traefik/traefik/v3", "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml"}),
}

// single is a product of which one release is kept.
func single(name, version string, sources ...source) product {
	return product{name, []release{{version, sources}}}
}

// fluxTypes are the kinds of a Flux release by the types of its controllers' API modules.
func fluxTypes(version string) source {
	return types{"tools/apis/pins/flux-" + version, []string{
		"github.com/fluxcd/helm-controller/api",
		"github.com/fluxcd/image-automation-controller/api",
		"github.com/fluxcd/image-reflector-controller/api",
		"github.com/fluxcd/kustomize-controller/api",
		"github.com/fluxcd/notification-controller/api",
		"github.com/fluxcd/source-controller/api",
		"github.com/fluxcd/source-watcher/api/v2",
	}, "..."}
}

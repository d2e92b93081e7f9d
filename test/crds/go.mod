// The modules whose CustomResourceDefinitions the accept test installs. Nothing
// here is compiled: the test asks the go command where each module lies.
module github.com/lvs-cloud/lvsgen/test/crds

go 1.26.0

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/cloudnative-pg/cloudnative-pg v1.30.0
	github.com/cloudnative-pg/plugin-barman-cloud v0.15.0
	github.com/fluxcd/helm-controller v1.6.4
	github.com/fluxcd/image-automation-controller v1.2.4
	github.com/fluxcd/image-reflector-controller v1.2.4
	github.com/fluxcd/kustomize-controller v1.9.5
	github.com/fluxcd/notification-controller v1.9.3
	github.com/fluxcd/source-controller v1.9.6
	github.com/k3s-io/helm-controller v0.17.9 // HelmChart and HelmChartConfig, which k3s brings itself
	github.com/longhorn/longhorn-manager v1.12.0 // the CRDs of 1.12
	github.com/rancher/system-upgrade-controller v0.20.1
	github.com/traefik/traefik/v3 v3.7.11 // k3s 1.36 brings 3.7: the same CRDs
)

// Package facts is what is known of others' products: the API groups of Kubernetes and k3s, and what charts bring. It is
// data with dates; what is not in it is unknown, never absent.
package facts

import "strings"

// Builtin tells whether an API group is Kubernetes' own (1.34 to 1.37).
func Builtin(group string) bool {
	return group == "" || builtin[group]
}

var builtin = set(
	"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "authentication.k8s.io",
	"authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io",
	"events.k8s.io", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io",
	"policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
	"storagemigration.k8s.io", "metrics.k8s.io",
)

// Flux tells whether a group is Flux's own: its CRDs are there before anything else.
func Flux(group string) bool { return strings.HasSuffix(group, ".toolkit.fluxcd.io") }

// K3s tells whether k3s itself brings a group, a while after it has started: its Helm controller, and Traefik unless it
// is disabled (docs.k3s.io, "Packaged Components", 2026).
func K3s(group string) bool {
	return group == "helm.cattle.io" || group == "k3s.cattle.io" || group == "traefik.io" || group == "hub.traefik.io"
}

// ChartGroups are the API groups whose CRDs a chart installs, by the chart's name; nil when the chart is not known. Read
// in the charts at the versions of the catalog and in the projects' documentation, November 2026.
func ChartGroups(chart string) []string { return charts[chart] }

var charts = map[string][]string{
	"cert-manager":                    {"acme.cert-manager.io", "cert-manager.io"},
	"cloudnative-pg":                  {"postgresql.cnpg.io"},
	"cluster":                         {},
	"external-dns":                    {},
	"external-secrets":                {"external-secrets.io", "generators.external-secrets.io"},
	"grafana":                         {},
	"ingress-nginx":                   {},
	"keda":                            {"eventing.keda.sh", "keda.sh"},
	"kube-prometheus-stack":           {"monitoring.coreos.com"},
	"kube-state-metrics":              {},
	"kyverno":                         {"kyverno.io", "policies.kyverno.io", "reports.kyverno.io", "wgpolicyk8s.io"},
	"loki":                            {},
	"longhorn":                        {"longhorn.io"},
	"metallb":                         {"metallb.io"},
	"metrics-server":                  {},
	"plugin-barman-cloud":             {"barmancloud.cnpg.io"},
	"postgresql":                      {},
	"prometheus":                      {},
	"prometheus-operator-crds":        {"monitoring.coreos.com"},
	"redis":                           {},
	"sealed-secrets":                  {"bitnami.com"},
	"snapshot-controller":             {"groupsnapshot.storage.k8s.io", "snapshot.storage.k8s.io"},
	"tempo":                           {},
	"traefik":                         {"hub.traefik.io", "traefik.io"},
	"trust-manager":                   {"trust.cert-manager.io"},
	"velero":                          {"velero.io"},
	"victoria-metrics-operator":       {"operator.victoriametrics.com"},
	"alloy":                           {"collectors.grafana.com"},
	"grafana-operator":                {"grafana.integreatly.org"},
	"rook-ceph":                       {"ceph.rook.io", "objectbucket.io", "csi.ceph.io"},
	"cilium":                          {"cilium.io"},
	"democratic-csi":                  {},
	"reloader":                        {},
	"vault":                           {},
	"mimir-distributed":               {"rollout-operator.grafana.com"},
	"node-feature-discovery":          {"nfd.k8s-sigs.io"},
	"opentelemetry-operator":          {"opentelemetry.io"},
	"kubernetes-replicator":           {},
	"system-upgrade-controller":       {"upgrade.cattle.io"},
	"csi-driver-nfs":                  {},
	"actions-runner-controller":       {"actions.summerwind.dev"},
	"gha-runner-scale-set-controller": {"actions.github.com"},
}

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		m[name] = true
	}
	return m
}

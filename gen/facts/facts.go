// Package facts is what is known of others' products: the API groups of Kubernetes and k3s, and what charts bring. It is
// data with dates; what is not in it is unknown, never absent.
package facts

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

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

// Network tells whether a group belongs to what connects the pods of a cluster: Flux's own pods need it, so that it is
// there before Flux, also when Flux looks after it later (docs.cilium.io and docs.tigera.io, installation, 2026).
func Network(group string) bool {
	return group == "cilium.io" || group == "operator.tigera.io" || strings.HasSuffix(group, "projectcalico.org")
}

// ChartGroups are the API groups whose CRDs a chart installs, by the chart's name; nil when the chart is not known. Read
// in the charts at the versions of the catalog and in the projects' documentation, November 2026.
func ChartGroups(chart string) []string { return charts[chart] }

// ReleaseName says what is wrong with the name of a Helm release, "" when Helm takes it (helm.sh/helm/v3/pkg/chartutil,
// ValidateReleaseName).
func ReleaseName(name string) string {
	switch {
	case len(name) > maxReleaseName:
		return fmt.Sprintf("has %d characters; Helm takes %d", len(name), maxReleaseName)
	case !releaseName.MatchString(name):
		return "is none that Helm takes: small letters, digits, - and . only, with a letter or digit at both ends"
	}
	return ""
}

const maxReleaseName = 53

var releaseName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// ChartProduct tells which release of a product a version of a chart installs: "longhorn", "1.11.0". Both are "" when that is
// not known. Of some charts the version is the product's own (cert-manager, Longhorn), of Traefik's the product's major is
// known: 28 is the first with Traefik 3 (its change log).
func ChartProduct(chart, version string) (product, release string) {
	switch chart {
	case "cert-manager", "longhorn":
		return chart, version
	case "traefik":
		major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
		if n, err := strconv.Atoi(major); err == nil && n < 28 {
			return "traefik", "2.11"
		}
	}
	return "", ""
}

// Removed tells whether a group is gone from Kubernetes or from a product that k3s brings: its objects have a new group.
func Removed(group string) bool { return group == "extensions" || group == "traefik.containo.us" }

// Switch is a value of a chart that turns its CRDs on or off.
type Switch struct {
	Path    []any
	Default bool
}

// ChartSwitches are the values that turn the CRDs of a chart on: one of them is enough. A chart without brings them always.
// Those of the catalog's charts were read in their values.yaml, November 2026; the others are not verified.
func ChartSwitches(chart string) []Switch { return switches[chart] }

var switches = map[string][]Switch{
	"cert-manager":           {{Path: []any{"crds", "enabled"}}, {Path: []any{"installCRDs"}}},
	"cloudnative-pg":         {{Path: []any{"crds", "create"}, Default: true}},
	"external-secrets":       {{Path: []any{"installCRDs"}, Default: true}},
	"keda":                   {{Path: []any{"crds", "install"}, Default: true}},
	"kube-prometheus-stack":  {{Path: []any{"crds", "enabled"}, Default: true}},
	"kyverno":                {{Path: []any{"crds", "install"}, Default: true}},
	"metallb":                {{Path: []any{"crds", "enabled"}, Default: true}},
	"opentelemetry-operator": {{Path: []any{"crds", "create"}, Default: true}},
	"plugin-barman-cloud":    {{Path: []any{"crds", "create"}, Default: true}},
	"rook-ceph":              {{Path: []any{"crds", "enabled"}, Default: true}},
	"trust-manager":          {{Path: []any{"crds", "enabled"}, Default: true}},
}

// Dead is a value that a chart does not read, though people write it.
type Dead struct {
	Path []any
	// Since is the first version of the chart that does not read it; "" for all versions.
	Since string
	// Instead is the value that the chart reads.
	Instead string
}

// DeadValues are values that a chart passes over, by the chart's name. From the charts' values.yaml and release notes,
// November 2026.
func DeadValues(chart string) []Dead { return dead[chart] }

var dead = map[string][]Dead{
	"cert-manager": {
		{Path: []any{"crds", "create"}, Instead: "crds.enabled"},
		{Path: []any{"crds", "install"}, Instead: "crds.enabled"},
	},
	"grafana": {
		{Path: []any{"admin", "secretName"}, Instead: "admin.existingSecret"},
		{Path: []any{"admin", "secret"}, Instead: "admin.existingSecret"},
		{Path: []any{"existingSecret"}, Instead: "admin.existingSecret"},
	},
	"longhorn": {
		{Path: []any{"defaultSettings", "backupTarget"}, Since: "1.8.0", Instead: "defaultBackupStore.backupTarget"},
		{Path: []any{"defaultSettings", "backupTargetCredentialSecret"}, Since: "1.8.0", Instead: "defaultBackupStore.backupTargetCredentialSecret"},
		{Path: []any{"defaultSettings", "backupstorePollInterval"}, Since: "1.8.0", Instead: "defaultBackupStore.pollInterval"},
		{Path: []any{"backupTarget"}, Instead: "defaultBackupStore.backupTarget"},
		{Path: []any{"defaultClass"}, Instead: "persistence.defaultClass"},
		{Path: []any{"defaultClassReplicaCount"}, Instead: "persistence.defaultClassReplicaCount"},
		{Path: []any{"defaultDataPath"}, Instead: "defaultSettings.defaultDataPath"},
		{Path: []any{"defaultReplicaCount"}, Instead: "defaultSettings.defaultReplicaCount"},
		{Path: []any{"reclaimPolicy"}, Instead: "persistence.reclaimPolicy"},
	},
}

// ImageGroups are the API groups whose CRDs a program makes when it runs, by the last part of its image's name.
func ImageGroups(image string) []string { return images[image] }

var images = map[string][]string{
	"system-upgrade-controller": {"upgrade.cattle.io"},
}

// MakesNoDeployment tells whether it is known that no controller of a group's objects makes Deployments, DaemonSets or
// StatefulSets.
func MakesNoDeployment(group string) bool { return Builtin(group) || Flux(group) || quiet[group] }

var quiet = set(
	"acme.cert-manager.io", "bitnami.com", "cert-manager.io", "cilium.io", "external-secrets.io", "longhorn.io",
	"metallb.io", "policies.kyverno.io", "kyverno.io", "snapshot.storage.k8s.io", "traefik.io", "trust.cert-manager.io",
	"upgrade.cattle.io",
)

var charts = map[string][]string{
	"app-template":                    {},
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

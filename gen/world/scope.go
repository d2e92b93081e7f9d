package world

// clusterScoped are the kinds without namespace by group: those of Kubernetes 1.36, and of the operators that small
// clouds run.
var clusterScoped = map[string]map[string]bool{
	"":                             set("ComponentStatus", "Namespace", "Node", "PersistentVolume"),
	"admissionregistration.k8s.io": set("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"),
	"apiextensions.k8s.io":         set("CustomResourceDefinition"),
	"apiregistration.k8s.io":       set("APIService"),
	"certificates.k8s.io":          set("CertificateSigningRequest", "ClusterTrustBundle"),
	"cert-manager.io":              set("ClusterIssuer"),
	"external-secrets.io":          set("ClusterExternalSecret", "ClusterSecretStore"),
	"flowcontrol.apiserver.k8s.io": set("FlowSchema", "PriorityLevelConfiguration"),
	"gateway.networking.k8s.io":    set("GatewayClass"),
	"networking.k8s.io":            set("IngressClass", "IPAddress", "ServiceCIDR"),
	"node.k8s.io":                  set("RuntimeClass"),
	"policy":                       set("PodSecurityPolicy"),
	"rbac.authorization.k8s.io":    set("ClusterRole", "ClusterRoleBinding"),
	"resource.k8s.io":              set("DeviceClass", "ResourceSlice"),
	"scheduling.k8s.io":            set("PriorityClass"),
	"snapshot.storage.k8s.io":      set("VolumeSnapshotClass", "VolumeSnapshotContent"),
	"storage.k8s.io":               set("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"),
}

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		m[name] = true
	}
	return m
}

// ClusterScoped tells whether objects of a kind belong to no namespace. Of a kind that is not known it is false.
func ClusterScoped(group, kind string) bool { return clusterScoped[group][kind] }

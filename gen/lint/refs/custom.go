package refs

import (
	"maps"
	"slices"
	"strings"
)

// issuerNamespace is where cert-manager looks for the Secrets of ClusterIssuers: its own namespace, as it is installed
// by default (cert-manager.io/docs/configuration, "Cluster Resource Namespace").
const issuerNamespace = "cert-manager"

// made are references to Secrets that the controller writes itself.
var made = []string{"privateKeySecretRef", "writeConnectionSecretToRef"}

// custom finds the Secrets that a custom resource names, by the names of the fields that the operators' APIs agree on.
func (c *collector) custom(v any, at []any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			below := join(at, key)
			if ref, ok := v[key].(map[string]any); ok && (secretField(key) || c.databaseSecret(key, below)) && text(ref, "name") != "" {
				c.secret(ref, below)
				continue
			}
			if key == "valuesFrom" || key == "values" || key == "template" || slices.Contains(made, key) {
				continue // rules of their own, or pods that an operator fills in
			}
			if ref, ok := v[key].(map[string]any); ok && strings.HasSuffix(key, "Credentials") {
				c.credentials(ref, below)
				continue
			}
			c.custom(v[key], below)
		}
	case []any:
		for i, item := range v {
			c.custom(item, join(at, i))
		}
	}
	if len(at) == 1 && c.from.Is("traefik.io", "Middleware") {
		for _, kind := range []string{"basicAuth", "digestAuth"} {
			c.add(Secret, c.from.Text("spec", kind, "secret"), path("spec", kind, "secret"), "", nil)
		}
	}
}

// secretField tells whether a field names a Secret: secretRef, secretKeyRef, certSecretRef, apiTokenSecretRef ...
func secretField(name string) bool {
	lower := strings.ToLower(name)
	return (strings.HasSuffix(lower, "secretref") || strings.HasSuffix(lower, "secretkeyref")) && !slices.Contains(made, name)
}

// databaseSecret tells whether a field of a CloudNativePG Cluster names a Secret: the superuser's, the owner's, a role's.
func (c *collector) databaseSecret(name string, at []any) bool {
	return c.from.Is("postgresql.cnpg.io", "Cluster") && (name == "superuserSecret" || name == "passwordSecret" || name == "secret" && len(at) > 2 && at[1] == "bootstrap")
}

// credentials are the Secrets of an object store: each part is a name and a key (CloudNativePG's s3Credentials).
func (c *collector) credentials(parts map[string]any, at []any) {
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		if ref, ok := parts[part].(map[string]any); ok && text(ref, "name") != "" && text(ref, "key") != "" {
			c.secret(ref, join(at, part))
		}
	}
}

func (c *collector) secret(ref map[string]any, at []any) {
	namespace := text(ref, "namespace")
	switch {
	case ref["optional"] == true || text(ref, "kind") != "" && text(ref, "kind") != Secret:
		return
	case namespace == "" && c.from.Is("cert-manager.io", "ClusterIssuer"):
		namespace = issuerNamespace
	case namespace == "":
		namespace = c.from.Namespace
	}
	if namespace == "" {
		return // the operator decides where it looks
	}
	c.out = append(c.out, Reference{
		From: c.from, Kind: Secret, Namespace: namespace, Name: text(ref, "name"), At: join(at, "name"),
		Key: text(ref, "key"), KeyAt: join(at, "key"),
	})
}

// variables are the Secrets and ConfigMaps that a Flux Kustomization takes variables from.
func (c *collector) variables() {
	if !c.from.Is("kustomize.toolkit.fluxcd.io", "Kustomization") {
		return
	}
	for i, item := range c.from.List("spec", "postBuild", "substituteFrom") {
		if m, _ := item.(map[string]any); m["optional"] != true && (text(item, "kind") == Secret || text(item, "kind") == ConfigMap) {
			c.add(text(item, "kind"), text(item, "name"), path("spec", "postBuild", "substituteFrom", i, "name"), "", nil)
		}
	}
}

// accounts are the ServiceAccounts that Flux and the upgrade controller act as. One for another cluster is there.
func (c *collector) accounts() {
	if c.from.Map("spec", "kubeConfig") != nil {
		return
	}
	if strings.HasSuffix(c.from.Group, ".toolkit.fluxcd.io") || c.from.Is("upgrade.cattle.io", "Plan") {
		c.add(ServiceAccount, c.from.Text("spec", "serviceAccountName"), path("spec", "serviceAccountName"), "", nil)
	}
}

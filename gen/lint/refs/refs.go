// Package refs knows which objects name others: what pods need to start, and the references of the custom resources that
// small clouds use. Rules ask it instead of walking through objects themselves.
package refs

import (
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Reference is one object that names another of the core API.
type Reference struct {
	// From is the object that holds the reference.
	From *world.Object
	// Kind is what is named: Secret, ConfigMap, ServiceAccount or PersistentVolumeClaim.
	Kind            string
	Namespace, Name string
	// At is the path of the name.
	At []any
	// Pull tells that it is what images are pulled with: a pod starts without it when its registry is open to all.
	Pull bool
	// Key is the entry of the Secret or ConfigMap that is asked for, at the path KeyAt; "" for all of it.
	Key   string
	KeyAt []any
}

// The kinds of references.
const (
	Secret         = "Secret"
	ConfigMap      = "ConfigMap"
	ServiceAccount = "ServiceAccount"
	Claim          = "PersistentVolumeClaim"
)

// Of gives the references of an object that must resolve: those that are optional are left out.
func Of(o *world.Object) []Reference {
	c := collector{from: o}
	for _, pod := range Pods(o) {
		c.pod(pod)
	}
	if o.Is("", ServiceAccount) {
		c.account()
	}
	if o.Kind == "RoleBinding" || o.Kind == "ClusterRoleBinding" {
		c.subjects()
	}
	if !builtin(o.Group) {
		c.custom(o.Map("spec"), path("spec"))
		c.variables()
		c.accounts()
	}
	return c.out
}

type collector struct {
	from *world.Object
	out  []Reference
}

func (c *collector) add(kind, name string, at []any, key string, keyAt []any) {
	if name != "" && c.from.Namespace != "" {
		c.out = append(c.out, Reference{From: c.from, Kind: kind, Namespace: c.from.Namespace, Name: name, At: at, Key: key, KeyAt: keyAt})
	}
}

// Pod is the template of pods in an object, or a Pod itself.
type Pod struct {
	// Path leads to the template: to what holds metadata and spec.
	Path []any
	Spec map[string]any
	// Labels are those of its pods.
	Labels map[string]any
}

// Pods gives the pod templates of an object.
func Pods(o *world.Object) []Pod {
	var at []any
	switch {
	case o.Is("", "Pod"):
	case o.Is("", "ReplicationController"), o.Is("batch", "Job"):
		at = path("spec", "template")
	case o.Group == "apps" && (o.Kind == "Deployment" || o.Kind == "StatefulSet" || o.Kind == "DaemonSet" || o.Kind == "ReplicaSet"):
		at = path("spec", "template")
	case o.Is("batch", "CronJob"):
		at = path("spec", "jobTemplate", "spec", "template")
	default:
		return nil
	}
	spec := o.Map(join(at, "spec")...)
	if spec == nil {
		return nil
	}
	return []Pod{{Path: at, Spec: spec, Labels: o.Map(join(at, "metadata", "labels")...)}}
}

func path(parts ...any) []any { return parts }

// join gives a new path below another.
func join(at []any, more ...any) []any {
	return append(append(make([]any, 0, len(at)+len(more)), at...), more...)
}

// Join gives the path of a part below another.
func Join(at []any, more ...any) []any { return join(at, more...) }

func (c *collector) pod(p Pod) {
	at := join(p.Path, "spec")
	c.add(ServiceAccount, text(p.Spec, "serviceAccountName"), join(at, "serviceAccountName"), "", nil)
	c.pull(p.Spec["imagePullSecrets"], join(at, "imagePullSecrets"))
	for i, volume := range list(p.Spec["volumes"]) {
		c.volume(volume, join(at, "volumes", i))
	}
	for _, field := range []string{"containers", "initContainers"} {
		for i, container := range list(p.Spec[field]) {
			c.container(container, join(at, field, i))
			c.parts(container, p.Spec["volumes"], join(at, field, i), join(at, "volumes"))
		}
	}
}

func (c *collector) pull(secrets any, at []any) {
	for i, item := range list(secrets) {
		before := len(c.out)
		c.add(Secret, text(item, "name"), join(at, i, "name"), "", nil)
		for n := range c.out[before:] {
			c.out[before+n].Pull = true
		}
	}
}

// account are the Secrets that a ServiceAccount gives to its pods.
func (c *collector) account() {
	c.pull(c.from.Fields["imagePullSecrets"], path("imagePullSecrets"))
}

// parts are the entries of Secrets and ConfigMaps that a container mounts alone, by subPath. Entries have no folders
// unless the volume says so by its items.
func (c *collector) parts(container, volumes any, at, above []any) {
	m, _ := container.(map[string]any)
	for i, mount := range list(m["volumeMounts"]) {
		part := text(mount, "subPath")
		if part == "" || strings.Contains(part, "/") {
			continue
		}
		for n, volume := range list(volumes) {
			if text(volume, "name") != text(mount, "name") {
				continue
			}
			keyAt := join(at, "volumeMounts", i, "subPath")
			c.part(Secret, mapping(volume, "secret"), join(above, n, "secret", "secretName"), part, keyAt)
			c.part(ConfigMap, mapping(volume, "configMap"), join(above, n, "configMap", "name"), part, keyAt)
		}
	}
}

func (c *collector) part(kind string, source map[string]any, at []any, key string, keyAt []any) {
	if source != nil && source["optional"] != true && source["items"] == nil {
		c.add(kind, text(source, at[len(at)-1].(string)), at, key, keyAt)
	}
}

func (c *collector) volume(volume any, at []any) {
	c.entries(Secret, "secretName", mapping(volume, "secret"), join(at, "secret"))
	c.entries(ConfigMap, "name", mapping(volume, "configMap"), join(at, "configMap"))
	claim := mapping(volume, "persistentVolumeClaim")
	c.add(Claim, text(claim, "claimName"), join(at, "persistentVolumeClaim", "claimName"), "", nil)
	for i, source := range list(mapping(volume, "projected")["sources"]) {
		below := join(at, "projected", "sources", i)
		c.entries(Secret, "name", mapping(source, "secret"), join(below, "secret"))
		c.entries(ConfigMap, "name", mapping(source, "configMap"), join(below, "configMap"))
	}
}

// entries takes a volume of a Secret or ConfigMap, with the keys that it asks for.
func (c *collector) entries(kind, nameField string, source map[string]any, at []any) {
	if source == nil || source["optional"] == true {
		return
	}
	name := text(source, nameField)
	items := list(source["items"])
	if len(items) == 0 {
		c.add(kind, name, join(at, nameField), "", nil)
	}
	for i, item := range items {
		c.add(kind, name, join(at, nameField), text(item, "key"), join(at, "items", i, "key"))
	}
}

func (c *collector) container(container any, at []any) {
	m, _ := container.(map[string]any)
	for i, item := range list(m["env"]) {
		from := mapping(item, "valueFrom")
		c.keyed(Secret, mapping(from, "secretKeyRef"), join(at, "env", i, "valueFrom", "secretKeyRef"))
		c.keyed(ConfigMap, mapping(from, "configMapKeyRef"), join(at, "env", i, "valueFrom", "configMapKeyRef"))
	}
	for i, item := range list(m["envFrom"]) {
		c.keyed(Secret, mapping(item, "secretRef"), join(at, "envFrom", i, "secretRef"))
		c.keyed(ConfigMap, mapping(item, "configMapRef"), join(at, "envFrom", i, "configMapRef"))
	}
}

func (c *collector) keyed(kind string, ref map[string]any, at []any) {
	if ref != nil && ref["optional"] != true {
		c.add(kind, text(ref, "name"), join(at, "name"), text(ref, "key"), join(at, "key"))
	}
}

// subjects are the ServiceAccounts of a binding.
func (c *collector) subjects() {
	for i, subject := range c.from.List("subjects") {
		namespace := text(subject, "namespace")
		if text(subject, "kind") == ServiceAccount && namespace != "" && text(subject, "name") != "" {
			c.out = append(c.out, Reference{
				From: c.from, Kind: ServiceAccount, Namespace: namespace, Name: text(subject, "name"), At: path("subjects", i, "name"),
			})
		}
	}
}

func text(v any, key string) string {
	m, _ := v.(map[string]any)
	s, _ := m[key].(string)
	return s
}

func mapping(v any, key string) map[string]any {
	m, _ := v.(map[string]any)
	below, _ := m[key].(map[string]any)
	return below
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// builtin tells whether a group is one of Kubernetes' own that hold no free references.
func builtin(group string) bool {
	return group == "" || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}

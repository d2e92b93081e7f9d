package secret

import (
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// Producers of Secrets, besides files in git, which are named by their path.
const (
	ByNode        = "the node"
	ByCertManager = "cert-manager"
	ByPerson      = "a person, by hand"
)

// Object is one Kubernetes Secret of the cloud.
type Object struct {
	Namespace, Name, Type string
	// Keys are sorted by name; nil when only the producer knows them.
	Keys []ObjectKey
	// Producer is the file in git that Flux applies, ByNode, ByCertManager, a Job or an operator's object, or ByPerson when
	// nothing in the cloud makes it.
	Producer string
	// Consumers are the objects that read it, "Kind namespace/name", sorted. What the workloads of a third party's chart
	// read shows as its HelmRelease.
	Consumers []string
}

// ObjectKey is a key of a Secret and where its value comes from.
type ObjectKey struct {
	Name string
	// Values are the values that people provide that it is made of; empty when it is fixed text or made in the cluster.
	Values []string
	// From is "provided", "fixed" or "made".
	From string
}

// Sources of the value of a key.
const (
	Provided = "provided"
	Fixed    = "fixed"
	Made     = "made"
)

// Objects are all Secrets of the cloud, sorted by namespace and name: those that something makes, and those that
// something reads. The Secrets that a third party's chart makes for itself are not among them.
func Objects(in *model.Inputs) []Object {
	c := &collector{in: in, objects: map[string]*Object{}}
	c.flux()
	units, _ := unit.Units(in)
	for i := range units {
		switch u := &units[i]; u.Kind {
		case unit.Service, unit.ServiceConfig:
			c.service(u)
		case unit.App:
			c.app(u.App)
		}
	}
	return c.sorted()
}

type collector struct {
	in      *model.Inputs
	objects map[string]*Object
}

func (c *collector) sorted() []Object {
	var out []Object
	for _, key := range sorted(c.objects) {
		o := c.objects[key]
		if o.Producer == "" {
			o.Producer = ByPerson
		}
		slices.SortFunc(o.Keys, func(a, b ObjectKey) int { return strings.Compare(a.Name, b.Name) })
		o.Keys = slices.CompactFunc(o.Keys, func(a, b ObjectKey) bool { return a.Name == b.Name })
		slices.Sort(o.Consumers)
		o.Consumers = slices.Compact(o.Consumers)
		out = append(out, *o)
	}
	return out
}

// at gives the Secret's entry.
func (c *collector) at(namespace, name string) *Object {
	key := namespace + "\x00" + name
	if c.objects[key] == nil {
		c.objects[key] = &Object{Namespace: namespace, Name: name}
	}
	return c.objects[key]
}

// make records who makes a Secret; the first one counts.
func (c *collector) make(namespace, name, kind, producer string, keys ...ObjectKey) {
	o := c.at(namespace, name)
	if o.Producer != "" {
		return
	}
	o.Type, o.Producer, o.Keys = kind, producer, append(keys, o.Keys...)
}

func (c *collector) read(namespace, name, consumer string) {
	o := c.at(namespace, name)
	o.Consumers = append(o.Consumers, consumer)
}

func made(names ...string) []ObjectKey {
	out := make([]ObjectKey, 0, len(names))
	for _, name := range names {
		out = append(out, ObjectKey{Name: name, From: Made})
	}
	return out
}

func provided(name string, values ...string) ObjectKey {
	return ObjectKey{Name: name, Values: values, From: Provided}
}

// fileOf gives the path of a Secret's manifest in git.
func (c *collector) fileOf(clear, sealed string) string {
	if c.in.Cloud.Secrets.Mode == model.SecretsSOPS {
		return sealed
	}
	return clear
}

// flux records the Secrets of Flux itself: those that the node brings, and the registry's.
func (c *collector) flux() {
	git := []ObjectKey{provided("identity", GitPrivateKey), {Name: "known_hosts", From: Fixed}}
	if strings.HasPrefix(c.in.Cloud.Git.URL, "https://") {
		git = []ObjectKey{provided("password", GitPassword), {Name: "username", From: Fixed}}
	}
	c.make(unit.Namespace, "flux-system", "Opaque", ByNode, git...)
	c.read(unit.Namespace, "flux-system", "GitRepository flux-system/flux-system")
	bringer, keys := unit.SecretName, []ObjectKey{provided(RegistryConfig, RegistryPassword)}
	if c.in.Cloud.Secrets.Mode == model.SecretsSOPS {
		bringer, keys = unit.SOPSSecretName, []ObjectKey{provided("age.agekey", AgeKey)}
	} else {
		for _, v := range Values(c.in) {
			if v.Cluster {
				keys = append(keys, provided(v.Name, v.Name))
			}
		}
	}
	c.make(unit.Namespace, bringer, "Opaque", ByNode, keys...)
	units, _ := unit.Units(c.in)
	for i := range units {
		u := &units[i]
		if u.Secrets {
			c.read(unit.Namespace, bringer, "Kustomization flux-system/"+u.Name)
		}
		if u.Kind == unit.ImageAutomation {
			file := path.Join(u.Path, RegistryCredentials)
			c.make(unit.Namespace, RegistryCredentials, "kubernetes.io/dockerconfigjson", c.fileOf(file+".yaml", file+Suffix),
				provided(DockerConfigKey, RegistryPassword))
		}
	}
	for i := range c.in.Apps {
		if a := &c.in.Apps[i]; strings.HasPrefix(a.Image.Repository, c.in.Cloud.Registry.Host+"/") {
			c.read(unit.Namespace, RegistryCredentials, "ImageRepository flux-system/"+a.Name)
		}
	}
}

// service records what the objects and the values of a service make and read.
func (c *collector) service(u *unit.Unit) {
	s := u.Service
	sealed, _ := Sealed(u)
	for _, file := range u.Files() {
		for _, o := range u.Objects[file] {
			if isSecret(o) {
				clear := path.Join(u.Path, file)
				c.manifest(u, o, c.fileOf(clear, sealedPath(u, sealed, o, clear)))
			}
			c.object(s.Namespace, o)
		}
	}
	if u.HasChart() {
		c.references(References(s.Values), s.Namespace, fmt.Sprintf("HelmRelease %s/%s", s.Namespace, s.Name))
	}
}

func sealedPath(u *unit.Unit, sealed map[string][]model.Manifest, o model.Manifest, clear string) string {
	for _, file := range sorted(sealed) {
		for _, other := range sealed[file] {
			if metadata(other, "name") == metadata(o, "name") && metadata(other, "namespace") == metadata(o, "namespace") {
				return path.Join(u.Path, file)
			}
		}
	}
	return clear
}

// manifest records a Secret that is written in git.
func (c *collector) manifest(u *unit.Unit, o model.Manifest, file string) {
	kind, _ := o["type"].(string)
	var keys []ObjectKey
	for _, field := range []string{"data", "stringData"} {
		values, _ := o[field].(map[string]any)
		for _, name := range sorted(values) {
			text, _ := values[name].(string)
			key := ObjectKey{Name: name, From: Fixed}
			if u.Service != nil {
				if names := placeholders(u.Service, text); len(names) > 0 {
					key = provided(name, names...)
				}
			}
			keys = append(keys, key)
		}
	}
	namespace := metadata(o, "namespace")
	c.make(namespace, metadata(o, "name"), orOpaque(kind), file, keys...)
}

func orOpaque(kind string) string {
	if kind == "" {
		return "Opaque"
	}
	return kind
}

// certManagerNamespace is where cert-manager keeps the Secrets of issuers that belong to no namespace.
const certManagerNamespace = "cert-manager"

// object records what one manifest makes and reads.
func (c *collector) object(namespace string, o model.Manifest) {
	kind, _ := o["kind"].(string)
	if own := metadata(o, "namespace"); own != "" {
		namespace = own
	}
	if kind == "ClusterIssuer" {
		namespace = certManagerNamespace
	}
	c.references(References(o), namespace, fmt.Sprintf("%s %s/%s", kind, namespace, metadata(o, "name")))
	if group, _, _ := strings.Cut(fmt.Sprint(o["apiVersion"]), "/"); group == "postgresql.cnpg.io" && kind == "Cluster" {
		c.cnpg(namespace, metadata(o, "name"))
	}
}

// cnpg records the Secrets that CloudNativePG makes for a Cluster (its documentation, "Certificates", "Replication").
func (c *collector) cnpg(namespace, name string) {
	by := fmt.Sprintf("CloudNativePG, for Cluster %s/%s", namespace, name)
	c.make(namespace, name+"-ca", "Opaque", by, made("ca.crt", "ca.key")...)
	for _, suffix := range []string{"-replication", "-server"} {
		c.make(namespace, name+suffix, "kubernetes.io/tls", by, made("tls.crt", "tls.key")...)
	}
}

func (c *collector) references(references []Reference, namespace, consumer string) {
	for _, r := range references {
		in := namespace
		if r.Namespace != "" {
			in = r.Namespace
		}
		if r.Made {
			c.issued(in, r.Name, consumer)
		}
		c.read(in, r.Name, consumer)
	}
}

// issued records a Secret that cert-manager makes: a certificate, or the key of an account at its authority.
func (c *collector) issued(namespace, name, consumer string) {
	if strings.HasPrefix(consumer, "ClusterIssuer ") || strings.HasPrefix(consumer, "Issuer ") {
		c.make(namespace, name, "Opaque", ByCertManager, made("tls.key")...)
		return
	}
	c.make(namespace, name, "kubernetes.io/tls", ByCertManager, made("tls.crt", "tls.key")...)
}

// app records what an app makes and reads.
func (c *collector) app(a *model.App) {
	consumer := fmt.Sprintf("HelmRelease %s/%s", a.Namespace, a.Name)
	folder := path.Join("applications", a.Name)
	for _, key := range a.SecretKeys() {
		file := path.Join(folder, c.fileOf("secrets.yaml", AppFile(key.Secret)))
		o := c.at(a.Namespace, key.Secret)
		if o.Producer == "" {
			o.Producer, o.Type = file, "Opaque"
		}
		o.Keys = append(o.Keys, provided(key.Key, key.Variable))
	}
	for _, name := range sorted(a.Env) {
		if e := a.Env[name]; e.From == "secret" {
			c.read(a.Namespace, e.Name, consumer)
		}
	}
	for _, name := range sorted(a.Secrets) {
		if a.Secrets[name].Path != "" {
			c.read(a.Namespace, name, consumer)
		}
	}
	if auth := a.Access.BasicAuth; auth != nil {
		c.read(a.Namespace, auth.Secret, consumer)
	}
	for i, host := range a.AllHosts() {
		c.make(a.Namespace, TLSName(a, i, host), "kubernetes.io/tls", ByCertManager, made("tls.crt", "tls.key")...)
		c.read(a.Namespace, TLSName(a, i, host), consumer)
	}
	c.database(a, consumer)
	for _, o := range a.Objects {
		if isSecret(o) {
			c.manifest(&unit.Unit{}, o, path.Join(folder, "objects.yaml"))
		}
		c.object(a.Namespace, o)
	}
	c.references(References(a.Values), a.Namespace, consumer)
}

// database records the Secrets that the Job of the app's database writes, and what it reads.
func (c *collector) database(a *model.App, consumer string) {
	provider := c.in.Cluster.Provider(model.CapabilityDatabase)
	if a.Database == nil || provider == nil || provider.Database == nil {
		return
	}
	job := fmt.Sprintf("Job %s/%s", provider.Namespace, a.DatabaseName())
	keys := made(model.DatabaseSecretKeys()...)
	c.make(provider.Namespace, a.DatabaseName(), "Opaque", job, keys...)
	c.make(a.Namespace, a.DatabaseName(), "Opaque", job, keys...)
	c.read(provider.Namespace, a.DatabaseName(), job)
	c.read(a.Namespace, a.DatabaseName(), consumer)
	c.read(provider.Namespace, provider.Database.AdminSecret.Name, job)
}

// TLSName names the Secret of the certificate of an app's host, as the app's chart does: the index is that of the host
// among all of the app's.
func TLSName(a *model.App, index int, host string) string {
	if index == 0 {
		return a.Name + "-tls"
	}
	sum := sha256.Sum256([]byte(host))
	return fmt.Sprintf("%s-tls-%x", a.Name, sum[:4])
}

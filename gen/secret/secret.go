// Package secret says which secret values the cloud needs, for what, in which form, and where a person provides them. A
// value of a service or an app is declared there; those of the cloud itself are declared here. No value is ever known.
package secret

import (
	"maps"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// Names of the values that the cloud itself needs.
const (
	HCloudToken      = "hcloud_token"
	SSHPrivateKey    = "ssh_private_key"
	GitPrivateKey    = "git_private_key"
	GitPassword      = "git_password"
	S3AccessKey      = "s3_access_key"
	S3SecretKey      = "s3_secret_key"
	RegistryPassword = "registry_password"
	AgeKey           = "sops_age_key"
)

// RegistryConfig is the one key of flux-system/cloud-secrets that nobody provides: Docker's config.json for the cloud's
// registry, made from the registry's user and password.
const RegistryConfig = "registry_dockerconfigjson"

// Value is one secret value that a person provides.
type Value struct {
	// Name is unique: lower-case letters, digits and '_'. It is the Terraform variable of a value that is delivered, and
	// the key in flux-system/cloud-secrets of one that the cluster gets.
	Name string
	What string
	// Form says how it must look; "" is any text.
	Form string
	// Make is a command that makes a good one; "" when it comes from elsewhere.
	Make string
	// NeededBy are its readers: "service grafana", "app shop", "Terraform", "the node", "build.yml". Sorted.
	NeededBy []string
	// GitHub tells that it is provided as the Actions secret GitHubName.
	GitHub bool
	// Environment are the variables by which Terraform and its backend read it, if they do.
	Environment []string
	// Delivered tells that Terraform brings it to the node; Cluster, that there it becomes a key of
	// flux-system/cloud-secrets.
	Delivered, Cluster bool
	// At is the line of the inputs that needs it.
	At diag.Position
}

// GitHubName is the name of the Actions secret that provides the value.
func (v *Value) GitHubName() string { return strings.ToUpper(v.Name) }

// Values are all values that people provide, sorted by name. In mode "sops" those of services and apps are not among
// them: they are in encrypted files.
func Values(in *model.Inputs) []Value {
	l := list{}
	l.cloud(in)
	if in.Cloud.Secrets.Mode == model.SecretsTerraform {
		l.services(in.Cluster.Services)
		l.apps(in.Apps)
	}
	return l.sorted()
}

// Cloud are the values that the cloud itself needs, whatever runs in it, sorted by name.
func Cloud(in *model.Inputs) []Value {
	l := list{}
	l.cloud(in)
	return l.sorted()
}

type list map[string]*Value

func (l list) add(v Value) {
	if known, ok := l[v.Name]; ok {
		known.NeededBy = append(known.NeededBy, v.NeededBy...)
		known.Delivered = known.Delivered || v.Delivered
		known.Cluster = known.Cluster || v.Cluster
		return
	}
	v.GitHub = true
	l[v.Name] = &v
}

func (l list) sorted() []Value {
	var out []Value
	for _, name := range slices.Sorted(maps.Keys(l)) {
		v := l[name]
		slices.Sort(v.NeededBy)
		v.NeededBy = slices.Compact(v.NeededBy)
		out = append(out, *v)
	}
	return out
}

// randomText makes a text that no program misreads: hexadecimal digits.
const randomText = "openssl rand -hex 24"

func (l list) cloud(in *model.Inputs) {
	cloud := &in.Cloud
	l.add(Value{
		Name: HCloudToken, What: "API token of the project at Hetzner Cloud, with the right to write",
		NeededBy: []string{"Terraform"}, Environment: []string{"HCLOUD_TOKEN"}, At: in.Cluster.At.Position("servers"),
	})
	l.add(Value{
		Name: SSHPrivateKey, What: "Private key, without a passphrase, of one of the cluster's sshKeys; it delivers the other values to the node",
		Form: "an OpenSSH private key, with its line breaks", Make: "ssh-keygen -t ed25519 -N '' -f deliver",
		NeededBy: []string{"Terraform"}, At: in.Cluster.At.Position("sshKeys"),
	})
	l.add(Value{
		Name: S3AccessKey, What: "The access key of the object storage",
		NeededBy: []string{"Terraform"}, Environment: []string{"AWS_ACCESS_KEY_ID"}, At: cloud.At.Position("s3"),
	})
	l.add(Value{
		Name: S3SecretKey, What: "The secret key of the object storage",
		NeededBy: []string{"Terraform"}, Environment: []string{"AWS_SECRET_ACCESS_KEY"}, At: cloud.At.Position("s3"),
	})
	l.add(Value{
		Name: RegistryPassword, What: "Password of the registry's user \"" + cloud.Registry.User + "\"",
		Form: "letters and digits", Make: randomText,
		NeededBy: []string{"build.yml", "the node"}, Delivered: true, At: cloud.At.Position("registry"),
	})
	l.git(cloud)
	if cloud.Secrets.Mode == model.SecretsSOPS {
		l.add(Value{
			Name: AgeKey, What: "age identity that decrypts the SOPS files in the cluster",
			Form: "AGE-SECRET-KEY-1...", Make: "age-keygen",
			NeededBy: []string{"the node"}, Delivered: true, At: cloud.At.Position("secrets", "mode"),
		})
	}
}

// git is what Flux reads the repository with and writes image tags to it.
func (l list) git(cloud *model.Cloud) {
	if strings.HasPrefix(cloud.Git.URL, "https://") {
		l.add(Value{
			Name: GitPassword, What: "Access token of the git repository, with the right to write: Flux reads it and commits image tags",
			NeededBy: []string{"the node"}, Delivered: true, At: cloud.At.Position("git", "url"),
		})
		return
	}
	l.add(Value{
		Name: GitPrivateKey, What: "Private half of the git repository's deploy key, with the right to write: Flux reads it and commits image tags",
		Form: "an OpenSSH private key, with its line breaks", Make: "ssh-keygen -t ed25519 -N '' -f flux",
		NeededBy: []string{"the node"}, Delivered: true, At: cloud.At.Position("git", "url"),
	})
}

func (l list) services(services []model.Service) {
	for i := range services {
		s := &services[i]
		for name, declared := range s.Secrets {
			l.add(Value{
				Name: name, What: declared.What, Form: declared.Form, Make: declared.Make, NeededBy: []string{"service " + s.Name}, Delivered: true, Cluster: true,
				At: s.At.Position("secrets", name),
			})
		}
	}
}

func (l list) apps(apps []model.App) {
	for i := range apps {
		a := &apps[i]
		for _, key := range a.SecretKeys() {
			v := Value{
				Name: key.Variable, What: "Key " + key.Key + " of secret " + key.Secret,
				NeededBy: []string{"app " + a.Name}, Delivered: true, Cluster: true,
				At: a.At.Position("secrets", key.Secret),
			}
			v.Form, v.Make = appForm(a, key)
			l.add(v)
		}
	}
}

// appForm says how the value of a key must look where lvsgen knows what it is for.
func appForm(a *model.App, key model.SecretKey) (form, command string) {
	if auth := a.Access.BasicAuth; auth != nil && auth.Secret == key.Secret {
		return "htpasswd: lines of user:hash", "htpasswd -nB USER"
	}
	return "", ""
}

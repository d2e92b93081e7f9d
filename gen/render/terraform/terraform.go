// Package terraform renders infrastructure/main.tf: what the cluster is made of at Hetzner, and the delivery of secrets to
// the node. What may never be lost (the volume, the address) refuses to be destroyed; the server may be replaced at any
// time; and no secret value reaches a plan's output, the state or the user data.
package terraform

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// Path is where Terraform runs.
const (
	folder = "infrastructure/"
	Path   = folder + "main.tf"
	// UserData is the file beside it that a new server boots with.
	UserData = folder + "cloud-init.yml"
)

const (
	// minimum is the first release in which the lock of the S3 backend is no experiment (Terraform's changelog, 1.11.0).
	minimum = ">= 1.11.0"
	// providerSource and providerVersion are Hetzner's provider.
	providerSource = "hetznercloud/hcloud"
	// renovate: datasource=terraform-provider depName=hetznercloud/hcloud
	providerVersion = "1.68.0"
)

type renderer struct {
	in     *model.Inputs
	server model.Server
	// name is the server's, which is also the node's; id is the label of its block.
	name, id string
	// delivered are the values that Terraform brings to the node.
	delivered []secret.Value
	file      body
}

// Files renders main.tf.
func Files(in *model.Inputs) ([]tree.File, error) {
	out := hclwrite.NewEmptyFile()
	r := renderer{in: in, file: body{out.Body()}}
	for _, name := range slices.Sorted(maps.Keys(in.Cluster.Servers)) {
		r.name, r.id, r.server = name, name, in.Cluster.Servers[name]
	}
	for _, v := range secret.Values(in) {
		if v.Delivered {
			r.delivered = append(r.delivered, v)
		}
	}
	r.settings()
	r.variables()
	r.locals()
	r.network()
	r.kept()
	r.machine()
	r.records()
	r.delivery()
	r.outputs()
	return []tree.File{{Path: Path, Content: hclwrite.Format(out.Bytes()), Source: in.Cluster.Source}}, nil
}

// settings are Terraform's own: versions, and where the state is.
func (r *renderer) settings() {
	t := r.file.block("terraform")
	t.set("required_version", minimum)
	t.block("required_providers").expr("hcloud",
		"{\nsource = "+quoted(providerSource)+"\nversion = "+quoted(providerVersion)+"\n}")
	t.section("The state, in the object storage: the keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
	s3 := r.in.Cloud.S3
	b := t.next("backend", "s3")
	b.set("bucket", s3.Buckets.State).set("key", r.in.Cluster.Name+"/terraform.tfstate").set("region", s3.Location)
	b.expr("endpoints", "{\ns3 = "+quoted("https://"+s3.Location+".your-objectstorage.com")+"\n}")
	b.set("use_lockfile", true)
	b.comment("Hetzner has no region in Amazon's list, no accounts and no metadata, and refuses the checksums of the lock.")
	b.set("skip_region_validation", true).set("skip_credentials_validation", true).
		set("skip_requesting_account_id", true).set("skip_metadata_api_check", true).set("skip_s3_checksum", true)
	r.file.section("The token is HCLOUD_TOKEN.")
	r.file.next("provider", "hcloud")
}

// variables are the secret values. None has a default: a run without one stops before it touches anything.
func (r *renderer) variables() {
	r.variable(secret.SSHPrivateKey, "Private key of one of the cluster's SSH keys, without a passphrase")
	for _, v := range r.delivered {
		r.variable(v.Name, v.What)
	}
}

func (r *renderer) variable(name, what string) {
	v := r.file.block("variable", name)
	v.set("description", what).expr("type", "string").set("sensitive", true).set("nullable", false)
	given := secret.Value{Name: name}
	v.block("validation").expr("condition", "length(var."+name+") > 0").
		set("error_message", "The value is empty: set TF_VAR_"+name+", from the Actions secret "+given.GitHubName()+".")
}

func (r *renderer) locals() {
	l := r.file.block("locals")
	l.expr("labels", "{\ncluster = "+quoted(r.in.Cluster.Name)+"\nmanaged-by = \"lvsgen\"\n}")
	if hosts := r.hosts(); len(hosts.inside) > 0 {
		l.AppendNewline()
		l.comment("The public hosts by full name, each with its name in the zone.")
		l.expr("hosts", object(hosts.inside))
	}
	l.AppendNewline()
	l.expr("authorized_keys", r.authorizedKeys())
	l.AppendNewline()
	l.comment("What the node gets, in base64 by name: the values in clear are never on its command line.")
	l.expr("secrets", r.secrets())
}

// object writes a map of texts, one line each, sorted.
func object(m map[string]string) string {
	out := "{\n"
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out += quoted(k) + " = " + quoted(m[k]) + "\n"
	}
	return out + "}"
}

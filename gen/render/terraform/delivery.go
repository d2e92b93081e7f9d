package terraform

import (
	"maps"
	"path"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/node"
	"github.com/lvs-cloud/lvsgen/gen/secret"
)

// inbox is the folder, in memory and readable by root alone, through which the secrets pass on the node.
const inbox = "/run/lvsgen-delivery"

// secrets is the object of what the node gets.
func (r *renderer) secrets() string {
	out := "{\n"
	for _, v := range r.delivered {
		out += v.Name + " = base64encode(var." + v.Name + ")\n"
	}
	registry := r.in.Cloud.Registry
	return out + secret.RegistryConfig + ` = base64encode(jsonencode({
auths = {
` + quoted(registry.Host) + ` = {
username = ` + quoted(registry.User) + `
password = var.` + secret.RegistryPassword + `
auth = base64encode("` + registry.User + `:${var.` + secret.RegistryPassword + `}")
}
}
}))
}`
}

// authorizedKeys is the file of the keys that may log in.
func (r *renderer) authorizedKeys() string {
	out := "join(\"\\n\", [\n"
	for _, name := range slices.Sorted(maps.Keys(r.in.Cluster.SSHKeys)) {
		out += quoted(r.in.Cluster.SSHKeys[name]) + ",\n"
	}
	return out + "\"\",\n])"
}

// connection is how Terraform logs in.
func (r *renderer) connection(b body) {
	c := b.block("connection")
	c.set("type", "ssh").expr("host", "hcloud_primary_ip.ipv4.ip_address").set("user", "root").
		expr("private_key", "var."+secret.SSHPrivateKey)
	if key := r.in.Cluster.SSHHostKey; key != "" {
		c.set("host_key", key)
	}
	c.set("agent", false).set("timeout", "10m")
}

// delivery brings to the node what must not be in its user data: the secret values, and the keys that may log in, which
// the server itself takes only when it is made. Each is brought again when it changes or the server is a new one.
func (r *renderer) delivery() {
	r.file.section("Brings the secrets to the node: once for each server, and again when one changes.")
	d := r.file.next("resource", "terraform_data", "secrets")
	d.expr("triggers_replace", "[\n"+r.serverID()+",\nsha256(jsonencode(local.secrets)),\n]")
	d.AppendNewline()
	d.comment("The node's first boot waits for the volume.")
	d.expr("depends_on", "[hcloud_volume_attachment.data]")
	r.connection(d)
	file := path.Join(inbox, "secrets.json")
	remote(d, []string{
		"set -eu",
		`cloud-init status --wait >/dev/null || [ $? -eq 2 ] || { echo "the first boot failed, see: journalctl -u cloud-final" >&2; exit 1; }`,
		"rm -rf " + inbox,
		"install -d -m 0700 " + inbox,
	})
	d.block("provisioner", "file").expr("content", "jsonencode(local.secrets)").set("destination", file)
	remote(d, []string{
		"set -eu",
		"trap 'rm -rf " + inbox + "' EXIT",
		node.Deliver + " <" + file,
	})

	r.file.section("Brings the keys that may log in, and takes those away that no longer may.")
	k := r.file.next("resource", "terraform_data", "ssh_keys")
	k.expr("triggers_replace", "["+r.serverID()+", local.authorized_keys]")
	k.expr("depends_on", "[terraform_data.secrets]")
	r.connection(k)
	list := path.Join("/root/.ssh", "authorized_keys")
	k.block("provisioner", "file").expr("content", "local.authorized_keys").set("destination", list+".new")
	remote(k, []string{
		"set -eu",
		"chmod 0600 " + list + ".new",
		"mv -f " + list + ".new " + list,
	})
}

// remote runs lines on the node as one script.
func remote(b body, lines []string) {
	out := "[\n"
	for _, l := range lines {
		out += quoted(l) + ",\n"
	}
	b.block("provisioner", "remote-exec").expr("inline", out+"]")
}

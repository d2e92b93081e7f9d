package terraform

import (
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/node"
)

// zones are the network zones of the locations (docs.hetzner.com/cloud/general/locations, November 2026).
var zones = map[string]string{"fsn1": "eu-central", "nbg1": "eu-central", "hel1": "eu-central"}

// everywhere is any address.
var everywhere = []string{"0.0.0.0/0", "::/0"}

func (r *renderer) named(kind, id, suffix string) body {
	b := r.file.block("resource", kind, id)
	b.set("name", r.in.Cluster.Name+suffix)
	return b
}

// network is the private network and what may come in from outside: ports in no rule are closed, the API server's 6443
// among them.
func (r *renderer) network() {
	cl := &r.in.Cluster
	n := r.named("hcloud_network", "private", "")
	n.set("ip_range", cl.Network.Range).expr("labels", "local.labels")
	s := r.file.block("resource", "hcloud_network_subnet", "private")
	s.expr("network_id", "hcloud_network.private.id").set("type", "cloud").
		set("network_zone", zones[r.server.Location]).set("ip_range", cl.Network.Subnet)
	f := r.named("hcloud_firewall", "public", "")
	f.expr("labels", "local.labels")
	for _, rule := range []struct{ description, protocol, port string }{
		{"SSH", "tcp", "22"},
		{"HTTP", "tcp", "80"},
		{"HTTPS", "tcp", "443"},
		{"ping, and the sizes of packets on the way", "icmp", ""},
	} {
		b := f.block("rule")
		b.set("description", rule.description).set("direction", "in").set("protocol", rule.protocol)
		if rule.port != "" {
			b.set("port", rule.port)
		}
		b.set("source_ips", everywhere)
	}
}

// kept is what outlives the server.
func (r *renderer) kept() {
	for _, family := range []string{"ipv4", "ipv6"} {
		ip := r.named("hcloud_primary_ip", family, "-"+family)
		ip.set("type", family).set("location", r.server.Location).
			set("auto_delete", false).set("delete_protection", true).expr("labels", "local.labels")
		ip.block("lifecycle").set("prevent_destroy", true)
	}
	v := r.named("hcloud_volume", "data", "-data")
	v.set("size", r.in.Cluster.Volume.Size).set("location", r.server.Location).
		set("format", "ext4").set("delete_protection", true).expr("labels", "local.labels")
	v.block("lifecycle").set("prevent_destroy", true)
}

// machine is the server. It is not protected: nothing on it is the only copy, and the provider would have to be asked
// twice for a replacement.
func (r *renderer) machine() {
	keys := "["
	for _, name := range slices.Sorted(maps.Keys(r.in.Cluster.SSHKeys)) {
		k := r.named("hcloud_ssh_key", name, "-"+name)
		k.set("public_key", r.in.Cluster.SSHKeys[name]).expr("labels", "local.labels")
		keys += "\nhcloud_ssh_key." + name + ".id,"
	}
	keys += "\n]"
	s := r.file.block("resource", "hcloud_server", r.id)
	s.set("name", r.name).set("server_type", r.server.Type).set("image", r.server.Image).set("location", r.server.Location)
	s.expr("ssh_keys", keys).expr("firewall_ids", "[hcloud_firewall.public.id]").
		set("shutdown_before_deletion", true).expr("labels", "local.labels")
	s.AppendNewline()
	s.comment("A changed file replaces the server. It holds no secret.")
	s.expr("user_data", `base64gzip(replace(file("${path.module}/cloud-init.yml"), `+quoted(node.VolumeID)+`, hcloud_volume.data.id))`)
	p := s.block("public_net")
	p.expr("ipv4", "hcloud_primary_ip.ipv4.id").expr("ipv6", "hcloud_primary_ip.ipv6.id")
	n := s.block("network")
	n.expr("subnet_id", "hcloud_network_subnet.private.id").set("ip", r.in.Cluster.Network.Address)
	n.comment("Left out, every plan would want to change it.")
	n.set("alias_ips", []string{})
	l := s.block("lifecycle")
	l.comment("They count when the server is made only; terraform_data.ssh_keys brings later ones.")
	l.expr("ignore_changes", "[ssh_keys]")
	a := r.file.block("resource", "hcloud_volume_attachment", "data")
	a.expr("volume_id", "hcloud_volume.data.id").expr("server_id", r.serverID()).set("automount", false)
}

func (r *renderer) serverID() string { return "hcloud_server." + r.id + ".id" }

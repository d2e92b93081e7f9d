package terraform

import (
	"slices"
	"strings"
)

// hosts are the public hosts of the cloud: inside the zone by full name with the name in the zone, and outside of it.
type hosts struct {
	inside  map[string]string
	outside []string
}

// hosts gives all names that services and apps answer at. Those outside the zone, or all when Terraform makes no
// records, are the owner's to make.
func (r *renderer) hosts() hosts {
	var names []string
	for i := range r.in.Cluster.Services {
		names = append(names, r.in.Cluster.Services[i].Hosts...)
	}
	for i := range r.in.Apps {
		names = append(names, r.in.Apps[i].AllHosts()...)
	}
	slices.Sort(names)
	out := hosts{inside: map[string]string{}}
	zone := r.in.Cloud.DNS.Zone
	for _, name := range slices.Compact(names) {
		relative, below := strings.CutSuffix(name, "."+zone)
		switch {
		case !r.in.Cloud.DNS.Records, !below && name != zone:
			out.outside = append(out.outside, name)
		case name == zone:
			out.inside[name] = "@"
		default:
			out.inside[name] = relative
		}
	}
	return out
}

// records point the hosts at the IPv4 address. There is no AAAA record: k3s's load balancer listens on IPv4 alone, and
// Let's Encrypt prefers IPv6 where a name has it.
func (r *renderer) records() {
	if len(r.hosts().inside) == 0 {
		return
	}
	b := r.file.block("resource", "hcloud_zone_rrset", "host")
	b.expr("for_each", "local.hosts")
	b.AppendNewline()
	b.set("zone", r.in.Cloud.DNS.Zone).expr("name", "each.value").set("type", "A").set("ttl", 300).
		expr("records", "[{ value = hcloud_primary_ip.ipv4.ip_address }]").expr("labels", "local.labels")
}

// outputs say how to reach the node, and what is left to do by hand.
func (r *renderer) outputs() {
	for _, o := range []struct{ name, what, value string }{
		{"ipv4", "The address that all hosts point at", "hcloud_primary_ip.ipv4.ip_address"},
		{"ipv6", "The node's IPv6 address", "hcloud_server." + r.id + ".ipv6_address"},
		{"volume", "The id of the volume with all data", "hcloud_volume.data.id"},
		{"ssh", "Logs in to the node", `"ssh root@${hcloud_primary_ip.ipv4.ip_address}"`},
		{"kubectl_tunnel", "Makes the API server reachable as https://127.0.0.1:6443", `"ssh -N -L 6443:127.0.0.1:6443 root@${hcloud_primary_ip.ipv4.ip_address}"`},
	} {
		r.file.block("output", o.name).set("description", o.what).expr("value", o.value)
	}
	r.file.block("output", "hosts_without_record").
		set("description", "Public hosts that are outside the zone: make an A record for each, to the address in ipv4").
		set("value", r.hosts().outside)
}

// Package hcloud is a stand-in for Hetzner's provider, for tests that run the real terraform without a network. It knows
// the arguments of the resources that lvsgen renders, and which of them replace a resource, as version 1.68.0 of
// hetznercloud/hcloud has them (its docs/resources and internal/*/resource.go). It makes nothing: ids are counted, and
// calls are written to a log.
package hcloud

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Version is the release whose schemas these are.
const Version = "1.68.0"

type mode int

const (
	required mode = iota
	optional
	// chosen may be set, and is filled in by Hetzner or by a default when it is not.
	chosen
	computed
)

// attribute is one argument or result.
type attribute struct {
	name    string
	kind    tftypes.Type
	mode    mode
	replace bool
	// standard is the default of a chosen one.
	standard any
}

// nested is a set of blocks, or of objects in an attribute.
type nested struct {
	name       string
	block      bool
	attributes []attribute
}

type resource struct {
	attributes []attribute
	nested     []nested
}

var (
	text    = tftypes.String
	number  = tftypes.Number
	boolean = tftypes.Bool
	texts   = tftypes.Set{ElementType: tftypes.String}
	labels  = attribute{name: "labels", kind: tftypes.Map{ElementType: tftypes.String}, mode: optional}
	id      = attribute{name: "id", kind: text, mode: computed}
	name    = attribute{name: "name", kind: text, mode: required}
	guard   = attribute{name: "delete_protection", kind: boolean, mode: chosen, standard: false}
)

func arg(name string, kind tftypes.Type, m mode) attribute {
	return attribute{name: name, kind: kind, mode: m}
}

func (a attribute) replaces() attribute {
	a.replace = true
	return a
}

func (a attribute) or(standard any) attribute {
	a.standard = standard
	return a
}

var resources = map[string]resource{
	"hcloud_server": {
		attributes: []attribute{
			id, name, labels, guard,
			arg("server_type", text, required),
			arg("image", text, chosen).replaces(),
			arg("location", text, chosen).replaces(),
			arg("user_data", text, optional).replaces(),
			arg("ssh_keys", tftypes.List{ElementType: text}, optional).replaces(),
			arg("keep_disk", boolean, chosen).or(false),
			arg("backups", boolean, chosen).or(false),
			arg("iso", text, optional),
			arg("rescue", text, optional),
			arg("firewall_ids", tftypes.Set{ElementType: number}, chosen),
			arg("ignore_remote_firewall_ids", boolean, chosen).or(false),
			arg("placement_group_id", number, optional),
			arg("rebuild_protection", boolean, chosen).or(false),
			arg("shutdown_before_deletion", boolean, chosen).or(false),
			arg("ipv4_address", text, computed), arg("ipv6_address", text, computed), arg("ipv6_network", text, computed),
			arg("status", text, computed), arg("primary_disk_size", number, computed), arg("backup_window", text, computed),
		},
		nested: []nested{
			{name: "public_net", block: true, attributes: []attribute{
				arg("ipv4_enabled", boolean, chosen).or(true), arg("ipv6_enabled", boolean, chosen).or(true),
				arg("ipv4", number, chosen), arg("ipv6", number, chosen),
			}},
			{name: "network", block: true, attributes: []attribute{
				arg("network_id", number, chosen), arg("subnet_id", text, chosen), arg("ip", text, chosen),
				arg("alias_ips", texts, chosen), arg("mac_address", text, computed),
			}},
		},
	},
	"hcloud_primary_ip": {attributes: []attribute{
		arg("id", number, computed), name, labels, guard,
		arg("type", text, required).replaces(), arg("location", text, chosen).replaces(),
		arg("assignee_id", number, chosen), arg("assignee_type", text, chosen), arg("auto_delete", boolean, chosen).or(false),
		arg("ip_address", text, computed), arg("ip_network", text, computed),
	}},
	"hcloud_volume": {attributes: []attribute{
		id, name, labels, guard,
		arg("size", number, required), arg("location", text, chosen).replaces(), arg("server_id", number, chosen),
		arg("automount", boolean, optional), arg("format", text, optional), arg("linux_device", text, computed),
	}},
	"hcloud_volume_attachment": {attributes: []attribute{
		id, arg("volume_id", number, required).replaces(), arg("server_id", number, required).replaces(),
		arg("automount", boolean, chosen),
	}},
	"hcloud_firewall": {
		attributes: []attribute{id, name, labels},
		nested: []nested{{name: "rule", block: true, attributes: []attribute{
			arg("direction", text, required), arg("protocol", text, required), arg("port", text, optional),
			arg("source_ips", texts, optional), arg("destination_ips", texts, optional), arg("description", text, optional),
		}}},
	},
	"hcloud_network": {attributes: []attribute{
		id, name, labels, guard, arg("ip_range", text, required).replaces(),
		arg("expose_routes_to_vswitch", boolean, chosen).or(false),
	}},
	"hcloud_network_subnet": {attributes: []attribute{
		id, arg("network_id", number, required).replaces(), arg("type", text, required).replaces(),
		arg("network_zone", text, required).replaces(), arg("ip_range", text, required).replaces(),
		arg("vswitch_id", number, optional).replaces(), arg("gateway", text, computed),
	}},
	"hcloud_ssh_key": {attributes: []attribute{
		id, name, labels, arg("public_key", text, required).replaces(), arg("fingerprint", text, computed),
	}},
	"hcloud_zone_rrset": {
		attributes: []attribute{
			id, labels, arg("zone", text, required).replaces(), arg("name", text, required).replaces(),
			arg("type", text, required).replaces(), arg("ttl", number, optional), arg("change_protection", boolean, chosen),
		},
		nested: []nested{{name: "records", attributes: []attribute{
			arg("value", text, required), arg("comment", text, optional),
		}}},
	},
}

func (a attribute) schema() *tfprotov6.SchemaAttribute {
	return &tfprotov6.SchemaAttribute{
		Name: a.name, Type: a.kind, Required: a.mode == required, Optional: a.mode == optional || a.mode == chosen,
		Computed: a.mode == chosen || a.mode == computed,
	}
}

func schemas(attributes []attribute) []*tfprotov6.SchemaAttribute {
	var out []*tfprotov6.SchemaAttribute
	for _, a := range attributes {
		out = append(out, a.schema())
	}
	return out
}

func (r resource) schema() *tfprotov6.Schema {
	block := &tfprotov6.SchemaBlock{Attributes: schemas(r.attributes)}
	for _, n := range r.nested {
		if n.block {
			block.BlockTypes = append(block.BlockTypes, &tfprotov6.SchemaNestedBlock{
				TypeName: n.name, Nesting: tfprotov6.SchemaNestedBlockNestingModeSet,
				Block: &tfprotov6.SchemaBlock{Attributes: schemas(n.attributes)},
			})
			continue
		}
		block.Attributes = append(block.Attributes, &tfprotov6.SchemaAttribute{Name: n.name, Required: true, NestedType: &tfprotov6.SchemaObject{
			Nesting: tfprotov6.SchemaObjectNestingModeSet, Attributes: schemas(n.attributes),
		}})
	}
	return &tfprotov6.Schema{Block: block}
}

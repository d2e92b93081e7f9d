package terraform_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/render/terraform"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

func inputs() *model.Inputs {
	in := cloudtest.Small()
	in.Cloud.DNS.Records, in.Cloud.DNS.Zone = true, "example.org"
	in.Cluster.Servers = map[string]model.Server{"main": {Type: "cx33", Location: "fsn1", Image: "debian-13"}}
	in.Cluster.SSHKeys = map[string]string{"ops": "ssh-ed25519 AAAA ${file(\"/etc/shadow\")} %{ if true }"}
	in.Apps = []model.App{cloudtest.App("shop", func(a *model.App) {
		a.Host, a.Hosts = "shop.example.org", []string{"example.org", "example.com", "notexample.org"}
	})}
	return in
}

func render(t *testing.T, in *model.Inputs) string {
	t.Helper()
	files, err := terraform.Files(in)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return string(files[0].Content)
}

// arguments are those of hcloud 1.68.0 (docs/resources) and of Terraform's own blocks, of what is rendered.
var arguments = map[string]string{
	"hcloud_network":           "name ip_range labels",
	"hcloud_network_subnet":    "network_id type network_zone ip_range",
	"hcloud_firewall":          "name labels rule",
	"hcloud_primary_ip":        "name type location auto_delete delete_protection labels lifecycle",
	"hcloud_volume":            "name size location format delete_protection labels lifecycle",
	"hcloud_ssh_key":           "name public_key labels",
	"hcloud_server":            "name server_type image location ssh_keys firewall_ids shutdown_before_deletion labels user_data public_net network lifecycle",
	"hcloud_volume_attachment": "volume_id server_id automount",
	"hcloud_zone_rrset":        "for_each zone name type ttl records labels",
	"terraform_data":           "triggers_replace depends_on connection provisioner",
}

func TestArguments(t *testing.T) {
	f, diags := hclsyntax.ParseConfig([]byte(render(t, inputs())), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	seen := map[string]bool{}
	for _, b := range f.Body.(*hclsyntax.Body).Blocks {
		if b.Type != "resource" {
			continue
		}
		kind := b.Labels[0]
		seen[kind] = true
		known := strings.Fields(arguments[kind])
		has := map[string]bool{}
		for name := range b.Body.Attributes {
			has[name] = true
		}
		for _, nested := range b.Body.Blocks {
			has[nested.Type] = true
		}
		for _, name := range known {
			if !has[name] {
				t.Errorf("%s has no %s", kind, name)
			}
			delete(has, name)
		}
		for name := range has {
			t.Errorf("%s has no argument %s", kind, name)
		}
	}
	if len(seen) != len(arguments) {
		t.Errorf("rendered are %v", seen)
	}
}

func TestFormatted(t *testing.T) {
	content := []byte(render(t, inputs()))
	if !bytes.Equal(hclwrite.Format(content), content) {
		t.Error("terraform fmt would change it")
	}
}

func TestHostileTextStaysText(t *testing.T) {
	content := render(t, inputs())
	if !strings.Contains(content, `AAAA $${file(\"/etc/shadow\")} %%{ if true }`) {
		t.Error("a template in a key is not escaped")
	}
}

func TestHosts(t *testing.T) {
	in := inputs()
	content := render(t, in)
	for _, want := range []string{`"shop.example.org" = "shop"`, `"@"`, `["example.com", "notexample.org"]`} {
		if !strings.Contains(content, want) {
			t.Errorf("%s is not there:\n%s", want, content)
		}
	}
	in.Cloud.DNS.Records = false
	if content := render(t, in); strings.Contains(content, "hcloud_zone_rrset") || !strings.Contains(content, `"notexample.org", "shop.example.org"]`) {
		t.Error("records are made, or hosts without one not listed")
	}
}

func TestOrderOfInputsDoesNotMatter(t *testing.T) {
	in := inputs()
	if render(t, cloudtest.Reversed(in)) != render(t, in) {
		t.Error("the file depends on the order of services and apps")
	}
}

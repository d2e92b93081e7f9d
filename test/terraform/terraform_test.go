package terraform_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lvs-cloud/lvsgen/test/terraform/sshnode"
)

const rotated = "value-of-registry_password, rotated"

func expect(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: planned %v, want %v", what, got, want)
	}
}

// TestLife is a cloud from nothing, in the order in which it happens.
func TestLife(t *testing.T) {
	c := newCloud(t, nil)
	c.must("fmt", "-check", "-diff", "main.tf")
	c.up()
	c.must("validate")

	t.Run("delivered", func(t *testing.T) {
		want := maps.Clone(c.vars)
		delete(want, "ssh_private_key")
		got := c.delivered()
		var config struct {
			Auths map[string]struct{ Username, Password, Auth string } `json:"auths"`
		}
		if err := json.Unmarshal([]byte(got["registry_dockerconfigjson"]), &config); err != nil {
			t.Fatal(err)
		}
		auth := config.Auths["registry.lvs.me.uk"]
		if pair := "robot_user:" + c.vars["registry_password"]; auth.Username != "robot_user" ||
			auth.Password != c.vars["registry_password"] || auth.Auth != base64.StdEncoding.EncodeToString([]byte(pair)) {
			t.Errorf("the registry's credentials are %+v", config)
		}
		delete(got, "registry_dockerconfigjson")
		if !maps.Equal(got, want) || len(got) < 5 {
			t.Errorf("the node got %q, want %q", got, want)
		}
		if calls := c.read(filepath.Join(c.node.Folder, "calls")); calls != "cloud-init status --wait\nlvsgen-deliver\n" {
			t.Errorf("called were: %s", calls)
		}
		if mode := strings.TrimSpace(c.read(filepath.Join(c.node.Folder, "mode"))); mode != "700" {
			t.Errorf("the folder of the values has mode %s", mode)
		}
		if left, err := os.ReadDir(filepath.Join(c.node.Folder, "run")); err != nil || len(left) > 0 {
			t.Errorf("left in /run: %v %v", left, err)
		}
		c.silent("the list of processes", c.read(filepath.Join(c.node.Folder, "processes")))
		c.silent("the state", c.state())
		if keys := c.read(filepath.Join(c.node.Folder, "root/.ssh/authorized_keys")); !strings.HasPrefix(keys, "ssh-ed25519 AAAA") || strings.Count(keys, "\n") != 1 {
			t.Errorf("authorized_keys is %q", keys)
		}
	})
	t.Run("nothing to do", func(t *testing.T) {
		c.must("plan", "-input=false", "-detailed-exitcode")
		expect(t, "a second plan", c.plan(), map[string]string{})
	})
	t.Run("outputs", func(t *testing.T) {
		if got := strings.TrimSpace(c.must("output", "-raw", "ssh")); got != "ssh root@127.0.0.1" {
			t.Error(got)
		}
	})
	t.Run("nothing is destroyed", func(t *testing.T) {
		c.fails([]string{"plan", "-destroy", "-input=false"}, "Instance cannot be destroyed", "hcloud_volume.data", "hcloud_primary_ip.ipv4")
		c.fails([]string{"plan", "-replace=hcloud_volume.data", "-input=false"}, "Instance cannot be destroyed")
	})
	t.Run("rotation", func(t *testing.T) {
		for _, name := range slices.Sorted(maps.Keys(c.vars)) {
			if name == "ssh_private_key" {
				continue
			}
			before := c.vars[name]
			c.vars[name] = "rotated-" + before
			expect(t, name, c.plan(), map[string]string{"terraform_data.secrets": "replace"})
			c.vars[name] = before
		}
		c.vars["registry_password"] = rotated
		c.must("apply", "-input=false", "-auto-approve")
		if got := c.delivered()["registry_password"]; got != rotated {
			t.Errorf("the node has %q", got)
		}
	})
	t.Run("a larger server and volume", func(t *testing.T) {
		c.replace("clusters/prod/cluster.cue", `"cx33"`, `"cx43"`)
		c.replace("clusters/prod/cluster.cue", "size: 50", "size: 60")
		c.render()
		expect(t, "larger", c.plan(), map[string]string{"hcloud_server.main": "update", "hcloud_volume.data": "update"})
	})
	t.Run("an app with a secret, and a key", func(t *testing.T) {
		_, line, _, err := sshnode.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		c.must("apply", "-input=false", "-auto-approve")
		c.write(filepath.Join(c.dir, "applications/shop/app.cue"), `package cloud

apps: shop: {
	host: "shop.lvs.me.uk"
	port: 8080
	image: version: "1.0.0"
	secrets: mail: keys: ["PASSWORD"]
	env: MAIL: {from: "secret", name: "mail", key: "PASSWORD"}
}
`)
		c.replace("clusters/prod/cluster.cue", "\tsshKeys: ops:", "\tsshKeys: ben: \""+line+"\"\n\tsshKeys: ops:")
		c.render()
		c.values()
		c.vars["registry_password"] = rotated
		expect(t, "an app", c.plan(), map[string]string{
			"terraform_data.secrets": "replace", "terraform_data.ssh_keys": "replace",
			"hcloud_ssh_key.ben": "create", `hcloud_zone_rrset.host["shop.lvs.me.uk"]`: "create",
		})
		c.must("apply", "-input=false", "tfplan")
		if c.delivered()["shop_mail_password"] != hostile("shop_mail_password") {
			t.Error("the app's secret did not arrive")
		}
		if keys := c.read(filepath.Join(c.node.Folder, "root/.ssh/authorized_keys")); !strings.Contains(keys, line) {
			t.Errorf("authorized_keys is %q", keys)
		}
	})
	t.Run("other user data", func(t *testing.T) {
		name := filepath.Join(c.dir, "infrastructure/cloud-init.yml")
		c.write(name, c.read(name)+"# changed\n")
		expect(t, "user data", c.plan(), map[string]string{
			"hcloud_server.main": "replace", "hcloud_volume_attachment.data": "replace",
			"terraform_data.secrets": "replace", "terraform_data.ssh_keys": "replace",
		})
		if out := c.must("show", "-no-color", "tfplan"); !strings.Contains(out, "hcloud_server.main must be replaced") {
			t.Errorf("the plan does not say that the server goes:\n%s", out)
		}
		c.must("apply", "-input=false", "tfplan")
		c.must("plan", "-input=false", "-detailed-exitcode")
	})
}

// TestOtherClouds brings up the other clouds of this repository as they are rendered.
func TestOtherClouds(t *testing.T) {
	for _, pattern := range []string{"../../examples/*", "../../test/clouds/*"} {
		roots, err := filepath.Glob(pattern)
		if err != nil || len(roots) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, root := range roots {
			t.Run(filepath.Base(root), func(t *testing.T) {
				c := renderedCloud(t, root)
				c.must("fmt", "-check", "-diff", "main.tf")
				if pinned := strings.Contains(c.main(), "host_key"); pinned {
					// The key that it expects is not this node's, so it is planned and not applied.
					c.must("init", "-input=false")
					c.must("validate")
					if got := c.plan(); len(got) < 10 {
						t.Errorf("only %v is planned", got)
					}
					return
				}
				c.up()
				c.must("validate")
				expect(t, "a second plan", c.plan(), map[string]string{})
			})
		}
	}
}

// TestHeld runs a second Terraform while the first holds the state: the first waits on the node, inside of its apply.
func TestHeld(t *testing.T) {
	c := newCloud(t, nil)
	c.program("bin/cloud-init", `: >"$NODE/waiting"; while [ ! -e "$NODE/go" ]; do sleep 0.05; done`)
	c.must("init", "-input=false")
	first := c.command("apply", "-input=false", "-auto-approve", "-no-color")
	output := filepath.Join(c.work, "first")
	file, err := os.Create(output)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	first.Stdout, first.Stderr = file, file
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- first.Wait() }()
	for waiting := false; !waiting; {
		select {
		case err := <-done:
			t.Fatalf("the first run ended: %v\n%s", err, c.read(output))
		case <-time.After(20 * time.Millisecond):
			_, err := os.Stat(filepath.Join(c.node.Folder, "waiting"))
			waiting = err == nil
		}
	}
	c.fails([]string{"plan", "-input=false"}, "Error acquiring the state lock", "PreconditionFailed")
	c.write(filepath.Join(c.node.Folder, "go"), "")
	if err := <-done; err != nil {
		t.Fatalf("%v\n%s", err, c.read(output))
	}
	c.must("plan", "-input=false", "-detailed-exitcode")
}

// TestHostKey hands secrets over to the node with the expected key alone.
func TestHostKey(t *testing.T) {
	t.Run("right", func(t *testing.T) {
		c := newCloud(t, func(c *cloud) {
			c.replace("clusters/prod/cluster.cue", "\tsshKeys: ops:", "\tsshHostKey: \""+c.node.HostKey+"\"\n\tsshKeys: ops:")
		})
		c.up()
		if len(c.delivered()) < 5 {
			t.Error("nothing was delivered")
		}
	})
	t.Run("wrong", func(t *testing.T) {
		_, other, _, err := sshnode.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		c := newCloud(t, func(c *cloud) {
			c.timeout = "1s" // Terraform asks again until then
			c.replace("clusters/prod/cluster.cue", "\tsshKeys: ops:", "\tsshHostKey: \""+other+"\"\n\tsshKeys: ops:")
		})
		c.must("init", "-input=false")
		c.fails([]string{"apply", "-input=false", "-auto-approve"}, "knownhosts: key mismatch")
		if _, err := os.Stat(filepath.Join(c.node.Folder, "calls")); !os.IsNotExist(err) {
			t.Error("something was run on a node with another key")
		}
	})
}

// TestFailedBoot delivers nothing to a node whose first boot failed, and everything to one with mere warnings.
func TestFailedBoot(t *testing.T) {
	c := newCloud(t, nil)
	c.program("bin/cloud-init", "exit 1")
	c.must("init", "-input=false")
	c.fails([]string{"apply", "-input=false", "-auto-approve"}, "the first boot failed, see: journalctl -u cloud-final")
	if _, err := os.Stat(filepath.Join(c.node.Folder, "delivered")); !os.IsNotExist(err) {
		t.Error("the secrets were delivered")
	}
	c.program("bin/cloud-init", "exit 2")
	c.program("usr/local/sbin/lvsgen-deliver", "exit 3")
	c.fails([]string{"apply", "-input=false", "-auto-approve"}, "Process exited with status 3")
	if left, err := os.ReadDir(filepath.Join(c.node.Folder, "run")); err != nil || len(left) > 0 {
		t.Errorf("a refused delivery left in /run: %v %v", left, err)
	}
	c.program("usr/local/sbin/lvsgen-deliver", `cat >"$NODE/delivered"`)
	c.must("apply", "-input=false", "-auto-approve")
	if len(c.delivered()) < 5 {
		t.Error("the secrets were not delivered by the next run")
	}
}

// TestBroken breaks main.tf, or what it is given, in one place each.
func TestBroken(t *testing.T) {
	c := newCloud(t, nil)
	c.must("init", "-input=false")
	whole := c.main()
	for _, broken := range []struct{ old, with, says string }{
		{`server_type = `, `servertype  = `, `An argument named "servertype" is not expected here. Did you mean "server_type"?`},
		{`  location    = "fsn1"`, `  datacenter  = "fsn1-dc14"`, `An argument named "datacenter" is not expected here`},
		{`hcloud_volume.data.id)`, `hcloud_volume.daten.id)`, `A managed resource "hcloud_volume" "daten" has not been declared`},
		{`base64encode(var.git_private_key)`, `base64encode(var.git_key)`, `An input variable with the name "git_key" has not been declared`},
		{`"hcloud_primary_ip" "ipv6"`, `"hcloud_primary_ipv6" "ipv6"`, `The provider hetznercloud/hcloud does not support resource type "hcloud_primary_ipv6"`},
		{`size              = 50`, `size              = "much"`, `Inappropriate value for attribute "size": a number is required`},
		{`alias_ips = []`, `alias_ips = [`, `Expected the start of an expression`},
		{`public_net {`, `public_network {`, `Blocks of type "public_network" are not expected here`},
		{`  network_id   = hcloud_network.private.id`, ``, `The argument "network_id" is required`},
	} {
		if strings.Count(whole, broken.old) != 1 {
			t.Fatalf("main.tf has %d of %q", strings.Count(whole, broken.old), broken.old)
		}
		c.write(filepath.Join(c.dir, "infrastructure/main.tf"), strings.Replace(whole, broken.old, broken.with, 1))
		c.fails([]string{"validate"}, broken.says)
	}
	c.write(filepath.Join(c.dir, "infrastructure/main.tf"), whole)
	c.must("validate")

	password := c.vars["registry_password"]
	delete(c.vars, "registry_password")
	c.fails([]string{"plan", "-input=false"}, "No value for required variable")
	c.vars["registry_password"] = ""
	c.fails([]string{"plan", "-input=false"}, "set TF_VAR_registry_password, from the Actions secret REGISTRY_PASSWORD")
	c.vars["registry_password"] = password
	c.env = slices.DeleteFunc(c.env, func(e string) bool { return strings.HasPrefix(e, "HCLOUD_TOKEN=") })
	c.fails([]string{"plan", "-input=false"}, "Missing Hetzner Cloud API token")
	if err := os.Remove(filepath.Join(c.dir, "infrastructure/cloud-init.yml")); err != nil {
		t.Fatal(err)
	}
	c.fails([]string{"plan", "-input=false"}, "cloud-init.yml")
}

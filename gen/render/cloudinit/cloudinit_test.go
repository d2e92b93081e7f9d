package cloudinit_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
	"github.com/lvs-cloud/lvsgen/gen/render/cloudinit"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

// cloud is the small cloud on a machine.
func cloud(change func(*model.Inputs)) *model.Inputs {
	in := cloudtest.Small()
	in.Cloud.Git.KnownHosts = "github.com ssh-ed25519 AAAA"
	in.Cluster.Servers = map[string]model.Server{"main": {Type: "cx33", Location: "fsn1"}}
	in.Cluster.Network.Address = "10.0.1.10"
	in.Cluster.K3s.Version = "v1.36.4+k3s1"
	w := &in.Cluster.UpgradeWindow
	w.Day, w.From, w.To, w.TimeZone = "sunday", "03:00", "05:00", "Europe/London"
	if change != nil {
		change(in)
	}
	return in
}

func render(t *testing.T, in *model.Inputs) string {
	t.Helper()
	files, err := cloudinit.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0].Path != cloudinit.Path {
		t.Fatalf("%d files", len(files))
	}
	return string(files[0].Content)
}

// withNeeds is a service with needs of the node.
func withNeeds(name string, change func(*model.NodeNeeds)) model.Service {
	return cloudtest.Service(name, func(s *model.Service) { change(&s.Node) })
}

func TestGolden(t *testing.T) {
	in := cloud(func(in *model.Inputs) {
		in.Cluster.Services = append(in.Cluster.Services,
			withNeeds("disks", func(n *model.NodeNeeds) {
				n.Packages, n.Modules, n.Services = []string{"open-iscsi", "jq"}, []string{"iscsi_tcp"}, []string{"iscsid.service"}
				n.Files = map[string]string{"/etc/disks.conf": "a\n"}
				n.K3s.Disable = []string{"local-storage"}
			}),
			withNeeds("registry", func(*model.NodeNeeds) {}))
	})
	files, err := cloudinit.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	cloudtest.Golden(t, "small", files)
}

// TestStable changes apps, secrets and the rest of the platform at random: none of it may reach the user data, since Terraform
// replaces the server when that changes.
func TestStable(t *testing.T) {
	want := render(t, cloud(nil))
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		got := render(t, cloud(func(in *model.Inputs) {
			for range random.IntN(4) {
				name := fmt.Sprintf("app-%d", random.IntN(1000))
				in.Apps = append(in.Apps, cloudtest.App(name, func(a *model.App) {
					a.Host = name + ".example.org"
					a.Secrets = map[string]model.AppSecret{"s": {Keys: []string{fmt.Sprint(random.IntN(9))}}}
				}))
			}
			in.Apps = in.Apps[random.IntN(len(in.Apps)+1):]
			for i := range in.Cluster.Services {
				s := &in.Cluster.Services[i]
				s.Secrets = map[string]model.ServiceSecret{fmt.Sprintf("secret_%d", random.IntN(1000)): {}}
				s.Values = map[string]any{"x": random.IntN(1000)}
			}
			in.Cloud.ACMEEmail = fmt.Sprintf("ops%d@example.org", random.IntN(1000))
			in.Cloud.Git.Author.Name = fmt.Sprint(random.IntN(1000))
			in.Cluster.SSHKeys = map[string]string{"ops": fmt.Sprint(random.IntN(1000))}
			in.Cluster.Volume.Size = 10 + random.IntN(1000)
		}))
		if got != want {
			t.Fatal("the user data changed")
		}
	}
	if got := render(t, cloudtest.Reversed(cloud(nil))); got != want {
		t.Error("the user data depends on the order of the services")
	}
	if render(t, cloud(func(in *model.Inputs) { in.Cluster.K3s.Version = "v1.36.5+k3s1" })) == want {
		t.Error("what the node is made of does not change the user data")
	}
}

func TestNoSecretIsInside(t *testing.T) {
	text := render(t, cloud(nil))
	for _, sign := range []string{"PRIVATE KEY", "AGE-SECRET-KEY", "hcloud_token="} {
		if strings.Contains(text, sign) {
			t.Errorf("the user data has %q", sign)
		}
	}
	if !strings.HasPrefix(text, "#cloud-config\n") || strings.Count(text, node.VolumeID) == 0 {
		t.Error("it is no user data for Terraform")
	}
}

func TestFindings(t *testing.T) {
	for want, change := range map[string]func(*model.NodeNeeds){
		`service "x" needs "a b" of the node, which is not a name of that kind`:                func(n *model.NodeNeeds) { n.Packages = []string{"a b"} },
		`service "x" needs "--force" of the node, which is not a name of that kind`:            func(n *model.NodeNeeds) { n.Packages = []string{"--force"} },
		`service "x" needs "$(id)" of the node, which is not a name of that kind`:              func(n *model.NodeNeeds) { n.Modules = []string{"$(id)"} },
		`service "x" needs "iscsid" of the node, which is not a name of that kind`:             func(n *model.NodeNeeds) { n.Services = []string{"iscsid"} },
		`service "x" puts a file at "/etc/../x", which is not a plain absolute path`:           func(n *model.NodeNeeds) { n.Files = map[string]string{"/etc/../x": ""} },
		`the file "/etc/rancher/k3s/config.yaml" of the node comes from services and from k3s`: func(n *model.NodeNeeds) { n.Files = map[string]string{"/etc/rancher/k3s/config.yaml": ""} },
		`bytes compressed; Hetzner takes 32768`:                                                func(n *model.NodeNeeds) { n.Files = map[string]string{"/x": noise(20000)} },
	} {
		_, err := cloudinit.Files(cloud(func(in *model.Inputs) {
			in.Cluster.Services = append(in.Cluster.Services, withNeeds("x", change))
		}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// noise is text that does not compress.
func noise(n int) string {
	random := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(' ' + random.IntN(90))
	}
	return string(b)
}

// TestHeaderFits: the header does not push away the line by which cloud-init knows its files.
func TestHeaderFits(t *testing.T) {
	files, err := cloudinit.Files(cloud(nil))
	if err != nil {
		t.Fatal(err)
	}
	var all tree.Tree
	if err := all.Add(files[0]); err != nil {
		t.Fatal(err)
	}
	f, _ := all.Get(cloudinit.Path)
	if !strings.HasPrefix(string(f.Content), "#cloud-config\n# Code generated by lvsgen") {
		t.Errorf("%.100q", f.Content)
	}
}

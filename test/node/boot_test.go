package node

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, root string) *UserData {
	t.Helper()
	u, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	if u, err = Parse(withReleases(t, u.Text)); err != nil {
		t.Fatal(err)
	}
	return u
}

// written is a machine on which cloud-init has written the files of the reference cloud, but not yet started anything.
func written(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t, nil)
	m.write("/record/hold", 0o644, "")
	m.cloudInit(read(t, "../..").Text)
	m.must(os.Remove(m.path("/record/hold")))
	m.calls()
	return m
}

// first are the calls of a first boot of the reference cloud, but for the packages.
var first = []string{
	"apt-get --quiet --option=DPkg::Lock::Timeout=300 update",
	"apt-get --quiet --option=DPkg::Lock::Timeout=300 --option=DPkg::Options::=--force-confold --yes --no-install-recommends install ca-certificates cryptsetup curl dmsetup jq needrestart nfs-common nftables open-iscsi openssh-client unattended-upgrades",
	"fallocate --length 2GiB /swapfile.new",
	"mkswap --quiet /swapfile.new",
	"sysctl --quiet --load=/etc/sysctl.d/60-lvsgen.conf",
	"systemctl restart systemd-journald.service",
	"sshd -T",
	"systemctl start srv-data.mount",
	"resize2fs /dev/disk/by-id/scsi-0HC_Volume_10042",
	"modprobe dm_crypt",
	"modprobe iscsi_tcp",
	"curl --fail --silent --show-error --location --proto =https --retry 5 --retry-all-errors --output /tmp/tmp.X/archive https://github.com/distribution/distribution/releases/download/v3.1.2/registry_3.1.2_linux_amd64.tar.gz",
	"curl --fail --silent --show-error --location --proto =https --retry 5 --retry-all-errors --output /tmp/tmp.X/archive https://github.com/caddyserver/caddy/releases/download/v2.11.9/caddy_2.11.9_linux_amd64.tar.gz",
	"curl --fail --silent --show-error --location --proto =https --retry 5 --retry-all-errors --output /tmp/tmp.X/list https://github.com/caddyserver/caddy/releases/download/v2.11.9/caddy_2.11.9_checksums.txt",
	"curl --fail --silent --show-error --location --retry 5 --retry-all-errors --output /usr/local/lib/lvsgen/k3s-install.sh.new https://raw.githubusercontent.com/k3s-io/k3s/v1.36.4%2Bk3s1/install.sh",
	"installer INSTALL_K3S_EXEC=server",
	"installer INSTALL_K3S_SKIP_START=true",
	"installer INSTALL_K3S_VERSION=v1.36.4+k3s1",
	"systemctl daemon-reload",
	"systemctl enable --quiet lvsgen-metadata.service swapfile.swap lvsgen-reboot.timer srv-data.mount iscsid.service lvsgen-registry-password.service registry.service caddy.service lvsgen-registry-collect.timer k3s.service lvsgen-flux.service lvsgen-secrets.target",
	"systemctl start --no-block lvsgen-metadata.service swapfile.swap lvsgen-reboot.timer srv-data.mount iscsid.service lvsgen-registry-password.service registry.service caddy.service lvsgen-registry-collect.timer k3s.service lvsgen-flux.service lvsgen-secrets.target",
}

// scratchFolder is one that mktemp made.
var scratchFolder = regexp.MustCompile(`/tmp/tmp\.[A-Za-z0-9]+/`)

// changes are the calls that do something: asking what is installed, and what cloud-init asks of the network, do not.
func changes(calls []string) []string {
	for i, call := range calls {
		calls[i] = scratchFolder.ReplaceAllString(call, "/tmp/tmp.X/")
	}
	return slices.DeleteFunc(calls, func(call string) bool {
		return strings.HasPrefix(call, "dpkg-query ") || strings.HasPrefix(call, "ip ")
	})
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestFirstBoot(t *testing.T) {
	trees, err := Trees("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range trees {
		t.Run(filepath.Base(tree), func(t *testing.T) {
			u := read(t, tree)
			m := newMachine(t, nil)
			m.attach(t.TempDir(), "mkfs.ext4")
			result := m.cloudInit(u.Text)
			if !strings.Contains(result, `"errors": []`) || strings.Contains(result, "WARNING") {
				t.Errorf("cloud-init: %s", result)
			}
			calls := changes(m.calls())
			if len(calls) == 0 || calls[0] != "systemctl enable --now lvsgen-node.service" {
				t.Fatalf("the first call is not the unit's: %q", calls)
			}
			if tree == "../.." {
				same(t, "calls", calls[1:], first)
			} else if last := calls[len(calls)-1]; !strings.HasPrefix(last, "systemctl start --no-block ") {
				t.Errorf("the last call is %q", last)
			}
			for name, f := range u.Files {
				info, err := os.Stat(m.path(name))
				if err != nil {
					t.Error(err)
					continue
				}
				if info.Mode().Perm() != f.Mode || m.read(name) != f.Content {
					t.Errorf("%s is not what the user data says (mode %o)", name, info.Mode().Perm())
				}
			}
			if got := m.read("/srv/data/.lvsgen-cluster"); got != "prod\n" {
				t.Errorf("the volume's cluster is %q", got)
			}
			if got := m.read("/srv/data/node/ssh/ssh_host_ed25519_key"); got != "the image's key\n" {
				t.Errorf("the volume's host key is %q", got)
			}
		})
	}
}

// TestSecondBoot boots the same disk again: by cloud-init nothing runs, and the unit finds all that it would do done.
func TestSecondBoot(t *testing.T) {
	m := written(t)
	m.attach(t.TempDir(), "mkfs.ext4")
	m.ok("/usr/local/sbin/lvsgen-node")
	m.calls()
	m.write("/var/log/journal/x", 0o644, "") // what journald makes of its configuration
	before := m.snapshot()
	m.boot()
	same(t, "cloud-init's calls", changes(m.calls()), nil)
	m.ok("/usr/local/sbin/lvsgen-node")
	same(t, "calls", changes(m.calls()), []string{
		"sysctl --quiet --load=/etc/sysctl.d/60-lvsgen.conf", "sshd -T",
		"resize2fs /dev/disk/by-id/scsi-0HC_Volume_10042", "modprobe dm_crypt", "modprobe iscsi_tcp",
		"systemctl daemon-reload", first[len(first)-2], first[len(first)-1],
	})
	same(t, "files", m.snapshot(), before)
}

// snapshot lists what is on the machine's disk beyond the image, and what is on its volume, with digests and times.
func (m *machine) snapshot() []string {
	m.t.Helper()
	var out []string
	upper := filepath.Join(m.dir, "upper")
	for _, top := range []string{upper + "/etc", upper + "/usr", upper + "/swapfile", m.path("/srv/data")} {
		m.must(filepath.Walk(top, func(name string, info os.FileInfo, err error) error {
			if err != nil || !info.Mode().IsRegular() || strings.Contains(name, "/etc/cloud/") {
				return err
			}
			content, err := os.ReadFile(name)
			out = append(out, fmt.Sprintf("%s %s %s %s", strings.TrimPrefix(name, m.dir), info.Mode(), info.ModTime(), digest(content)))
			return err
		}))
	}
	if len(out) < 30 {
		m.t.Errorf("only %d files are compared", len(out))
	}
	return out
}

// TestEveryFailureStops lets each program of the boot fail in turn: the step is named, nothing later happens, and the next
// try, which the unit makes, comes through.
func TestEveryFailureStops(t *testing.T) {
	disk := written(t)
	steps := map[string]string{
		"apt-get": "packages", "fallocate": "setup of 00-base", "mkswap": "setup of 00-base", "sysctl": "setup of 00-base",
		"sshd": "setup of 00-base", "resize2fs": "setup of 01-volume", "modprobe": "setup of 02-services", "curl": "setup of 03-registry",
		"installer": "setup of 04-k3s", "systemctl": "setup of 00-base",
	}
	for _, call := range first {
		name, _, _ := strings.Cut(call, " ")
		if steps[name] == "" {
			t.Errorf("%s is called, and this test does not let it fail", name)
		}
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, disk)
			m.attach(t.TempDir(), "mkfs.ext4")
			m.write("/record/fail/"+name, 0o644, "")
			out, err := m.run("", "/usr/local/sbin/lvsgen-node")
			if err == nil || !strings.Contains(out, "lvsgen-node: FAILED at: "+step+";") {
				t.Errorf("got %v\n%s", err, out)
			}
			calls := changes(m.calls())
			if last := calls[len(calls)-1]; !strings.HasPrefix(last, name+" ") {
				t.Errorf("after the failure came %q", last)
			}
			m.must(os.Remove(m.path("/record/fail/" + name)))
			m.ok("/usr/local/sbin/lvsgen-node")
			calls = m.calls()
			if last := calls[len(calls)-1]; last != first[len(first)-1] {
				t.Errorf("the second try ends with %q", last)
			}
		})
	}
}

// TestPasswordLogin is an sshd that takes passwords in spite of the node's file.
func TestPasswordLogin(t *testing.T) {
	m := written(t)
	m.attach(t.TempDir(), "mkfs.ext4")
	m.write("/stubs/sshd.sh", 0o644, "printf 'passwordauthentication yes\\nkbdinteractiveauthentication no\\n'\n")
	out, err := m.run("", "/usr/local/sbin/lvsgen-node")
	if err == nil || !strings.Contains(out, `sshd does not have "passwordauthentication no"`) {
		t.Errorf("got %v\n%s", err, out)
	}
}

// TestNewServer gives the volume of one server to a new one, whose disk knows nothing.
// startK3s runs what the drop-in of k3s's unit says.
// TestK3sVersion is about data that another version of k3s has used.
// TestK3sRefuses is about a k3s that would start on a wrong disk, or without its address.

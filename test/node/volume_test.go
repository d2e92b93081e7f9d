package node

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestVolume(t *testing.T) {
	disk := written(t)
	for _, c := range []struct {
		name    string
		prepare func(m *machine)
		want    string // in the message; "" when the boot succeeds
	}{
		{"late", func(m *machine) {
			m.attach(m.t.TempDir(), "mkfs.ext4")
			m.must(os.Rename(m.path("/dev/disk/by-id"), m.path("/dev/disk/by-id.late")))
			m.write("/record/late", 0o644, "20")
		}, ""},
		{"missing", func(*machine) {}, "volume 10042 is not attached: /dev/disk/by-id/scsi-0HC_Volume_10042 did not come in 300 s"},
		{"no file system", func(m *machine) { m.attach(m.t.TempDir(), "") }, "volume 10042 holds no file system, not ext4"},
		{"another file system", func(m *machine) { m.attach(m.t.TempDir(), "mkswap") }, "volume 10042 holds swap, not ext4"},
		{"of another cluster", func(m *machine) {
			m.attach(m.t.TempDir(), "mkfs.ext4")
			m.write("/volume/files/.lvsgen-cluster", 0o644, "staging\n")
		}, `volume 10042 is that of cluster "staging", not of "prod"`},
		{"with unknown files", func(m *machine) {
			m.attach(m.t.TempDir(), "mkfs.ext4")
			m.write("/volume/files/photos/1.jpg", 0o644, "x")
		}, "volume 10042 holds files that no cluster put there, such as /srv/data/photos"},
		{"empty but for lost+found", func(m *machine) {
			m.attach(m.t.TempDir(), "mkfs.ext4")
			m.must(os.Mkdir(m.path("/volume/files/lost+found"), 0o700))
		}, ""},
		{"not mounted in the end", func(m *machine) {
			m.attach(m.t.TempDir(), "mkfs.ext4")
			m.write("/record/mounts-nothing", 0o644, "")
		}, "srv-data.mount was started, but nothing is mounted at /srv/data"},
		{"id not filled in", func(m *machine) {
			m.write("/etc/lvsgen/volume.env", 0o644, "VOLUME_ID='@VOLUME_ID@'\nVOLUME_WAIT_SECONDS='300'\nCLUSTER='prod'\n")
		}, `"@VOLUME_ID@" is not the id of a volume`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t, disk)
			c.prepare(m)
			out, err := m.run("", "/usr/local/sbin/lvsgen-node")
			calls := m.calls()
			if c.want == "" {
				if err != nil {
					t.Errorf("%v\n%s", err, out)
				}
				return
			}
			if err == nil || !strings.Contains(out, c.want) {
				t.Errorf("got %v, want %q\n%s", err, c.want, out)
			}
			for _, call := range calls {
				if strings.HasPrefix(call, "installer") || strings.HasPrefix(call, "resize2fs") {
					t.Errorf("it went on: %s", call)
				}
			}
		})
	}
}

func TestNewServer(t *testing.T) {
	disk := written(t)
	volume := t.TempDir()
	old := newMachine(t, disk)
	old.attach(volume, "mkfs.ext4")
	old.ok("/usr/local/sbin/lvsgen-node")
	old.ok("sh", "-c", "printf \"the node's password\" >/etc/rancher/node/password") // as k3s does
	old.startK3s()

	m := newMachine(t, disk)
	m.attach(volume, "mkfs.ext4")
	m.write("/etc/ssh/ssh_host_ed25519_key", 0o600, "a new image's key\n")
	m.ok("/usr/local/sbin/lvsgen-node")
	m.startK3s()
	for name, want := range map[string]string{
		"/etc/rancher/node/password":               "the node's password",
		"/etc/ssh/ssh_host_ed25519_key":            "the image's key\n",
		"/srv/data/node/k3s-version":               "v1.36.4+k3s1\n",
		"/etc/rancher/k3s/config.yaml.d/node.yaml": "flannel-iface: \"enp7s0\"\nnode-external-ip: \"198.51.100.7\"\n",
	} {
		out, err := m.run("", "cat", name) // through links, as a program of the machine sees it
		if err != nil || out != want {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	if calls := m.calls(); !slices.Contains(calls, "systemctl try-reload-or-restart ssh.service") {
		t.Errorf("sshd still shows the new image's key: %q", calls)
	}
}

func (m *machine) startK3s() {
	m.t.Helper()
	for line := range strings.Lines(m.read("/etc/systemd/system/k3s.service.d/10-lvsgen.conf")) {
		for _, key := range []string{"ExecStartPre=", "ExecStartPost=-"} {
			if program, ok := strings.CutPrefix(strings.TrimSpace(line), key); ok {
				m.ok(program)
			}
		}
	}
}

func TestK3sVersion(t *testing.T) {
	disk := written(t)
	for recorded, want := range map[string]string{
		"v1.36.10+k3s1":              "v1.36.10+k3s1", // an upgrade in the cluster; 10 is more than 4
		"v1.36.4+k3s2":               "v1.36.4+k3s2",
		"v1.35.9+k3s1":               "v1.36.4+k3s1",
		"v1.36.4+k3s1":               "v1.36.4+k3s1",
		"rubbish":                    "",
		"v1.99.0+k3s1; touch /owned": "",
	} {
		t.Run(recorded, func(t *testing.T) {
			m := newMachine(t, disk)
			volume := t.TempDir()
			m.attach(volume, "mkfs.ext4")
			m.write("/volume/files/.lvsgen-cluster", 0o644, "prod\n")
			m.write("/volume/files/node/k3s-version", 0o644, recorded+"\n")
			out, err := m.run("", "/usr/local/sbin/lvsgen-node")
			if want == "" {
				if err == nil || !strings.Contains(out, "does not name a version of k3s") {
					t.Errorf("got %v\n%s", err, out)
				}
				return
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if calls := m.calls(); !slices.Contains(calls, "installer INSTALL_K3S_VERSION="+want) {
				t.Errorf("installed: %q", calls)
			}
			// The cluster upgrades k3s; a reboot leaves it alone.
			m.write("/usr/local/bin/k3s", 0o755, "#!/bin/sh\necho 'k3s version v1.37.1+k3s1 (x)'\n")
			m.startK3s()
			m.ok("/usr/local/sbin/lvsgen-node")
			if calls := m.calls(); slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, "installer") }) {
				t.Errorf("k3s was installed again: %q", calls)
			}
			if got := m.read("/srv/data/node/k3s-version"); got != "v1.37.1+k3s1\n" {
				t.Errorf("recorded %q", got)
			}
		})
	}
}

func TestK3sRefuses(t *testing.T) {
	m := written(t)
	prepare := "/usr/local/sbin/lvsgen-k3s-prepare"
	refused := func(want string) {
		t.Helper()
		if out, err := m.run("", prepare); err == nil || !strings.Contains(out, want) {
			t.Errorf("got %v, want %q\n%s", err, want, out)
		}
	}
	refused("the volume is not mounted at /srv/data")
	m.attach(t.TempDir(), "mkfs.ext4")
	m.ok("/usr/local/sbin/lvsgen-volume")
	refused("/etc/rancher/node is not on the volume")
	m.ok("/usr/local/sbin/lvsgen-identity")
	m.write("/record/no-address", 0o644, "")
	refused("no interface has the private address 10.0.1.10")
	m.must(os.Remove(m.path("/record/no-address")))
	m.ok(prepare)
	m.write("/stubs/ip.sh", 0o644, "[[ $* == *address* ]] && echo '3: ens10 inet 10.0.1.10/32'\nexit 0\n")
	refused("there is no default route for IPv4")
}

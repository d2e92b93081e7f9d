package node

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// inside tells that this process is in namespaces of its own.
const inside = "LVSGEN_NODE_TEST_INSIDE"

// TestMain runs the tests in namespaces of their own: what they mount goes with them, and there is no network but loopback.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "k3s" {
		os.Exit(kubectl(os.Args[1:]))
	}
	if os.Getenv(inside) != "" {
		if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "ip: %v: %s\n", err, out)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	for _, program := range []string{"unshare", "cloud-init", "shellcheck", "systemd-analyze", "jq", "nft", "ip", "mkfs.ext4", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Fprintf(os.Stderr, "%s is missing: run test/node/install.sh as root\n", program)
			os.Exit(1)
		}
	}
	cmd := exec.Command("unshare", append([]string{"--mount", "--pid", "--fork", "--ipc", "--uts", "--net", "--mount-proc", os.Args[0]}, os.Args[1:]...)...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() < 0 {
			fmt.Fprintf(os.Stderr, "unshare: %v\n", err)
		}
		os.Exit(1)
	}
}

// machine is an overlay of this machine's root folder, with stubs first in PATH.
type machine struct {
	t    *testing.T
	dir  string // a tmpfs: upper, work and the merged root
	root string
	// extra is added to the environment of what runs.
	extra []string
}

// stubs are the programs that the scripts may call and that must not do their work here. Those at the end make file systems:
// a call of them is always wrong.
var stubs = []string{
	"systemctl", "apt-get", "dpkg-query", "curl", "sshd", "sysctl", "fallocate", "mkswap", "modprobe", "resize2fs", "sleep", "ip",
	"mkfs", "mkfs.ext4", "mke2fs", "wipefs", "parted", "sfdisk",
}

// newMachine makes a machine: a fresh one, or one with a copy of another's disk.
func newMachine(t *testing.T, from *machine) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir()}
	m.root = filepath.Join(m.dir, "root")
	m.mount("tmpfs", m.dir, "tmpfs", "")
	upper, work := filepath.Join(m.dir, "upper"), filepath.Join(m.dir, "work")
	for _, dir := range []string{upper, work, m.root} {
		m.must(os.Mkdir(dir, 0o755))
	}
	if from != nil {
		m.command("cp", "--archive", filepath.Join(from.dir, "upper")+"/.", upper)
	}
	m.mount("overlay", m.root, "overlay", "lowerdir=/,upperdir="+upper+",workdir="+work)
	m.mount("proc", m.path("/proc"), "proc", "")
	for _, dir := range []string{"/run", "/dev", "/tmp"} {
		m.mount("tmpfs", m.path(dir), "tmpfs", "")
	}
	for name, minor := range map[string]int{"null": 3, "zero": 5, "urandom": 9} {
		m.must(syscall.Mknod(m.path("/dev/"+name), syscall.S_IFCHR|0o666, 1<<8|minor))
	}
	if from == nil {
		m.install()
	}
	return m
}

// install is the disk as Hetzner's image has it, with the stubs.
func (m *machine) install() {
	for _, dir := range []string{"/record/fail", "/stubs", "/etc/ssh"} {
		m.must(os.MkdirAll(m.path(dir), 0o755))
	}
	m.must(os.RemoveAll(m.path("/var/log/journal")))
	files, err := filepath.Glob("testdata/stubs/*")
	m.must(err)
	for _, file := range files {
		m.command("cp", file, m.path("/stubs/"))
	}
	for _, name := range stubs {
		m.command("install", "--mode=0755", "testdata/stubs/STUB", m.path("/stubs/"+name))
	}
	for _, program := range released {
		m.write("/stubs/"+program+".tar.gz", 0o644, string(release(m.t, program)))
	}
	m.write("/etc/ssh/ssh_host_ed25519_key", 0o600, "the image's key\n")
	m.write("/etc/ssh/ssh_host_ed25519_key.pub", 0o644, "the image's public key\n")
}

// attach attaches a volume, which is a folder with the files and a file in the role of the device, formatted by the program
// format or not at all.
func (m *machine) attach(volume, format string) {
	m.t.Helper()
	m.must(os.MkdirAll(m.path("/volume/files"), 0o755))
	m.bind(volume, m.path("/volume/files"))
	device := m.path("/dev/disk/by-id/scsi-0HC_Volume_" + VolumeID)
	m.must(os.MkdirAll(filepath.Dir(device), 0o755))
	m.must(os.WriteFile(device, nil, 0o600))
	m.must(os.Truncate(device, 8<<20))
	if format != "" {
		m.command(format, "-q", device)
	}
}

func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) command(name string, args ...string) {
	m.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		m.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

func (m *machine) mount(source, target, kind, data string) {
	m.t.Helper()
	if err := syscall.Mount(source, target, kind, 0, data); err != nil {
		m.t.Fatalf("mount %s at %s: %v", kind, target, err)
	}
	m.t.Cleanup(func() { m.must(syscall.Unmount(target, syscall.MNT_DETACH)) })
}

func (m *machine) bind(source, target string) {
	m.t.Helper()
	m.must(syscall.Mount(source, target, "", syscall.MS_BIND, ""))
	m.t.Cleanup(func() { m.must(syscall.Unmount(target, syscall.MNT_DETACH)) })
}

func (m *machine) write(name string, mode os.FileMode, content string) {
	m.t.Helper()
	m.must(os.MkdirAll(filepath.Dir(m.path(name)), 0o755))
	m.must(os.WriteFile(m.path(name), []byte(content), mode))
	m.must(os.Chmod(m.path(name), mode))
}

func (m *machine) read(name string) string {
	m.t.Helper()
	content, err := os.ReadFile(m.path(name))
	m.must(err)
	return string(content)
}

// run runs a program of the machine as systemd would, with an environment of its own, and gives all that it printed.
func (m *machine) run(input string, name string, args ...string) (string, error) {
	m.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: m.root}
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/stubs:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}, m.extra...)
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// ok is run for what must succeed.
func (m *machine) ok(name string, args ...string) string {
	m.t.Helper()
	out, err := m.run("", name, args...)
	if err != nil {
		m.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

// calls gives what the stubs wrote down since the last look.
func (m *machine) calls() []string {
	m.t.Helper()
	content, err := os.ReadFile(m.path("/record/calls"))
	if os.IsNotExist(err) {
		return nil
	}
	m.must(err)
	m.must(os.Remove(m.path("/record/calls")))
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	for _, line := range lines {
		name, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(name, "mk") && name != "mkswap" || slices.Contains(stubs[len(stubs)-3:], name) {
			m.t.Errorf("a file system was made: %s", line)
		}
	}
	return lines
}

// cloudInit lets cloud-init read the user data and do what its four units do at a boot.
func (m *machine) cloudInit(userData []byte) string {
	m.t.Helper()
	m.must(os.RemoveAll(m.path("/etc/cloud/cloud.cfg.d")))
	m.must(os.RemoveAll(m.path("/var/lib/cloud")))
	m.write("/etc/cloud/cloud.cfg", 0o644, `datasource_list: [NoCloud]
network: {config: disabled}
cloud_init_modules: [write-files]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
system_info: {distro: debian, paths: {cloud_dir: /var/lib/cloud/, templates_dir: /etc/cloud/templates/}}
`)
	m.write("/var/lib/cloud/seed/nocloud/meta-data", 0o644, "instance-id: one\nlocal-hostname: main\n")
	m.write("/var/lib/cloud/seed/nocloud/user-data", 0o600, string(userData))
	return m.boot()
}

// boot is what cloud-init does at every boot.
func (m *machine) boot() string {
	m.t.Helper()
	var out strings.Builder
	for _, stage := range [][]string{{"init", "--local"}, {"init"}, {"modules", "--mode=config"}, {"modules", "--mode=final"}} {
		text, err := m.run("", "cloud-init", stage...)
		out.WriteString(text)
		if err != nil {
			m.t.Fatalf("cloud-init %q: %v\n%s", stage, err, text)
		}
	}
	return out.String() + m.read("/run/cloud-init/result.json")
}

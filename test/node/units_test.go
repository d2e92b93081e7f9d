package node

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func systemdFaults(m *machine, units []string) string {
	args := []string{"verify", "--man=no"}
	for _, unit := range units {
		args = append(args, "/etc/systemd/system/"+unit)
	}
	out, err := m.run("", "systemd-analyze", args...)
	if err != nil {
		out += err.Error()
	}
	return out
}

func TestUnits(t *testing.T) {
	each(t, func(t *testing.T, _ string, u *UserData) {
		m := newMachine(t, nil)
		for name, f := range u.Files {
			m.write(name, f.Mode, f.Content)
		}
		m.write("/etc/systemd/system/k3s.service", 0o644, "[Service]\nType=notify\nExecStart=/usr/local/bin/k3s server\n")
		for _, program := range append([]string{"k3s"}, released...) {
			m.write("/usr/local/bin/"+program, 0o755, "#!/bin/sh\n")
		}
		units := append(u.Units(), "k3s.service")
		if len(units) < 8 {
			t.Errorf("only %q are judged", units)
		}
		if out := systemdFaults(m, units); out != "" {
			t.Errorf("%s", out)
		}
		for _, unit := range strings.Fields(u.Files["/etc/lvsgen/units"].Content) {
			f, ours := u.Files["/etc/systemd/system/"+unit]
			if ours && !strings.Contains(f.Content, "\n[Install]\n") {
				t.Errorf("%s cannot be enabled", unit)
			}
		}
		// Of 0 to 100, the less the better; measured 23. The others change the machine as root, that is their purpose.
		if exposure, err := exposure(m); err != nil {
			t.Errorf("%v: %s", err, exposure)
		}
	})
}

func TestUnitsRefused(t *testing.T) {
	m := newMachine(t, nil)
	u := read(t, "../..")
	for name, f := range u.Files {
		m.write(name, f.Mode, f.Content)
	}
	for _, c := range []struct{ unit, from, to, want string }{
		{"lvsgen-flux.service", "Restart=on-failure", "Restrat=on-failure", "Restrat"},
		{"lvsgen-flux.service", "RestartSec=10s", "RestartSec=10x", "10x"},
		{"lvsgen-node.service", "/usr/local/sbin/lvsgen-node", "/usr/local/sbin/lvsgen-nodes", "lvsgen-nodes"},
		{"srv-data.mount", "Where=/srv/data", "Where=/srv/date", "Where="},
		{"lvsgen-reboot.timer", "OnCalendar=sun", "OnCalendar=sn", "calendar specification"},
	} {
		file := "/etc/systemd/system/" + c.unit
		good := m.read(file)
		m.edit(file, c.from, c.to)
		if out := systemdFaults(m, []string{c.unit}); !strings.Contains(out, c.want) {
			t.Errorf("%s: got %q", c.to, out)
		}
		m.write(file, 0o644, good)
	}
	m.edit("/etc/systemd/system/lvsgen-flux.service", "ProtectSystem=strict", "ProtectSystem=no")
	m.edit("/etc/systemd/system/lvsgen-flux.service", "CapabilityBoundingSet=\n", "")
	if exposure, err := exposure(m); err == nil {
		t.Errorf("an open unit was taken: %s", exposure)
	}
}

func exposure(m *machine) (string, error) {
	out, err := m.run("", "systemd-analyze", "security", "--offline=true", "--threshold=25", "/etc/systemd/system/lvsgen-flux.service")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1], err
}

func window(t *testing.T, root string) (day, from, to, zone string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "clusters/*/cluster.cue"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "upgradeWindow: {")
	block, _, _ = strings.Cut(block, "}")
	field := func(name, otherwise string) string {
		if m := regexp.MustCompile(name + `:\s+"([^"]+)"`).FindStringSubmatch(block); m != nil {
			return m[1]
		}
		return otherwise
	}
	return field("day", "sunday"), field("from", "03:00"), field("to", "05:00"), field("timeZone", "UTC")
}

func TestRestartIsInTheWindow(t *testing.T) {
	next := regexp.MustCompile(`(?m)^ +(?:Next elapse|\(in UTC\)): \w+ (\S+ \S+) UTC$`)
	each(t, func(t *testing.T, root string, u *UserData) {
		day, from, to, name := window(t, root)
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		timer := u.Files["/etc/systemd/system/lvsgen-reboot.timer"].Content
		calendar := regexp.MustCompile(`(?m)^OnCalendar=(.+)$`).FindStringSubmatch(timer)[1]
		for _, base := range []string{"2026-01-01 00:00:00 UTC", "2026-07-01 00:00:00 UTC"} {
			cmd := exec.Command("systemd-analyze", "calendar", "--base-time="+base, calendar)
			cmd.Env = append(os.Environ(), "TZ=UTC")
			out, err := cmd.CombinedOutput()
			match := next.FindStringSubmatch(string(out))
			if err != nil || match == nil {
				t.Fatalf("%v\n%s", err, out)
			}
			at, err := time.ParseInLocation("2006-01-02 15:04:05", match[1], time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			at = at.In(zone)
			if clock := at.Format("15:04"); strings.ToLower(at.Weekday().String()) != day || clock < from || clock > to {
				t.Errorf("the restart is at %s, not on %s between %s and %s", at, day, from, to)
			}
		}
	})
}

func TestMetadataRules(t *testing.T) {
	u := read(t, "../..")
	rules := u.Files["/etc/lvsgen/metadata.nft"].Content
	load := func(text string) error {
		file := filepath.Join(t.TempDir(), "rules.nft")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
		return exec.Command("nft", "--check", "--file", file).Run()
	}
	if err := load(rules); err != nil {
		t.Error(err)
	}
	for _, broken := range []string{
		strings.Replace(rules, "daddr 169.254.169.254", "daddr 169.254.169.256", 1), strings.Replace(rules, "hook output", "hook outward", 1),
	} {
		if load(broken) == nil {
			t.Errorf("taken:\n%s", broken)
		}
	}
}

func TestConfigurationFiles(t *testing.T) {
	u := read(t, "../..")
	content := func(name string) string {
		t.Helper()
		f, found := u.Files[name]
		if !found {
			t.Fatalf("there is no %s", name)
		}
		return f.Content
	}
	apt := func(text string) string {
		out, _ := exec.Command("apt-config", "--config-file="+temporary(t, text), "dump").CombinedOutput()
		return string(out)
	}
	good := content("/etc/apt/apt.conf.d/60lvsgen")
	for _, want := range []string{`APT::Periodic::Unattended-Upgrade "1";`, `Unattended-Upgrade::Automatic-Reboot "false";`} {
		if out := apt(good); !strings.Contains(out, want) {
			t.Errorf("apt does not have %q:\n%s", want, out)
		}
	}
	if out := apt(strings.Replace(good, `"1";`, `"1"`, 1) + "}"); !strings.Contains(out, "Syntax error") {
		t.Errorf("apt took a broken file:\n%s", out)
	}
	perl := func(text, unit string) (string, error) {
		program := `our %nrconf; $nrconf{override_rc} = {}; my $file = shift; do $file; die $@ if $@;
			my $unit = shift; print "$nrconf{restart} "; print "left alone" if grep { $unit =~ $_ } keys %{$nrconf{override_rc}};`
		out, err := exec.Command("perl", "-w", "-e", program, temporary(t, text), unit).CombinedOutput()
		return string(out), err
	}
	needrestart := content("/etc/needrestart/conf.d/lvsgen.conf")
	for unit, want := range map[string]string{
		"k3s.service": "a left alone", "cloud-final.service": "a left alone", "lvsgen-node.service": "a left alone", "ssh.service": "a ", "k3sx.service": "a ",
	} {
		if out, err := perl(needrestart, unit); err != nil || out != want {
			t.Errorf("needrestart and %s: %v %q", unit, err, out)
		}
	}
	if out, err := perl(strings.Replace(needrestart, ")}", "", 1), "x"); err == nil {
		t.Errorf("perl took a broken file: %q", out)
	}
	for line := range strings.Lines(content("/etc/sysctl.d/60-lvsgen.conf")) {
		name, value, found := strings.Cut(strings.TrimSpace(line), " = ")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := os.Stat("/proc/sys/" + strings.ReplaceAll(name, ".", "/")); !found || value == "" || err != nil {
			t.Errorf("the kernel has no %q: %v", strings.TrimSpace(line), err)
		}
	}
}

func temporary(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

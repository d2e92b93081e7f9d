package registry_test

import (
	"context"
	"debug/buildinfo"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func readAll(i v1.Image) error {
	layers, err := i.Layers()
	if err != nil {
		return err
	}
	for _, layer := range layers {
		r, err := layer.Compressed()
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}

// asPod asks from the address of a pod; "" is any answer but 200.
func (m *machine) asPod(t *testing.T, url string) string {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(traefik)}}
		return dialer.DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

// listeners are the addresses of a process's sockets that wait for others: TCP in the state LISTEN, and all of UDP
// (proc_pid_net(5)).
func listeners(t *testing.T, pid int) []string {
	t.Helper()
	sockets := map[string]bool{}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(fds) == 0 {
		t.Fatalf("the process %d has no files: %v", pid, err)
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, "socket:[") {
			sockets[strings.Trim(target, "socket:[]")] = true
		}
	}
	var found []string
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n")[1:] {
			f := strings.Fields(line)
			if len(f) > 9 && sockets[f[9]] && (f[3] == "0A" || strings.HasPrefix(table, "udp")) {
				found = append(found, address(t, f[1]))
			}
		}
	}
	return found
}

// address reads "0100007F:1388".
func address(t *testing.T, text string) string {
	t.Helper()
	host, port, _ := strings.Cut(text, ":")
	b, err := hex.DecodeString(host + port)
	if err != nil || len(b) < 6 {
		t.Fatalf("%q: %v", text, err)
	}
	n := len(b) - 2
	for i := 0; i < n; i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	return fmt.Sprintf("%s:%d", net.IP(b[:n]), binary.BigEndian.Uint16(b[n:]))
}

func TestVersions(t *testing.T) {
	m := newMachine(t)
	env := m.files["etc/lvsgen/registry.env"]
	for program, module := range map[string]string{
		"registry": "github.com/distribution/distribution/v3", "caddy": "github.com/caddyserver/caddy/v2",
	} {
		info, err := buildinfo.ReadFile(filepath.Join(m.bin, program))
		if err != nil {
			t.Fatal(err)
		}
		want := regexp.MustCompile(strings.ToUpper(program) + `_VERSION='(.+)'`).FindStringSubmatch(env)
		if want == nil || info.Main.Path != module || info.Main.Version != "v"+want[1] {
			t.Errorf("%s is %s %s, want %v", program, info.Main.Path, info.Main.Version, want)
		}
	}
}

func TestCaddyfile(t *testing.T) {
	m := newMachine(t)
	m.deliver(t, password)
	text := rendered(t)["etc/caddy/Caddyfile"]
	m.write(t, "as-rendered", text)
	caddy := filepath.Join(m.bin, "caddy")
	if out, err := exec.Command(caddy, "fmt", "--diff", m.path("as-rendered")).CombinedOutput(); err != nil {
		t.Errorf("caddy fmt: %v\n%s", err, out)
	}
	validate := func(content string) (string, error) {
		m.write(t, "etc/caddy/Caddyfile", m.move(content))
		out, err := exec.Command(caddy, "validate", "--adapter", "caddyfile", "--config", m.path("etc/caddy/Caddyfile")).CombinedOutput()
		return string(out), err
	}
	// With Let's Encrypt as on the node: validation asks nobody.
	withACME := strings.Replace(m.move(text), "issuer internal", "issuer acme {\n disable_tlsalpn_challenge\n}", 1)
	if out, err := validate(withACME); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, change := range [][2]string{
		{"basic_auth bcrypt", "basic_auth md5"},
		{"fallback_policy reject", "fallback_policy refuse"},
		{"admin unix", "administration unix"},
		{"import /etc/caddy/users", "import /etc/caddy/nobody"},
		{"allow 10.42.0.0/16", "allow 10.42.0.0/99"},
	} {
		broken := strings.Replace(text, change[0], change[1], 1)
		if broken == text {
			t.Fatalf("%q is not in the Caddyfile", change[0])
		}
		if out, err := validate(broken); err == nil {
			t.Errorf("%q was taken:\n%s", change[1], out)
		}
	}
}

func TestUnits(t *testing.T) {
	m := newMachine(t)
	var units []string
	for name := range m.files {
		if !strings.HasPrefix(name, "etc/systemd/system/") {
			continue
		}
		for _, line := range regexp.MustCompile(`(?m)^OnCalendar=(.+)$`).FindAllStringSubmatch(m.files[name], -1) {
			if out, err := exec.Command("systemd-analyze", "calendar", "--base-time=2026-11-23", line[1]).CombinedOutput(); err != nil ||
				!strings.Contains(string(out), "Next elapse: Sat 2026-11-28 02:30:00") {
				t.Errorf("%q: %v\n%s", line[1], err, out)
			}
		}
		m.write(t, name, strings.ReplaceAll(m.files[name], m.root+"/usr/local/bin", m.bin))
		units = append(units, m.path(name))
	}
	verify := func() (string, error) {
		out, err := exec.Command("systemd-analyze", append([]string{"verify", "--man=no", "--recursive-errors=no"}, units...)...).CombinedOutput()
		return string(out), err
	}
	if out, err := verify(); err != nil || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
	const broken = "etc/systemd/system/caddy.service"
	m.write(t, broken, strings.Replace(m.files[broken], "[Service]\n", "[Service]\nRestrat=always\n", 1))
	if out, _ := verify(); !strings.Contains(out, "Restrat") {
		t.Errorf("an unknown key was taken:\n%s", out)
	}
}

func TestShellcheck(t *testing.T) {
	m := newMachine(t)
	for name, content := range rendered(t) {
		if name != "setup.sh" && !strings.HasPrefix(content, "#!") {
			continue
		}
		m.write(t, "script", content)
		if out, err := exec.Command("shellcheck", m.path("script")).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

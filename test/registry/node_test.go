// Package registry_test starts the registry and Caddy, in the versions that the node installs, from the files that are
// rendered for the node. Only addresses, ports, paths and the certificate authority are others.
package registry_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	host     = "registry.example.org"
	user     = "robot_user"
	password = "correct-horse-7f3a"
	// client is who asks, as Traefik tells it.
	client = "203.0.113.7"
	// The node's private address, Traefik's pod, and somebody else in the private network.
	private, traefik, stranger = "127.0.0.2", "127.0.0.3", "127.0.0.4"
	// patience is for a program to start or to end; nothing is measured by it.
	patience = 60 * time.Second
)

// machine is one node in a folder.
type machine struct {
	root, bin string
	files     map[string]string
	// ports by the number that they have on a node.
	ports    map[string]string
	programs map[string]*program
}

type program struct {
	cmd  *exec.Cmd
	log  *output
	done chan struct{}
}

// output is a log that is written and read at once.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// programs gives the folder with the real programs.
var programs = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("./build.sh")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
})

// newMachine writes the node's files into a folder of its own.
func newMachine(t *testing.T) *machine {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal("test/registry/build.sh: ", err)
	}
	// Not t.TempDir, whose name is too long for a socket's.
	root, err := os.MkdirTemp("", "node")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{root: root, bin: bin, files: map[string]string{}, ports: map[string]string{}, programs: map[string]*program{}}
	t.Cleanup(func() {
		for name := range m.programs {
			m.stop(t, name)
		}
		os.RemoveAll(root)
	})
	for _, port := range []string{"5000", "5001", "8080", "8081", "8443"} {
		m.ports[port] = freePort(t)
	}
	for path, content := range rendered(t) {
		m.write(t, path, m.move(content))
	}
	for _, folder := range []string{"srv/data/registry", "srv/data/caddy", "run/caddy", "var/lib/lvsgen"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// rendered are the files of the node by path, as the golden file of gen/node/registry has them.
func rendered(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../gen/node/registry/testdata/node.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	parts := regexp.MustCompile(`(?m)^-- (.+) --\n`).FindAllStringSubmatchIndex(string(text), -1)
	for i, at := range parts {
		end := len(text)
		if i+1 < len(parts) {
			end = parts[i+1][0]
		}
		// The first line names the input; it is not the file's.
		_, content, _ := strings.Cut(string(text[at[1]:end]), "\n")
		files[string(text[at[2]:at[3]])] = content
	}
	if len(files) < 10 {
		t.Fatalf("%d files in the golden", len(files))
	}
	return files
}

var issuer = regexp.MustCompile(`issuer acme \{[^}]*\}`)

// move gives a file other addresses, ports and paths, and the certificate authority that Caddy has itself.
func (m *machine) move(text string) string {
	text = issuer.ReplaceAllString(text, "issuer internal")
	text = strings.Replace(text, "persist_config off", "persist_config off\n\tskip_install_trust", 1)
	text = strings.NewReplacer("10.42.0.0/16", traefik+"/32", "10.0.1.10", private).Replace(text)
	for port, other := range m.ports {
		text = regexp.MustCompile(`\b`+port+`\b`).ReplaceAllString(text, other)
	}
	text = regexp.MustCompile(`(?m)^REGISTRY_USERS_GROUP=.*$`).ReplaceAllString(text, fmt.Sprintf("REGISTRY_USERS_GROUP=%d", os.Getgid()))
	return regexp.MustCompile(`(^|[^\w.])/(srv/data|etc/caddy|etc/distribution|etc/lvsgen|run/caddy|usr/local|var/lib/lvsgen)`).
		ReplaceAllString(text, "${1}"+m.root+"/${2}")
}

func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

func (m *machine) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.path(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	mode := os.FileMode(0o644)
	if strings.HasPrefix(content, "#!") {
		mode = 0o755
	}
	if err := os.WriteFile(m.path(name), []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	m.files[name] = content
}

// command is one of a unit, such as ExecReload.
func (m *machine) command(t *testing.T, unit, key string) *exec.Cmd {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + key + `=(.+)$`).FindStringSubmatch(m.files["etc/systemd/system/"+unit])
	if found == nil {
		t.Fatalf("%s has no %s", unit, key)
	}
	words := strings.Fields(found[1])
	cmd := exec.Command(strings.Replace(words[0], m.root+"/usr/local/bin", m.bin, 1), words[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+m.bin+":"+os.Getenv("PATH"), "LVSGEN_ETC="+m.path("etc/lvsgen"))
	for _, line := range regexp.MustCompile(`(?m)^Environment=(.+)$`).FindAllStringSubmatch(m.files["etc/systemd/system/"+unit], -1) {
		cmd.Env = append(cmd.Env, strings.Fields(line[1])...)
	}
	return cmd
}

// run runs a command of a unit to its end and gives what it printed.
func (m *machine) run(t *testing.T, unit, key string) (string, error) {
	t.Helper()
	out, err := m.command(t, unit, key).CombinedOutput()
	return string(out), err
}

// start starts a service and waits until it listens.
func (m *machine) start(t *testing.T, name string, addresses ...string) {
	t.Helper()
	p := &program{cmd: m.command(t, name+".service", "ExecStart"), log: &output{}, done: make(chan struct{})}
	if old := m.programs[name]; old != nil {
		p.log = old.log
	}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	m.programs[name] = p
	for _, address := range addresses {
		wait(t, name+" listens on "+address, func() bool {
			c, err := net.Dial("tcp", address)
			if err == nil {
				c.Close()
			}
			return err == nil
		}, p.log)
	}
}

func (m *machine) stop(t *testing.T, name string) {
	p := m.programs[name]
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		t.Errorf("%s does not end", name)
	}
}

func wait(t *testing.T, what string, done func() bool, log fmt.Stringer) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("never: %s\n%s", what, log)
}

func (m *machine) registryAddress() string { return "127.0.0.1:" + m.ports["5000"] }

func (m *machine) startRegistry(t *testing.T) {
	t.Helper()
	m.start(t, "registry", m.registryAddress(), "127.0.0.1:"+m.ports["5001"])
}

// boot delivers the password and starts both.
func (m *machine) boot(t *testing.T) {
	t.Helper()
	m.deliver(t, password)
	m.startRegistry(t)
	m.startCaddy(t)
}

// startCaddy waits for the certificate too, which comes after the ports.
func (m *machine) startCaddy(t *testing.T) {
	t.Helper()
	m.start(t, "caddy", private+":"+m.ports["8443"], private+":"+m.ports["8080"], private+":"+m.ports["8081"])
	wait(t, "Caddy has its certificate", func() bool {
		if _, err := os.Stat(m.path(authority)); err != nil {
			return false
		}
		c, err := tls.Dial("tcp", private+":"+m.ports["8443"], &tls.Config{ServerName: host, RootCAs: m.authorities(t)})
		if err == nil {
			c.Close()
		}
		return err == nil
	}, m.programs["caddy"].log)
}

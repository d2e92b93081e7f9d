//go:build accept

// Package apiserver runs a real Kubernetes API server with its etcd on the
// loopback interface and asks it whether it would accept an object.
package apiserver

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// startLimit is for one program on a machine that is busy with other builds: it
// takes 3 s on an idle one.
const startLimit = 2 * time.Minute

// Server is a running API server.
type Server struct {
	// URL is the server's base address, Token that of a cluster administrator,
	// CAFile the certificate authority that it can be checked with.
	URL, Token, CAFile string
	// Dir holds the keys, the data and the logs.
	Dir string

	client    *http.Client
	programs  []*process
	resources map[string]Resource
}

// Start runs an API server of the control plane binary in an empty directory
// until the test ends. The directory is removed with the test's other temporary
// files; if it was the control plane that failed, its logs are printed first.
func Start(t testing.TB, binary string) *Server {
	t.Helper()
	dir := t.TempDir()
	s, err := start(binary, dir)
	if err != nil {
		logTails(t, dir)
		t.Fatalf("control plane: %v", err)
	}
	t.Cleanup(func() {
		for _, program := range s.programs {
			if err := program.ended(); err != nil {
				t.Errorf("control plane: %v", err)
				logTails(t, dir)
			}
		}
		s.Stop()
	})
	return s
}

// start tries again when a program ends at once: another process may have taken
// a port between its choice and its use.
func start(binary, dir string) (s *Server, err error) {
	for attempt := range 3 {
		sub := filepath.Join(dir, strconv.Itoa(attempt))
		if err := os.Mkdir(sub, 0o700); err != nil {
			return nil, err
		}
		s = &Server{Dir: sub}
		if err = s.start(binary); err == nil {
			return s, nil
		}
		s.Stop()
	}
	return nil, err
}

// Stop ends the server. It is safe to call it twice.
func (s *Server) Stop() {
	for len(s.programs) > 0 {
		last := len(s.programs) - 1
		s.programs[last].stop()
		s.programs = s.programs[:last]
	}
}

func (s *Server) start(binary string) error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	etcdURL := fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	if err := s.startEtcd(binary, etcdURL, fmt.Sprintf("http://127.0.0.1:%d", ports[1])); err != nil {
		return err
	}
	if err := s.startAPIServer(binary, etcdURL, ports[2]); err != nil {
		return err
	}
	return s.discover()
}

func (s *Server) startEtcd(binary, clientURL, peerURL string) error {
	etcd, err := startProcess(
		binary, s.Dir, "etcd",
		"--name=default",
		"--data-dir="+filepath.Join(s.Dir, "etcd"),
		"--listen-client-urls="+clientURL, "--advertise-client-urls="+clientURL,
		"--listen-peer-urls="+peerURL, "--initial-advertise-peer-urls="+peerURL,
		"--initial-cluster=default="+peerURL,
		"--unsafe-no-fsync", // nothing here has to survive the test
	)
	if err != nil {
		return err
	}
	s.programs = append(s.programs, etcd)
	err = poll(startLimit, s.programs, func() error {
		response, err := http.Get(clientURL + "/health")
		return expectOK(response, err)
	})
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	return nil
}

func (s *Server) startAPIServer(binary, etcdURL string, port int) error {
	ca, err := newKeyPair(s.Dir, "ca", nil)
	if err != nil {
		return err
	}
	serving, err := newKeyPair(s.Dir, "serving", ca)
	if err != nil {
		return err
	}
	// Signs the service accounts' tokens.
	tokens, err := newKeyPair(s.Dir, "service-account", ca)
	if err != nil {
		return err
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	s.Token = hex.EncodeToString(secret)
	tokenFile := filepath.Join(s.Dir, "tokens.csv")
	if err := os.WriteFile(tokenFile, []byte(s.Token+",admin,admin,system:masters\n"), 0o600); err != nil {
		return err
	}
	apiserver, err := startProcess(
		binary, s.Dir, "kube-apiserver",
		"--etcd-servers="+etcdURL,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port="+strconv.Itoa(port),
		"--endpoint-reconciler-type=none",
		"--tls-cert-file="+serving.certFile, "--tls-private-key-file="+serving.keyFile,
		"--client-ca-file="+ca.certFile,
		"--token-auth-file="+tokenFile,
		"--authorization-mode=RBAC",
		"--allow-privileged=true",                 // as k3s has it
		"--service-cluster-ip-range=10.43.0.0/16", // k3s's default
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-signing-key-file="+tokens.keyFile,
		"--service-account-key-file="+tokens.certFile,
	)
	if err != nil {
		return err
	}
	s.programs = append(s.programs, apiserver)
	s.URL, s.CAFile = fmt.Sprintf("https://127.0.0.1:%d", port), ca.certFile
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	s.client = &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 8},
	}
	err = poll(startLimit, s.programs, func() error {
		_, err := s.do(http.MethodGet, "/readyz", "", nil)
		return err
	})
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	return nil
}

// tail is how much of each log a failed test shows, in bytes.
const tail = 8 << 10

func logTails(t testing.TB, dir string) {
	logs, err := filepath.Glob(filepath.Join(dir, "*", "*.log"))
	if err != nil {
		t.Errorf("logs: %v", err)
	}
	for _, log := range logs {
		data, err := os.ReadFile(log)
		if err != nil {
			t.Errorf("log: %v", err)
			continue
		}
		t.Logf("end of %s:\n%s", filepath.Base(log), data[max(0, len(data)-tail):])
	}
}

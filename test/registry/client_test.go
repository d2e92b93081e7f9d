package registry_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// proxyHeader is version 2 of the PROXY protocol (haproxy.org, proxy-protocol.txt) for a TCP connection over IPv4.
func proxyHeader(source string) []byte {
	header := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), 0x21, 0x11, 0, 12)
	header = append(header, net.ParseIP(source).To4()...)
	header = append(header, net.ParseIP(private).To4()...)
	return append(header, 0xc0, 0x00, 0x01, 0xbb)
}

// authority is Caddy's own.
const authority = "srv/data/caddy/pki/authorities/local/root.crt"

func (m *machine) authorities(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(m.read(t, authority)))
	return pool
}

// through is a transport to Caddy as Traefik's: from an address, with a client's address before the TLS; "" tells none.
func (m *machine) through(t *testing.T, from, source string) http.RoundTripper {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: m.authorities(t)},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
			c, err := dialer.DialContext(ctx, "tcp", private+":"+m.ports["8443"])
			if err == nil && source != "" {
				_, err = c.Write(proxyHeader(source))
			}
			return c, err
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// get asks for a path with a password, "" for none, and gives the status, or 0 when the connection is refused.
func get(t *testing.T, transport http.RoundTripper, url, with string) (int, http.Header) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if with != "" {
		r.SetBasicAuth(user, with)
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Log(err)
		return 0, nil
	}
	response.Body.Close()
	return response.StatusCode, response.Header
}

// deliver leaves the password where the delivery does, and runs the unit's command.
func (m *machine) deliver(t *testing.T, value string) {
	t.Helper()
	if out, err := m.tryDeliver(t, value); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func (m *machine) tryDeliver(t *testing.T, value string) (string, error) {
	t.Helper()
	text, err := json.Marshal(map[string]string{"registry_password": base64.StdEncoding.EncodeToString([]byte(value))})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.path("var/lib/lvsgen/secrets.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return m.run(t, "lvsgen-registry-password.service", "ExecStart")
}

func (m *machine) outside(t *testing.T, image string) (name.Reference, []remote.Option) {
	t.Helper()
	ref, err := name.ParseReference(host + "/" + image)
	if err != nil {
		t.Fatal(err)
	}
	return ref, []remote.Option{
		remote.WithTransport(m.through(t, traefik, client)),
		remote.WithAuth(&authn.Basic{Username: user, Password: password}),
	}
}

// local is the image as containerd asks for it on the node.
func (m *machine) local(t *testing.T, image string) name.Reference {
	t.Helper()
	ref, err := name.ParseReference(m.registryAddress()+"/"+image, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

package registry_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func image(t *testing.T, size int64) v1.Image {
	t.Helper()
	i, err := random.Image(size, 2)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (m *machine) push(t *testing.T, at string, i v1.Image) {
	t.Helper()
	ref, options := m.outside(t, at)
	if err := remote.Write(ref, i, options...); err != nil {
		t.Fatalf("push of %s: %v\n%s", at, err, m.programs["caddy"].log)
	}
}

// samePull pulls through Caddy and on the node, every byte, and compares.
func (m *machine) samePull(t *testing.T, at string, want v1.Image) {
	t.Helper()
	ref, options := m.outside(t, at)
	from := map[string]func() (v1.Image, error){
		"through Caddy": func() (v1.Image, error) { return remote.Image(ref, options...) },
		"on the node":   func() (v1.Image, error) { return remote.Image(m.local(t, at)) },
	}
	wanted, err := want.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for way, pull := range from {
		got, err := pull()
		if err != nil {
			t.Errorf("pull of %s %s: %v", at, way, err)
			continue
		}
		digest, err := got.Digest()
		if err != nil || digest != wanted {
			t.Errorf("pull of %s %s: %v, %v instead of %v", at, way, err, digest, wanted)
		}
		if err := readAll(got); err != nil {
			t.Errorf("pull of %s %s: %v", at, way, err)
		}
	}
}

func (m *machine) gone(t *testing.T, at string) {
	t.Helper()
	if _, err := remote.Image(m.local(t, at)); err == nil {
		t.Errorf("%s is still there", at)
	}
}

func (m *machine) blobs(t *testing.T) int {
	t.Helper()
	found, err := filepath.Glob(m.path("srv/data/registry/docker/registry/v2/blobs/sha256/*/*/data"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestPassword(t *testing.T) {
	m := newMachine(t)
	m.boot(t)
	transport := m.through(t, traefik, client)
	url := "https://" + host + "/v2/"
	status, header := get(t, transport, url, "")
	if status != http.StatusUnauthorized || !strings.HasPrefix(header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("without a password: %d %v", status, header)
	}
	for with, want := range map[string]int{password: 200, "wrong": 401, password + "x": 401} {
		if status, _ := get(t, transport, url, with); status != want {
			t.Errorf("with %q: %d", with, status)
		}
	}

	const second = "second-password-91c2"
	m.deliver(t, second)
	if out, err := m.run(t, "caddy.service", "ExecReload"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for with, want := range map[string]int{password: 401, second: 200} {
		if status, _ := get(t, transport, url, with); status != want {
			t.Errorf("after the rotation, with %q: %d", with, status)
		}
	}

	// A value that cannot be a password leaves the old one, and is not shown.
	for _, bad := range []string{"", "two\nlines-hidden", strings.Repeat("hidden", 13)} {
		before := m.read(t, "etc/caddy/users")
		out, err := m.tryDeliver(t, bad)
		if err == nil || strings.Contains(out, "hidden") || m.read(t, "etc/caddy/users") != before {
			t.Errorf("%q: %v\n%s", bad, err, out)
		}
	}
	if rest, _ := filepath.Glob(m.path("etc/caddy/users.*")); len(rest) > 0 {
		t.Errorf("left behind: %v", rest)
	}
	if info, err := os.Stat(m.path("etc/caddy/users")); err != nil || info.Mode() != 0o640 {
		t.Errorf("%v %v", info.Mode(), err)
	}

	for name, p := range m.programs {
		for _, secret := range []string{password, second, "Authorization", "Basic "} {
			if strings.Contains(p.log.String(), secret) {
				t.Errorf("the log of %s has %q:\n%s", name, secret, p.log)
			}
		}
	}
}

func (m *machine) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(m.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPushAndPull(t *testing.T) {
	m := newMachine(t)
	m.boot(t)
	first := image(t, 3<<20)
	m.push(t, "shop:1.0.0", first)
	digest, err := first.Digest()
	if err != nil {
		t.Fatal(err)
	}
	m.samePull(t, "shop:1.0.0", first)
	m.samePull(t, "shop@"+digest.String(), first)
	if refused, options := m.outside(t, "shop:2.0.0"); remote.Write(refused, first, options[0]) == nil {
		t.Error("a push without a password was taken")
	}

	m.stop(t, "registry")
	m.stop(t, "caddy")
	m.startRegistry(t)
	m.startCaddy(t)
	m.samePull(t, "shop:1.0.0", first)
}

func TestCollection(t *testing.T) {
	m := newMachine(t)
	m.boot(t)
	var images []v1.Image
	// One more than the three tags that are kept.
	for i := range 4 {
		images = append(images, image(t, 1000))
		m.push(t, fmt.Sprintf("team/shop:1.0.%d", i), images[i])
	}
	other := image(t, 1000)
	m.push(t, "other:0.1.0", other)
	// A tag that moved leaves an image behind that no tag leads to.
	moved := image(t, 1000)
	m.push(t, "other:latest", moved)
	m.push(t, "other:latest", other)
	// The images of an index have no tags of their own.
	part := image(t, 1000)
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: part})
	ref, options := m.outside(t, "multi:1.0.0")
	if err := remote.WriteIndex(ref, index, options...); err != nil {
		t.Fatal(err)
	}
	// Deleted by hand, by digest.
	unwanted := image(t, 1000)
	m.push(t, "multi:unwanted", unwanted)
	digest, err := unwanted.Digest()
	if err != nil {
		t.Fatal(err)
	}
	del, options := m.outside(t, "multi@"+digest.String())
	if err := remote.Delete(del, options...); err != nil {
		t.Fatal(err)
	}

	before := m.blobs(t)
	m.stop(t, "registry")
	out, err := m.run(t, "lvsgen-registry-collect.service", "ExecStart")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(out, "deleting tag team/shop:1.0.0\n") || strings.Count(out, "deleting tag") != 1 {
		t.Error(out)
	}
	m.startRegistry(t)
	// Each image is a manifest, a configuration and two layers: the oldest, the moved and the deleted one are gone.
	if after := m.blobs(t); before-after != 3*4 {
		t.Errorf("%d blobs before, %d after\n%s", before, after, out)
	}
	for i := range 3 {
		m.samePull(t, fmt.Sprintf("team/shop:1.0.%d", i+1), images[i+1])
	}
	m.samePull(t, "other:latest", other)
	partDigest, err := part.Digest()
	if err != nil {
		t.Fatal(err)
	}
	m.samePull(t, "multi@"+partDigest.String(), part)
	m.gone(t, "team/shop:1.0.0")
	m.gone(t, "multi:unwanted")
	// What was collected can be pushed again.
	m.push(t, "team/shop:1.0.0", images[0])
	m.samePull(t, "team/shop:1.0.0", images[0])

	m.stop(t, "registry")
	again, err := m.run(t, "lvsgen-registry-collect.service", "ExecStart")
	if err != nil || !strings.Contains(again, "deleting tag team/shop:1.0.1\n") {
		t.Errorf("%v\n%s", err, again)
	}
}

func TestCollectionOfNothing(t *testing.T) {
	m := newMachine(t)
	if out, err := m.run(t, "lvsgen-registry-collect.service", "ExecStart"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestClientAddress(t *testing.T) {
	m := newMachine(t)
	m.boot(t)
	url := "https://" + host + "/v2/"
	log := m.programs["caddy"].log
	if status, _ := get(t, m.through(t, traefik, client), url, password); status != 200 {
		t.Error(status)
	}
	wait(t, "the client is in the log", func() bool { return strings.Contains(log.String(), `"remote_ip":"`+client+`"`) }, log)
	// Who is not Traefik says no other address than its own.
	if status, _ := get(t, m.through(t, stranger, "198.51.100.9"), url, password); status != 0 {
		t.Errorf("a stranger with a PROXY header got %d", status)
	}
	if status, _ := get(t, m.through(t, stranger, ""), url, password); status != 200 {
		t.Errorf("a stranger without one got %d", status)
	}
	wait(t, "the stranger is in the log", func() bool { return strings.Contains(log.String(), `"remote_ip":"`+stranger+`"`) }, log)
	if strings.Contains(log.String(), "198.51.100.9") {
		t.Error("a forged address is in the log")
	}
}

func TestMetrics(t *testing.T) {
	m := newMachine(t)
	m.boot(t)
	m.push(t, "shop:1.0.0", image(t, 1000))
	base := "http://" + private + ":" + m.ports["8081"]
	// This process asks the private address from loopback's first: it is no pod.
	if status, _ := get(t, http.DefaultTransport, base+"/metrics", ""); status != 404 {
		t.Errorf("a stranger got %d", status)
	}
	body := m.asPod(t, base+"/metrics")
	for _, want := range []string{"registry_http_requests_total", "registry_storage_action_seconds_count", "registry_storage_cache_"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	if got := m.asPod(t, base+"/debug/pprof/"); got != "" {
		t.Errorf("pprof is open: %q", got)
	}
}

func TestListeners(t *testing.T) {
	m := newMachine(t)
	m.boot(t)
	got := append(listeners(t, m.programs["registry"].cmd.Process.Pid), listeners(t, m.programs["caddy"].cmd.Process.Pid)...)
	want := []string{
		"127.0.0.1:" + m.ports["5000"], "127.0.0.1:" + m.ports["5001"],
		private + ":" + m.ports["8080"], private + ":" + m.ports["8081"], private + ":" + m.ports["8443"],
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("listening on %v, want %v", got, want)
	}
}

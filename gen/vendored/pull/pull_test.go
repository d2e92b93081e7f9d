package pull_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/vendored"
	"github.com/lvs-cloud/lvsgen/gen/vendored/charttest"
	"github.com/lvs-cloud/lvsgen/gen/vendored/pull"
)

// serve starts a server with some charts, and gives a person without credentials.
func serve(t *testing.T) *charttest.Server {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("DOCKER_CONFIG", filepath.Join(home, "docker"))
	t.Setenv("HELM_REPOSITORY_CONFIG", filepath.Join(home, "repositories.yaml"))
	t.Setenv("HELM_REGISTRY_CONFIG", filepath.Join(home, "config.json"))
	s := charttest.New()
	t.Cleanup(s.Close)
	for _, version := range []string{"1.0.0", "1.9.0", "1.10.0", "2.0.0-rc.1", "1.2.3+build.5"} {
		if err := s.Publish("shop", version, map[string]string{"values.yaml": "a: 1\n"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func fetch(t *testing.T, source vendored.Source) (vendored.Chart, []byte, error) {
	t.Helper()
	p, err := pull.New()
	if err != nil {
		t.Fatal(err)
	}
	return p.Pull(context.Background(), source)
}

func TestVersions(t *testing.T) {
	s := serve(t)
	for wanted, want := range map[string]string{
		"1.9.0": "1.9.0", "": "1.10.0", "*": "1.10.0", "1.x": "1.10.0", ">=1.0.0 <1.10.0": "1.9.0", "^2.0.0-0": "2.0.0-rc.1",
		"2.0.0-rc.1": "2.0.0-rc.1", "1.2.3+build.5": "1.2.3+build.5", "~1.2": "1.2.3+build.5", "v1.9.0": "1.9.0",
	} {
		for _, repository := range []string{s.HTTP(), s.OCI()} {
			t.Run(fmt.Sprintf("%.4s %q", repository, wanted), func(t *testing.T) {
				c, archive, err := fetch(t, vendored.Source{Repository: repository, Name: "shop", Version: wanted})
				if err != nil {
					t.Fatal(err)
				}
				if c.Resolved != want || c.Digest != vendored.Digest(archive) || c.Version != wanted {
					t.Errorf("got %+v, want version %s", c, want)
				}
				if c.Source.OCI() != (c.Manifest != "") {
					t.Errorf("the manifest is %q", c.Manifest)
				}
			})
		}
	}
	c, _, err := fetch(t, vendored.Source{Repository: s.OCI(), Name: "shop", Version: "1.9.0"})
	if err != nil {
		t.Fatal(err)
	}
	if pinned, _, err := fetch(t, vendored.Source{Repository: s.OCI(), Name: "shop", Version: c.Manifest}); err != nil || pinned.Resolved != "1.9.0" {
		t.Errorf("by digest: %+v, %v", pinned, err)
	}
}

// assertRefused fetches what cannot be had, and looks for words in the error and in its way out.
func assertRefused(t *testing.T, source vendored.Source, words, hint string) {
	t.Helper()
	_, _, err := fetch(t, source)
	if err == nil {
		t.Fatalf("%s was pulled", source)
	}
	if !strings.Contains(err.Error(), words) {
		t.Errorf("%q does not say %q", err, words)
	}
	if h, ok := err.(interface{ Hint() string }); !ok || !strings.Contains(h.Hint(), hint) {
		t.Errorf("the hint of %v is not %q", err, hint)
	}
}

func TestRefused(t *testing.T) {
	s := serve(t)
	source := func(repository, name, version string) vendored.Source {
		return vendored.Source{Repository: repository, Name: name, Version: version}
	}
	assertRefused(t, source(s.HTTP(), "shpo", "1.0.0"), `no chart "shpo"`, `did you mean "shop"?`)
	assertRefused(t, source(s.HTTP(), "shop", "3.0.0"), `no version "3.0.0"`, "the newest are 2.0.0-rc.1, 1.10.0")
	assertRefused(t, source(s.OCI(), "shop", "3.0.0"), `no version "3.0.0"`, "the newest are 2.0.0-rc.1, 1.10.0")
	assertRefused(t, source(s.HTTP(), "shop", "not a version"), "neither a version nor a range", "1.2.3")
	assertRefused(t, source(s.OCI(), "nothing", "1.0.0"), "404", "look at the address")
	assertRefused(t, source(s.URL+"/elsewhere", "shop", "1.0.0"), "404", "look at the address")
	assertRefused(t, source("ftp://charts.example.org", "shop", "1.0.0"), "scheme", "http, https or oci")
	assertRefused(t, source("charts.example.org", "shop", "1.0.0"), "no address", "https://HOST")
	assertRefused(t, source("oci://UPPER_case host", "shop", "1.0.0"), "no name in a registry", "small letters")
	s.Damage("shop", "1.9.0")
	assertRefused(t, source(s.HTTP(), "shop", "1.9.0"), "the archive has the digest", "changed after it was published")
	if err := s.Publish("liar", "1.0.0", map[string]string{"Chart.yaml": "apiVersion: v2\nname: other\nversion: 1.0.0\n"}); err != nil {
		t.Fatal(err)
	}
	assertRefused(t, source(s.HTTP(), "liar", "1.0.0"), `is the chart "other"`, "")
	s.Close()
	assertRefused(t, source(s.HTTP(), "shop", "1.0.0"), "connection refused", "what was pulled is kept")
}

func TestCredentials(t *testing.T) {
	s := serve(t)
	s.Login("ann", "open sesame")
	http := vendored.Source{Repository: s.HTTP(), Name: "shop", Version: "1.9.0"}
	oci := vendored.Source{Repository: s.OCI(), Name: "shop", Version: "1.9.0"}
	assertRefused(t, http, "401", "helm repo add")
	assertRefused(t, oci, "name and a password", "helm registry login 127.0.0.1")
	write(t, os.Getenv("HELM_REPOSITORY_CONFIG"), fmt.Sprintf("repositories:\n- name: own\n  url: %s/\n  username: ann\n  password: open sesame\n", s.HTTP()))
	host := strings.TrimPrefix(s.URL, "http://")
	write(t, os.Getenv("HELM_REGISTRY_CONFIG"), fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, base64.StdEncoding.EncodeToString([]byte("ann:open sesame"))))
	for _, source := range []vendored.Source{http, oci} {
		if _, _, err := fetch(t, source); err != nil {
			t.Error(err)
		}
	}
}

// TestCredentialsStayHome holds that a repository's password does not go to another host that its index names.
func TestCredentialsStayHome(t *testing.T) {
	s := serve(t)
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		got = append(got, user)
		_, _ = w.Write(charttest.Archive("shop", "1.9.0", map[string]string{"values.yaml": "a: 1\n"}))
	}))
	defer other.Close()
	s.Elsewhere("shop", "1.9.0", other.URL+"/shop.tgz")
	config := "repositories:\n- name: own\n  url: %s\n  username: ann\n  password: secret\n  pass_credentials_all: %v\n"
	for _, all := range []bool{false, true} {
		write(t, os.Getenv("HELM_REPOSITORY_CONFIG"), fmt.Sprintf(config, s.HTTP(), all))
		if _, _, err := fetch(t, vendored.Source{Repository: s.HTTP(), Name: "shop", Version: "1.9.0"}); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(got, []string{"", "ann"}) {
		t.Errorf("the other host saw the users %q", got)
	}
}

// TestIndexOnce holds that the index of a repository is read once for all of its charts.
func TestIndexOnce(t *testing.T) {
	s := serve(t)
	p, err := pull.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1.0.0", "1.9.0"} {
		if _, _, err := p.Pull(context.Background(), vendored.Source{Repository: s.HTTP(), Name: "shop", Version: version}); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(strings.Join(s.Requests(), "\n"), "index.yaml"); n != 1 {
		t.Errorf("the index was read %d times", n)
	}
}

func TestBrokenSettings(t *testing.T) {
	serve(t)
	write(t, os.Getenv("HELM_REPOSITORY_CONFIG"), "repositories: [{password: hunter2, url")
	if _, err := pull.New(); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

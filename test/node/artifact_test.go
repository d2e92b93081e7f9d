package node

import (
	"os"
	"strings"
	"testing"
)

func TestFluxArtifact(t *testing.T) {
	disk := written(t)
	for flaw, want := range map[string]string{
		"":            "",
		"no token":    "403",
		"blob 503":    "503",
		"other layer": "has the digest sha256:",
		"two layers":  "2 layers with manifests",
		"no file":     "the release has no gotk-components.yaml",
	} {
		t.Run(flaw, func(t *testing.T) {
			_, server := publish(t, flaw)
			m := cluster(t, disk, server.URL)
			out, err := m.flux()
			if want == "" {
				if err != nil {
					t.Errorf("%v\n%s", err, out)
				}
				return
			}
			if err == nil || !strings.Contains(out, want) || !strings.Contains(out, "stopped at: fetch Flux 2.9.5") {
				t.Errorf("got %v, want %q\n%s", err, want, out)
			}
			if _, found := m.objects()["Deployment/source-controller"]; found {
				t.Error("it was applied all the same")
			}
		})
	}
}

func TestPinnedDigest(t *testing.T) {
	disk := written(t)
	a, server := publish(t, "")
	for _, c := range []struct{ digest, want string }{
		{digest(a.manifest), ""},
		{otherDigest, "has the digest " + digest(a.manifest) + ", not " + otherDigest},
	} {
		m := cluster(t, disk, server.URL)
		m.edit("/etc/lvsgen/flux.env", "FLUX_DIGEST=''", "FLUX_DIGEST='"+c.digest+"'")
		out, err := m.flux()
		if (err == nil) != (c.want == "") || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v\n%s", c.digest, err, out)
		}
		if last := a.requests[len(a.requests)-1]; c.want != "" && !strings.HasSuffix(last, "/manifests/"+c.digest) {
			t.Errorf("after the wrong manifest came %s", last)
		}
	}
}

func TestGitByHTTPS(t *testing.T) {
	_, server := publish(t, "")
	m := cluster(t, written(t), server.URL)
	m.edit("/etc/lvsgen/flux.env", "GIT_ACCESS='ssh'", "GIT_ACCESS='https'")
	m.edit("/etc/lvsgen/secrets.env", "SECRETS_MODE='terraform'", "SECRETS_MODE='sops'")
	m.edit("/etc/lvsgen/secrets.env", "SECRETS_REQUIRED='git_private_key registry_password'", "SECRETS_REQUIRED='git_password sops_age_key'")
	values := map[string]string{"git_password": "a token's text", "sops_age_key": "AGE-SECRET-KEY-1QQ\n"}
	m.deliver(values)
	if out, err := m.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	state := m.objects()
	git, age := state["Secret/flux-system"], state["Secret/sops-age"]
	if git.value("username") != "git" || git.value("password") != values["git_password"] || age.value("age.agekey") != values["sops_age_key"] {
		t.Errorf("git %v, age %v", git.Rest, age.Rest)
	}
	if _, found := state["Secret/cloud-secrets"]; found {
		t.Error("mode sops has no cloud-secrets")
	}
}

func TestUnknownGitHost(t *testing.T) {
	_, server := publish(t, "")
	m := cluster(t, written(t), server.URL)
	m.must(os.Remove(m.path("/etc/lvsgen/known_hosts")))
	m.write("/stubs/ssh-keyscan", 0o755, "#!/bin/sh\nexit 0\n")
	if out, err := m.flux(); err == nil || !strings.Contains(out, `"github.com" shows no host key at port 22`) {
		t.Errorf("%v\n%s", err, out)
	}
	m.write("/stubs/ssh-keyscan", 0o755, "#!/bin/sh\necho \"$@\" the first key\n")
	if out, err := m.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m.write("/stubs/ssh-keyscan", 0o755, "#!/bin/sh\necho another key\n")
	if out, err := m.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	git := m.objects()["Secret/flux-system"]
	if got := git.value("known_hosts"); got != "-T 10 -p 22 -- github.com the first key\n" {
		t.Errorf("got %q", got)
	}
}

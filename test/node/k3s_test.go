package node

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestK3sOptions(t *testing.T) {
	k, err := ReadK3s("testdata/k3s.txt")
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, _ string, u *UserData) {
		config := u.Files["/etc/rancher/k3s/config.yaml"].Content
		if faults, err := k.JudgeConfig(config); err != nil || len(faults) > 0 || config == "" {
			t.Errorf("config.yaml: %v %q", err, faults)
		}
		if err := JudgeRegistries(u.Files["/etc/rancher/k3s/registries.yaml"].Content); err != nil {
			t.Errorf("registries.yaml: %v", err)
		}
		written := regexp.MustCompile(`printf '([^']*)'`).FindStringSubmatch(u.Files["/usr/local/sbin/lvsgen-k3s-prepare"].Content)
		if written == nil {
			t.Fatal("lvsgen-k3s-prepare writes nothing")
		}
		if faults, err := k.JudgeConfig(strings.ReplaceAll(written[1], `\n`, "\n")); err != nil || len(faults) > 0 {
			t.Errorf("node.yaml: %v %q", err, faults)
		}
		found := 0
		for _, name := range u.Scripts() {
			faults, err := k.JudgeInstaller(name, u.Files[name].Content)
			if err != nil || len(faults) > 0 {
				t.Errorf("%s: %v %q", name, err, faults)
			}
			found += strings.Count(u.Files[name].Content, "export INSTALL_K3S_")
		}
		if found < 3 {
			t.Errorf("only %d variables are judged", found)
		}
	})
}

func TestK3sOptionsRefused(t *testing.T) {
	k, err := ReadK3s("testdata/k3s.txt")
	if err != nil {
		t.Fatal(err)
	}
	faults, err := k.JudgeConfig("node_name: x\nno-deploy: [traefik]\ndisable: [localstorage, traefik]\n")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "options", faults, []string{"option no-deploy", "option node_name", "part localstorage"})
	for script, want := range map[string]string{
		"INSTALL_K3S_VERSION=v1 curl -sfL https://get.k3s.io | sh": "INSTALL_K3S_VERSION is not exported",
		"export INSTALL_K3S_SKIPSTART=true":                        "INSTALL_K3S_SKIPSTART is unknown",
	} {
		if faults, err := k.JudgeInstaller("x", script); err != nil || !slices.Contains(faults, want) {
			t.Errorf("%s: %v %q", script, err, faults)
		}
	}
	for _, text := range []string{"mirror: {}\n", "mirrors: {x: {endpoints: [y]}}\n"} {
		if JudgeRegistries(text) == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// TestMetadataRules lets the kernel's own program read the rules.
// TestConfigurationFiles gives each configuration to the program that reads it.

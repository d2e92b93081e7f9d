package node

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hostile is text that breaks every way of putting one text into another.
const hostile = "one\n'two' \"three\" `touch /owned` $(touch /owned) ${HOME} $HOME\n%s \\n \\ {{ x }} {% y %} @VOLUME_ID@\n: - #a\n\t'''\nEOF\n\x7f\u0085 \u2028 €\n\n"

// TestHostileValues renders a cloud whose author writes what nobody should have to escape, and boots it.
func TestHostileValues(t *testing.T) {
	cloud := t.TempDir()
	for _, name := range []string{"cloud.cue", "clusters/prod/cluster.cue", "cue.mod/module.cue"} {
		target := filepath.Join(cloud, name)
		if out, err := exec.Command("install", "-D", "--mode=0600", filepath.Join("../../test/clouds/everything", name), target).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	const address = "ssh://git@git.example.org:2222/it's-`id`-$(id)-${HOME}\"x"
	edit := func(name, from, to string) {
		t.Helper()
		file := filepath.Join(cloud, name)
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), from) {
			t.Fatalf("%s has no %q", name, from)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(content), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	edit("cloud.cue", `"https://git.example.org/cloud.git"`, `#"`+address+`"#`)
	edit("cloud.cue", `SrK3A+JFYazfKereJFvpV+LI"`, `SrK3A+JFYazfKereJFvpV+LI '\"$(touch /owned)\n@VOLUME_ID@"`)
	edit("clusters/prod/cluster.cue", `	services: {`, `	services: hostile: {
		namespace: "hostile"
		objects: "configmap.yaml": [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "hostile", namespace: "hostile"}}]
		node: files: {
			"/etc/hostile/small": `+cueText(hostile)+`
			"/etc/hostile/large": `+cueText(strings.Repeat(hostile, 20))+`
		}
	}
	services: {`)
	if out, err := exec.Command("../../bin/lvsgen", "-C", cloud, "render").CombinedOutput(); err != nil {
		t.Fatalf("lvsgen render: %v\n%s\nbin/lvsgen is made by \"make build\"", err, out)
	}
	u := read(t, cloud)
	m := newMachine(t, nil)
	m.attach(t.TempDir(), "mkfs.ext4")
	m.cloudInit(u.Text)
	for name, want := range map[string]string{
		"/etc/hostile/small":      hostile,
		"/etc/hostile/large":      strings.Repeat(hostile, 20),
		"/etc/lvsgen/known_hosts": "git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIoxUdNloD8sTlUvOG6kSrK3A+JFYazfKereJFvpV+LI '\"$(touch /owned)\n@VOLUME_ID@\n",
	} {
		if got := m.read(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if calls := m.calls(); !strings.HasPrefix(calls[len(calls)-1], "systemctl start --no-block") {
		t.Errorf("the boot ended with %q", calls)
	}
	_, server := publish(t, "")
	c := cluster(t, m, server.URL)
	// Flux 2.8.8 and its digest are pinned in this cloud: the registry of this test has another.
	c.edit("/etc/lvsgen/flux.env", "FLUX_VERSION='2.8.8'", "FLUX_VERSION='2.9.5'")
	c.edit("/etc/lvsgen/flux.env", "FLUX_DIGEST='sha256:0000000000000000000000000000000000000000000000000000000000000000'", "FLUX_DIGEST=''")
	if out, err := c.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	spec, _ := c.objects()["GitRepository/flux-system"].Rest["spec"].(map[string]any)
	if spec["url"] != address {
		t.Errorf("Flux reads %q", spec["url"])
	}
	if _, err := os.Stat(c.path("/owned")); err == nil {
		t.Error("a value was run")
	}
}

// cueText writes a text as CUE.
func cueText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\x7f", `\u007f`, "\u0085", `\u0085`, "\u2028", `\u2028`).Replace(text) + `"`
}

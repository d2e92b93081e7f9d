package node

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// delivered are values as the delivery brings them: hostile ones, all of them.
func delivered() map[string]string {
	return map[string]string{
		"git_private_key":           "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl'\"`id`$(id)${HOME}\n-----END OPENSSH PRIVATE KEY-----\n",
		"registry_password":         "registry-pass-\\word",
		"grafana_admin_password":    "line one\nline two\x01\xff'\"`$(touch /owned)${x}",
		"shop_mail_password":        "%s%n$1\t\r\n",
		"registry_dockerconfigjson": `{"auths":{"registry.lvs.me.uk":{"auth":"cm9ib3Q="}}}`,
	}
}

func encode(values map[string]string) string {
	out := map[string]string{}
	for name, value := range values {
		out[name] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// cluster is a machine with k3s running, the volume mounted and the values delivered.
func cluster(t *testing.T, disk *machine, registry string) *machine {
	t.Helper()
	m := newMachine(t, disk)
	m.must(os.RemoveAll(m.path("/stubs/curl")))
	m.must(os.MkdirAll(m.path("/cluster"), 0o755))
	m.must(os.MkdirAll(m.path("/srv/data/node"), 0o700))
	m.command("install", "-D", "--mode=0755", os.Args[0], m.path("/usr/local/bin/k3s"))
	m.edit("/etc/lvsgen/flux.env", "FLUX_REGISTRY='https://ghcr.io'", "FLUX_REGISTRY='"+registry+"'")
	m.deliver(delivered())
	return m
}

func (m *machine) deliver(values map[string]string) {
	m.t.Helper()
	if out, err := m.run(encode(values), "/usr/local/sbin/lvsgen-deliver"); err != nil {
		m.t.Fatalf("%v\n%s", err, out)
	}
}

func (m *machine) edit(name, from, to string) {
	m.t.Helper()
	content := m.read(name)
	if strings.Count(content, from) != 1 {
		m.t.Fatalf("%s does not have %q once:\n%s", name, from, content)
	}
	m.write(name, 0o644, strings.Replace(content, from, to, 1))
}

// flux runs the bootstrap once and checks that it shows no value.
func (m *machine) flux() (string, error) {
	m.t.Helper()
	out, err := m.run("", "/usr/local/sbin/lvsgen-flux")
	m.noSecret("the output", out)
	if calls, err := os.ReadFile(m.path(clusterCalls)); err == nil {
		m.noSecret("kubectl's arguments", string(calls))
	}
	left, globErr := os.ReadDir(m.path("/tmp"))
	m.must(globErr)
	for _, entry := range left {
		if strings.HasPrefix(entry.Name(), "tmp.") {
			m.t.Errorf("/tmp/%s is left behind", entry.Name())
		}
	}
	return out, err
}

func (m *machine) noSecret(where, text string) {
	m.t.Helper()
	for name, value := range delivered() {
		for _, form := range append(strings.Fields(value), base64.StdEncoding.EncodeToString([]byte(value))) {
			if len(form) > 8 && strings.Contains(text, form) {
				m.t.Errorf("%s has a part of %s:\n%s", where, name, text)
			}
		}
	}
}

func (m *machine) objects() map[string]object {
	m.t.Helper()
	state := map[string]object{}
	content, err := os.ReadFile(m.path(clusterState))
	if err != nil {
		return state
	}
	m.must(json.Unmarshal(content, &state))
	return state
}

// done gives what the applies since the last look did.
func (m *machine) done() []string {
	m.t.Helper()
	content := m.read(clusterChanges)
	m.must(os.Remove(m.path(clusterChanges)))
	return strings.Split(strings.TrimSpace(content), "\n")
}

func TestFlux(t *testing.T) {
	_, server := publish(t, "")
	m := cluster(t, written(t), server.URL)
	if out, err := m.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	same(t, "a first run", m.done(), []string{
		"created Namespace/flux-system by lvsgen", "created Secret/flux-system by lvsgen", "created Secret/cloud-secrets by lvsgen",
		"unchanged Namespace/flux-system by kubectl",
		"created CustomResourceDefinition/gitrepositories.source.toolkit.fluxcd.io by kubectl",
		"created CustomResourceDefinition/kustomizations.kustomize.toolkit.fluxcd.io by kubectl",
		"created Deployment/source-controller by kubectl", "created GitRepository/flux-system by kubectl",
		"created Kustomization/flux-system by kubectl",
	})
	m.checkSecrets(delivered())
	m.checkSync()

	nothing := []string{
		"unchanged Namespace/flux-system by lvsgen", "unchanged Secret/flux-system by lvsgen", "unchanged Secret/cloud-secrets by lvsgen",
	}
	if out, err := m.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	same(t, "a second run", m.done(), nothing)

	values := delivered()
	values["grafana_admin_password"] = "rotated-password"
	delete(values, "shop_mail_password")
	values["blog_mail_password"] = "a new app's"
	m.deliver(values)
	if out, err := m.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	same(t, "a rotated secret", m.done(), []string{nothing[0], nothing[1], "changed Secret/cloud-secrets by lvsgen"})
	m.checkSecrets(values)

	// Flux has changed the branch since, as a commit said: the node leaves it. A node made for another branch says it anew.
	state := m.objects()
	state["GitRepository/flux-system"].Rest["spec"].(map[string]any)["interval"] = "9m"
	content, err := json.Marshal(state)
	m.must(err)
	m.must(os.WriteFile(m.path(clusterState), content, 0o600))
	if out, err := m.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	same(t, "a change by Flux", m.done(), nothing)
	m.edit("/etc/lvsgen/flux-sync.yaml", "branch: main", "branch: next")
	if out, err := m.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	same(t, "another branch", m.done(), append(nothing, "changed GitRepository/flux-system by kubectl", "unchanged Kustomization/flux-system by kubectl"))
}

// checkSecrets compares the Secrets of the cluster with the values.
func (m *machine) checkSecrets(values map[string]string) {
	m.t.Helper()
	git, cloud := m.objects()["Secret/flux-system"], m.objects()["Secret/cloud-secrets"]
	if got := git.value("identity"); got != values["git_private_key"] {
		m.t.Errorf("the key of git is %q", got)
	}
	if got := git.value("known_hosts"); got != m.read("/etc/lvsgen/known_hosts") {
		m.t.Errorf("the known hosts are %q", got)
	}
	if cloud.Metadata.Labels["reconcile.fluxcd.io/watch"] != "Enabled" {
		m.t.Error("Flux does not watch cloud-secrets")
	}
	data, _ := cloud.Rest["data"].(map[string]any)
	want := maps.Clone(values)
	delete(want, "git_private_key")
	delete(want, "registry_password")
	same(m.t, "keys of cloud-secrets", slices.Sorted(maps.Keys(data)), slices.Sorted(maps.Keys(want)))
	for name, value := range want {
		// What Flux puts in place of ${name} is the value in base64, as it came.
		if got := cloud.value(name); got != value {
			m.t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

// checkSync compares what the node told Flux with what git says, object by object.
func (m *machine) checkSync() {
	m.t.Helper()
	state := m.objects()
	for file, kind := range map[string]string{"sources.yaml": "GitRepository", "flux-system.yaml": "Kustomization"} {
		content, err := os.ReadFile("../../clusters/prod/" + file)
		m.must(err)
		decoder := yaml.NewDecoder(strings.NewReader(string(content)))
		found := false
		for {
			var o object
			if decoder.Decode(&o) != nil {
				break
			}
			if o.Kind == kind && o.Metadata.Name == "flux-system" {
				found = true
				if !equal(o, state[o.key()]) {
					m.t.Errorf("%s in git is not what the node applied:\n%v\n%v", o.key(), o, state[o.key()])
				}
			}
		}
		if !found {
			m.t.Errorf("%s has no %s flux-system", file, kind)
		}
	}
}

// TestYoungAPIServer lets every request fail in every way, one at a time: the program ends and says where, and the next
// start, which systemd makes, brings the cluster to the same state as if nothing had happened.
func TestYoungAPIServer(t *testing.T) {
	disk := written(t)
	_, server := publish(t, "")
	calm := cluster(t, disk, server.URL)
	if out, err := calm.flux(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	requests := strings.Count(calm.read(clusterCalls), "\n")
	if requests < 8 {
		t.Fatalf("only %d requests", requests)
	}
	m := cluster(t, disk, server.URL)
	for mode := range failureModes {
		for at := range requests {
			for _, file := range []string{clusterState, clusterCalls, clusterChanges} {
				m.must(os.RemoveAll(m.path(file)))
			}
			m.must(os.RemoveAll(m.path("/srv/data/node/flux-sync")))
			m.write(clusterFailures, 0o600, strings.Repeat("ok\n", at)+mode+"\n")
			out, err := m.flux()
			if err == nil || !strings.Contains(out, "lvsgen-flux: stopped at: ") || !strings.Contains(out, failureModes[mode]) {
				t.Errorf("%s at request %d: %v\n%s", mode, at, err, out)
			}
			if out, err := m.flux(); err != nil {
				t.Errorf("%s at request %d, second start: %v\n%s", mode, at, err, out)
			}
			same(t, fmt.Sprintf("%s at request %d", mode, at), listing(m.objects()), listing(calm.objects()))
		}
	}
}

func listing(state map[string]object) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(state)) {
		text, err := json.Marshal(state[key])
		if err != nil {
			panic(err)
		}
		out = append(out, string(text))
	}
	return out
}

// TestPinnedDigest asks for the manifest by its digest, and takes no other.
// TestGitByHTTPS is the access by a token, and the mode that decrypts files.
// TestUnknownGitHost takes the key that the server shows the first time, and keeps it on the volume.

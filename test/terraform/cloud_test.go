package terraform_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/zclconf/go-cty/cty"

	"github.com/lvs-cloud/lvsgen/test/terraform/hcloud"
	"github.com/lvs-cloud/lvsgen/test/terraform/sshnode"
)

var program, lvsgen string

// TestMain is also Hetzner's provider: Terraform starts a copy of this program, with this variable, as one.
func TestMain(m *testing.M) {
	if os.Getenv("TF_PLUGIN_MAGIC_COOKIE") != "" {
		if err := hcloud.Serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	build := exec.Command("binary/build.sh")
	build.Stderr = os.Stderr
	out, err := build.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "terraform:", err)
		return 1
	}
	program = strings.TrimSpace(string(out))
	dir, err := os.MkdirTemp("", "lvsgen-terraform-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	lvsgen = filepath.Join(dir, "lvsgen")
	build = exec.Command("go", "build", "-o", lvsgen, "./cmd/lvsgen")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// cloud is a copy of the reference cloud with a state, a provider and a node of its own.
type cloud struct {
	t    *testing.T
	dir  string // of the inputs
	work string // of what is beside them
	node *sshnode.Node
	s3   *s3mem.Backend
	vars map[string]string
	env  []string
	// timeout replaces that of the connections; hostKey is expected of the node.
	timeout string
}

const bucket, stateKey = "lvs-cloud-state", "prod/terraform.tfstate"

// newCloud renders the reference cloud's inputs, after edit changed them, and prepares everything around it.
func newCloud(t *testing.T, edit func(*cloud)) *cloud {
	t.Helper()
	c := &cloud{t: t, dir: t.TempDir(), work: t.TempDir(), timeout: "30s"}
	for _, name := range []string{"cloud.cue", "clusters/prod/cluster.cue", "cue.mod/module.cue", "applications/ruby-demo-app/app.cue"} {
		c.write(filepath.Join(c.dir, name), c.read("../../"+name))
	}
	c.server()
	if edit != nil {
		edit(c)
	}
	c.render()
	c.values()
	c.provider()
	c.override()
	return c
}

// renderedCloud prepares another cloud of this repository as it is rendered there.
func renderedCloud(t *testing.T, root string) *cloud {
	t.Helper()
	c := &cloud{t: t, dir: t.TempDir(), work: t.TempDir(), timeout: "30s"}
	for _, name := range []string{"infrastructure/main.tf", "infrastructure/cloud-init.yml"} {
		c.write(filepath.Join(c.dir, name), c.read(filepath.Join(root, name)))
	}
	c.server()
	c.values()
	c.provider()
	c.override()
	return c
}

// server starts the node, with the programs that the delivery calls.
func (c *cloud) server() {
	c.t.Helper()
	var err error
	if c.node, err = sshnode.Start(filepath.Join(c.work, "node")); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(c.node.Close)
	c.program("bin/cloud-init", `echo "cloud-init $*" >>"$NODE/calls"`)
	// It records who runs at that moment: no value may be among the arguments.
	c.program("usr/local/sbin/lvsgen-deliver", `cat >"$NODE/delivered"
echo lvsgen-deliver >>"$NODE/calls"
stat -c %a "$NODE/run/lvsgen-delivery" >"$NODE/mode"
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' >"$NODE/processes"`)
}

func (c *cloud) read(name string) string {
	c.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}

func (c *cloud) write(name, content string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// program puts a script on the node.
func (c *cloud) program(name, script string) {
	c.t.Helper()
	name = filepath.Join(c.node.Folder, name)
	c.write(name, "#!/bin/sh\nset -eu\n"+script+"\n")
	if err := os.Chmod(name, 0o755); err != nil {
		c.t.Fatal(err)
	}
}

// replace edits one of the cloud's files.
func (c *cloud) replace(name, old, with string) {
	c.t.Helper()
	name = filepath.Join(c.dir, name)
	text := c.read(name)
	if strings.Count(text, old) != 1 {
		c.t.Fatalf("%s has %d of %q", name, strings.Count(text, old), old)
	}
	c.write(name, strings.Replace(text, old, with, 1))
}

func (c *cloud) render() {
	c.t.Helper()
	if out, err := exec.Command(lvsgen, "-C", c.dir, "render").CombinedOutput(); err != nil {
		c.t.Fatalf("%v\n%s", err, out)
	}
}

// hostile is a value with all that has ever broken on its way, behind a text to look for.
func hostile(name string) string {
	return "value-of-" + name + "\nline two\t\"quoted\" 'single' ${HOME} ${var.x} %{ if true } $$x `id` $(id) \\n \\ <&|;> * üñ  \n"
}

var variable = regexp.MustCompile(`(?m)^variable "([a-z0-9_]+)" \{`)

// values gives every variable of main.tf a hostile value.
func (c *cloud) values() {
	c.vars = map[string]string{}
	for _, m := range variable.FindAllStringSubmatch(c.main(), -1) {
		c.vars[m[1]] = hostile(m[1])
	}
	c.vars["ssh_private_key"] = c.node.ClientKey
}

func (c *cloud) main() string { return c.read(filepath.Join(c.dir, "infrastructure/main.tf")) }

// provider puts this program where Terraform looks for Hetzner's.
func (c *cloud) provider() {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	mirror := filepath.Join(c.work, "mirror")
	folder := filepath.Join(mirror, "registry.terraform.io/hetznercloud/hcloud", hcloud.Version, runtime.GOOS+"_"+runtime.GOARCH)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Link(self, filepath.Join(folder, "terraform-provider-hcloud_v"+hcloud.Version)); err != nil {
		c.t.Fatal(err)
	}
	config := filepath.Join(c.work, "terraform.rc")
	c.write(config, fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror))
	calls := filepath.Join(c.work, "hetzner")
	if err := os.MkdirAll(calls, 0o755); err != nil {
		c.t.Fatal(err)
	}
	c.env = []string{
		"PATH=/usr/bin:/bin", "HOME=" + c.work, "TF_CLI_CONFIG_FILE=" + config, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		hcloud.Folder + "=" + calls, "HCLOUD_TOKEN=token", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=key",
	}
}

var bucketName = regexp.MustCompile(`(?m)^ +bucket += "([^"]+)"$`)

// bucket is where main.tf keeps the state.
func (c *cloud) bucket() string {
	c.t.Helper()
	m := bucketName.FindStringSubmatch(c.main())
	if m == nil {
		c.t.Fatal("main.tf names no bucket")
	}
	return m[1]
}

// override writes the file that leads Terraform to the store and the node of the test: a backend or a connection in an
// override takes the place of the whole rendered block, so each is a copy with nothing but the place changed.
func (c *cloud) override() {
	c.t.Helper()
	if c.s3 == nil {
		c.s3 = s3mem.New()
		if err := c.s3.CreateBucket(c.bucket()); err != nil {
			c.t.Fatal(err)
		}
	}
	server := httptest.NewServer(gofakes3.New(c.s3, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	c.t.Cleanup(server.Close)
	f, diags := hclwrite.ParseConfig([]byte(c.main()), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		c.t.Fatal(diags)
	}
	out := hclwrite.NewEmptyFile()
	backend := f.Body().FirstMatchingBlock("terraform", nil).Body().FirstMatchingBlock("backend", []string{"s3"})
	backend.Body().SetAttributeValue("endpoints", cty.ObjectVal(map[string]cty.Value{"s3": cty.StringVal(server.URL)}))
	backend.Body().SetAttributeValue("use_path_style", cty.True)
	out.Body().AppendNewBlock("terraform", nil).Body().AppendBlock(backend)
	found := 0
	for _, b := range f.Body().Blocks() {
		connection := b.Body().FirstMatchingBlock("connection", nil)
		if b.Type() != "resource" || connection == nil {
			continue
		}
		found++
		connection.Body().SetAttributeValue("port", cty.NumberIntVal(int64(c.node.Port)))
		connection.Body().SetAttributeValue("timeout", cty.StringVal(c.timeout))
		out.Body().AppendNewBlock("resource", b.Labels()).Body().AppendBlock(connection)
	}
	if found != 2 {
		c.t.Fatalf("%d resources log in, want 2", found)
	}
	c.write(filepath.Join(c.dir, "infrastructure/test_override.tf"), string(out.Bytes()))
}

func (c *cloud) command(args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = filepath.Join(c.dir, "infrastructure")
	cmd.Env = slices.Clone(c.env)
	for name, v := range c.vars {
		cmd.Env = append(cmd.Env, "TF_VAR_"+name+"="+v)
	}
	return cmd
}

var colors = regexp.MustCompile("\x1b\\[[0-9;]*m")

// terraform runs a command, and checks on the way that no value is in what it prints.
func (c *cloud) terraform(args ...string) (string, error) {
	c.t.Helper()
	cmd := c.command(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	text := colors.ReplaceAllString(out.String(), "")
	c.silent("the output of terraform "+args[0], text)
	return text, err
}

func (c *cloud) must(args ...string) string {
	c.t.Helper()
	out, err := c.terraform(args...)
	if err != nil {
		c.t.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// fails runs a command that must be refused with all of the texts.
func (c *cloud) fails(args []string, texts ...string) {
	c.t.Helper()
	out, err := c.terraform(args...)
	if err == nil {
		c.t.Errorf("terraform %s went through", strings.Join(args, " "))
	}
	// Terraform breaks lines and draws a frame.
	flat := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			c.t.Errorf("terraform %s does not say %q:\n%s", strings.Join(args, " "), text, out)
		}
	}
}

// silent checks that no secret value is in text, in clear or in base64.
func (c *cloud) silent(where, text string) {
	c.t.Helper()
	for name, v := range c.vars {
		if v == "" {
			continue
		}
		part := strings.SplitN(v, "\n", 2)[0]
		if name == "ssh_private_key" {
			part = strings.Split(v, "\n")[2]
		}
		encoded := base64.StdEncoding.EncodeToString([]byte(v))
		for _, form := range []string{part, encoded[:min(20, len(encoded))]} {
			if name == "ssh_private_key" && form != part {
				continue // every key file begins so
			}
			if strings.Contains(text, form) {
				c.t.Errorf("%s shows the value of %s", where, name)
			}
		}
	}
}

// up brings the cloud up.
func (c *cloud) up() {
	c.t.Helper()
	c.must("init", "-input=false")
	c.must("apply", "-input=false", "-auto-approve")
}

// plan gives what would be done, by address: "create", "update", "delete" or "replace".
func (c *cloud) plan(args ...string) map[string]string {
	c.t.Helper()
	c.must(append([]string{"plan", "-input=false", "-out=tfplan"}, args...)...)
	cmd := c.command("show", "-json", "tfplan")
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatal(err)
	}
	var plan struct {
		Changes []struct {
			Address string `json:"address"`
			Change  struct {
				Actions []string `json:"actions"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(out, &plan); err != nil {
		c.t.Fatal(err)
	}
	changes := map[string]string{}
	for _, r := range plan.Changes {
		switch {
		case len(r.Change.Actions) == 2:
			changes[r.Address] = "replace"
		case r.Change.Actions[0] != "no-op":
			changes[r.Address] = r.Change.Actions[0]
		}
	}
	return changes
}

// delivered is what the node got, decoded.
func (c *cloud) delivered() map[string]string {
	c.t.Helper()
	var object map[string]string
	if err := json.Unmarshal([]byte(c.read(filepath.Join(c.node.Folder, "delivered"))), &object); err != nil {
		c.t.Fatal(err)
	}
	for name, v := range object {
		text, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			c.t.Fatal(name, err)
		}
		object[name] = string(text)
	}
	return object
}

// state is the file in the store.
func (c *cloud) state() string {
	c.t.Helper()
	object, err := c.s3.GetObject(bucket, stateKey, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer object.Contents.Close()
	text, err := io.ReadAll(object.Contents)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

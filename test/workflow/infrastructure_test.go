package workflow

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// secretValue is what no log may show.
const secretValue = "s3cr3t-value"

// configuration needs no provider: terraform_data is part of Terraform. Changing its input updates it in place, changing
// what triggers it replaces it.
const configuration = `terraform {
  backend "local" {
    path = "../state"
  }
}

variable "grafana_admin_password" {
  type      = string
  sensitive = true
}

variable "ssh_private_key" {
  type      = string
  sensitive = true
}

variable "size" {
  default = 1
}

resource "terraform_data" "server" {
  input            = var.size
  triggers_replace = [file("${path.module}/cloud-init.yml")]
}

resource "terraform_data" "delivery" {
  input = sha256(var.grafana_admin_password)
}
`

// infrastructure is a repository with Terraform's files and the steps of the reference cloud's workflow.
type infrastructure struct {
	*repo
	w           workflow
	environment map[string]string
}

// terraformPath is the terraform on PATH, or the one that the tests of Terraform's files build.
func terraformPath(t *testing.T) string {
	t.Helper()
	if found, err := exec.LookPath("terraform"); err == nil {
		return found
	}
	out, err := exec.Command(repository + "/test/terraform/binary/build.sh").Output()
	if err != nil {
		t.Fatalf("there is no terraform: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func newInfrastructure(t *testing.T) *infrastructure {
	t.Helper()
	terraform := terraformPath(t)
	r := newRepo(t, map[string]string{"infrastructure/main.tf": configuration, "infrastructure/cloud-init.yml": "#cloud-config\n"})
	if err := os.Symlink(terraform, filepath.Join(r.bin, "terraform")); err != nil {
		t.Fatal(err)
	}
	i := &infrastructure{repo: r, w: open(t, repository, "infrastructure.yml"), environment: map[string]string{
		"PLAN": filepath.Join(r.bin, "plan"), "LOCK": "true", "CHECKPOINT_DISABLE": "1",
	}}
	for name, value := range i.w.step(t, "plan", "Plan").Env {
		if strings.Contains(value, "secrets.") {
			i.environment[name] = secretValue
		}
	}
	for _, name := range []string{"Check the format", "Initialize", "Validate"} {
		if got := i.step("plan", name, nil); got.err != nil {
			t.Fatalf("%s: %v\n%s", name, got.err, got.log)
		}
	}
	return i
}

// step runs one step; more is added to its environment.
func (i *infrastructure) step(job, name string, more map[string]string) result {
	i.t.Helper()
	got := i.run(i.w.step(i.t, job, name), together(i.environment, more))
	if strings.Contains(got.log+got.outputs+got.summary, secretValue) {
		i.t.Errorf("%s shows a secret:\n%s%s%s", name, got.log, got.outputs, got.summary)
	}
	return got
}

// output is one output of a step.
func (r result) output(name string) string {
	for line := range strings.Lines(r.outputs) {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// apply plans again and applies what was approved.
func (i *infrastructure) apply(approved string) (plan, applied result) {
	i.t.Helper()
	plan = i.step("apply", "Plan again", nil)
	if plan.err != nil {
		i.t.Fatalf("%v\n%s", plan.err, plan.log)
	}
	return plan, i.step("apply", "Apply what was approved", map[string]string{"DIGEST": plan.output("digest"), "APPROVED": approved})
}

// TestInfrastructure goes the way of a cloud: made, unchanged, changed in place, replaced, and a plan that changed
// between approval and apply.
func TestInfrastructure(t *testing.T) {
	i := newInfrastructure(t)
	first := i.step("plan", "Plan", nil)
	if first.err != nil || first.output("changes") != "true" || first.output("title") != "create 2" || len(first.output("digest")) != 64 ||
		!strings.Contains(first.summary, "### Create\n\n- `terraform_data.delivery`\n- `terraform_data.server`\n") {
		t.Fatalf("%v %s\n%s", first.err, first.outputs, first.log)
	}
	again, applied := i.apply(first.output("digest"))
	if applied.err != nil || again.output("digest") != first.output("digest") {
		t.Fatalf("%v\n%s", applied.err, applied.log)
	}
	if none := i.step("plan", "Plan", nil); none.err != nil || none.output("changes") != "false" || !strings.Contains(none.summary, "No resource changes.") {
		t.Errorf("%v %s", none.err, none.outputs)
	}

	i.environment["TF_VAR_size"] = "2"
	update := i.step("plan", "Plan", nil)
	if update.err != nil || update.output("title") != "update 1" || !strings.Contains(update.summary, "### Update in place\n\n- `terraform_data.server`: `input`") ||
		strings.Contains(update.summary, "REPLACE") {
		t.Errorf("%v %s", update.err, update.outputs)
	}

	// Somebody changes the user data while the approval is awaited.
	i.write("infrastructure/cloud-init.yml", "#cloud-config\nruncmd: []\n")
	replaced, refused := i.apply(update.output("digest"))
	if refused.err == nil || !strings.Contains(refused.log, "::error::the plan changed after it was approved; nothing was applied") {
		t.Errorf("%v\n%s", refused.err, refused.log)
	}
	if replaced.output("title") != "REPLACE 1" || !strings.HasPrefix(replaced.summary, "> [!CAUTION]\n> ## REPLACE") ||
		!strings.Contains(replaced.summary, "> - `terraform_data.server`: `triggers_replace") {
		t.Errorf("%s", replaced.outputs)
	}
	if _, applied := i.apply(replaced.output("digest")); applied.err != nil {
		t.Errorf("%v\n%s", applied.err, applied.log)
	}

	// A new value of a secret is another plan, although nothing of it is shown.
	i.environment["TF_VAR_grafana_admin_password"] = secretValue + "2"
	one := i.step("plan", "Plan", nil)
	i.environment["TF_VAR_grafana_admin_password"] = secretValue + "3"
	two, refused := i.apply(one.output("digest"))
	if one.output("title") != two.output("title") || one.output("digest") == two.output("digest") || refused.err == nil {
		t.Errorf("%s\n%s", one.outputs, two.outputs)
	}

	i.write("infrastructure/main.tf", strings.Replace(configuration, `resource "terraform_data" "delivery" {
  input = sha256(var.grafana_admin_password)
}
`, "", 1))
	if destroyed := i.step("plan", "Plan", nil); destroyed.output("title") != "DESTROY 1" || !strings.Contains(destroyed.summary, "> ## DESTROY: these are destroyed\n>\n> - `terraform_data.delivery`") {
		t.Errorf("%v %s\n%s", destroyed.err, destroyed.outputs, destroyed.log)
	}
	if left := i.step("plan", "Remove the plan, which holds secrets", nil); left.err != nil {
		t.Error(left.log)
	}
	if left, err := filepath.Glob(filepath.Join(i.bin, "plan*")); err != nil || len(left) != 1 || filepath.Base(left[0]) != "plan.md" {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// TestPlanRefuses: a missing secret is named, and Terraform's own errors stop the job.
func TestPlanRefuses(t *testing.T) {
	i := newInfrastructure(t)
	given := i.environment["AWS_ACCESS_KEY_ID"]
	i.environment["AWS_ACCESS_KEY_ID"], i.environment["TF_VAR_grafana_admin_password"] = "", ""
	if got := i.step("plan", "Plan", nil); got.err == nil || !strings.Contains(got.log, "have no value: S3_ACCESS_KEY GRAFANA_ADMIN_PASSWORD") {
		t.Errorf("%v\n%s", got.err, got.log)
	}
	i.environment["AWS_ACCESS_KEY_ID"], i.environment["TF_VAR_grafana_admin_password"] = given, secretValue
	i.write("infrastructure/broken.tf", "resource \"terraform_data\" \"x\" {\n  input = var.unknown\n}\n")
	if got := i.step("plan", "Plan", nil); got.err == nil || got.outputs != "" {
		t.Errorf("%v %s\n%s", got.err, got.outputs, got.log)
	}
	if got := i.step("plan", "Validate", nil); got.err == nil {
		t.Error("validate passes")
	}
	i.write("infrastructure/broken.tf", "locals {\n      x = 1\n}\n")
	if got := i.step("plan", "Check the format", nil); got.err == nil {
		t.Error("fmt passes")
	}
}

// ghStub answers like the API: the comments of a file, the right to write for those whose name starts with "w".
const ghStub = `#!/bin/bash
printf '%q ' "$@" >>"$STUB_LOG/gh.log"
echo >>"$STUB_LOG/gh.log"
case "$1 $2" in
"issue create") echo "https://github.com/lvs-cloud/lvsgen/issues/7" ;;
"issue close") ;;
*)
  filter=${!#}
  case "$*" in
  */permission*) login=${2#*/collaborators/}; case $login in w*) p=write ;; *) p=read ;; esac; echo "{\"permission\":\"$p\"}" | jq --raw-output "$filter" ;;
  *) jq --raw-output "$filter" "$STUB_LOG/comments.json" ;;
  esac ;;
esac
`

// TestApproval: who may answer what, and how many must.
func TestApproval(t *testing.T) {
	ask := open(t, repository, "infrastructure.yml").step(t, "approve", "Ask, and wait for the answer")
	for name, c := range map[string]struct {
		comments, approvers, minimum string
		want                         string // in the log of a refusal; "" is approved
	}{
		"LGTM of a writer":         {`wendy:LGTM`, "", "1", ""},
		"with a full stop":         {"wendy: lgtm. \r\n", "", "1", ""},
		"of a reader":              {`rob:LGTM`, "", "1", "nobody answered in time"},
		"edited":                   {`wendy*LGTM`, "", "1", "nobody answered in time"},
		"a sentence":               {`wendy:LGTM, but wait`, "", "1", "nobody answered in time"},
		"none":                     {``, "", "1", "nobody answered in time"},
		"a no":                     {`wendy:no`, "", "1", "stopped by wendy"},
		"a no after one LGTM":      {`wendy:LGTM|walt:No!`, "", "2", "stopped by walt"},
		"a reader's no":            {`rob:no|wendy:yes`, "", "1", ""},
		"one person twice":         {`wendy:LGTM|Wendy:approve`, "", "2", "nobody answered in time"},
		"two people":               {`wendy:LGTM|walt:approve`, "", "2", ""},
		"an approver":              {`Alice:lgtm`, "alice bob", "1", ""},
		"a writer, no approver":    {`wendy:lgtm`, "alice bob", "1", "nobody answered in time"},
		"a hostile name":           {`$(touch owned):lgtm`, "alice", "1", "nobody answered in time"},
		"a name inside a name":     {`ali:lgtm`, "alice bob", "1", "nobody answered in time"},
		"a star instead of a name": {`*:lgtm`, "alice bob", "1", "nobody answered in time"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t, nil)
			r.stub("gh", ghStub)
			r.stub("comments.json", comments(c.comments))
			got := r.run(ask, map[string]string{
				"GH_TOKEN": "x", "TITLE": "REPLACE 1", "SUMMARY": "> `server` $(touch owned)", "DIGEST": "0123", "APPROVERS": c.approvers, "MINIMUM": c.minimum,
				"ROUNDS": "2", "PAUSE": "0", "GITHUB_REPOSITORY": "lvs-cloud/lvsgen", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "9", "GITHUB_SHA": "abc",
			})
			if approved := got.err == nil; approved != (c.want == "") || !strings.Contains(got.log, c.want) {
				t.Errorf("%v\n%s", got.err, got.log)
			}
			r.expectNoChange()
			log := calls(t, r.gh)
			if !strings.HasPrefix(log[0], "issue create ") || !strings.HasPrefix(log[len(log)-1], "issue close 7 ") {
				t.Errorf("%q", log)
			}
		})
	}
	got := newRepo(t, nil).run(ask, map[string]string{"GH_TOKEN": "x", "TITLE": "", "SUMMARY": "", "DIGEST": "0123"})
	if got.err == nil || !strings.Contains(got.log, "there is no summary to approve") {
		t.Errorf("%v\n%s", got.err, got.log)
	}
}

// comments makes the API's answer of "login:text|login:text"; a star for the colon is a comment that was edited.
func comments(list string) string {
	var out []string
	for entry := range strings.SplitSeq(list, "|") {
		if entry == "" {
			continue
		}
		login, text, plain := strings.Cut(entry, ":")
		updated := "1"
		if !plain {
			login, text, _ = strings.Cut(entry, "*")
			updated = "2"
		}
		text = strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(text)
		out = append(out, `{"user":{"login":"`+login+`"},"body":"`+text+`","created_at":"1","updated_at":"`+updated+`"}`)
	}
	return "[" + strings.Join(out, ",") + "]"
}

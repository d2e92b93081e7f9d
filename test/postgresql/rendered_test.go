// Package postgresql_test tries the service "postgresql" out: what it renders for each engine, and, with the build tag
// "postgres", its backup scripts on a real server.
package postgresql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

const cloudFile = `package cloud

import "github.com/lvs-cloud/lvsgen/schema"

schemaVersion: schema.#SchemaVersion & 1
cloud: schema.#Cloud & {
	domain:    "example.org"
	acmeEmail: "ops@example.org"
	git: url:       "https://git.example.org/cloud.git"
	registry: host: "images.example.org"
	s3: buckets: {backups: "example-backups", state: "example-state"}
}
clusters: schema.#Clusters & {#cloud: cloud}
apps: schema.#Apps
`

const clusterFile = `package cloud

clusters: prod: {
	servers: main: type: "cx33"
	volume: size: 50
	sshKeys: ops: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIoxUdNloD8sTlUvOG6kSrK3A+JFYazfKereJFvpV+LI ops"
	services: {
		"cert-manager": {}
		storage: {
			namespace: "storage"
			objects: "note.yaml": [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "note", namespace: "storage"}}]
			brings: capabilities: ["storage"]
		}
		%s
	}
}
`

// engines are the services that each engine needs.
var engines = map[string]string{
	"bitnami":        `postgresql: {}`,
	"cloudnative-pg": `postgresql: options: engine: "cloudnative-pg", "barman-cloud": {}`,
}

// rendered gives a cloud with these services.
func rendered(t *testing.T, services string) *tree.Tree {
	t.Helper()
	files, _, findings, err := generate.Tree(fstest.MapFS{
		"cloud.cue":                 {Data: []byte(cloudFile)},
		"clusters/prod/cluster.cue": {Data: fmt.Appendf(nil, clusterFile, services)},
		"cue.mod/module.cue":        {Data: []byte("module: \"example.org/cloud\"\nlanguage: version: \"v0.17.0\"\n")},
	}, load.Options{})
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v\n%v", err, findings)
	}
	return files
}

func read(t *testing.T, files *tree.Tree, name string, into any) {
	t.Helper()
	f, ok := files.Get("platform/postgresql/" + name)
	if !ok {
		t.Fatalf("%s is not rendered", name)
	}
	if err := yaml.UnmarshalStrict(f.Content, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

var cronJobs = []string{"pgdump", "pg-restore-drill", "pg-restore"}

// TestCronJobs checks that what the pods refer to is there, and that they are confined.
func TestCronJobs(t *testing.T) {
	for engine, services := range engines {
		t.Run(engine, func(t *testing.T) {
			files := rendered(t, services)
			var scripts corev1.ConfigMap
			read(t, files, "configmap-backup-scripts.yaml", &scripts)
			keys := map[string][]string{}
			for _, name := range []string{"secret-auth.yaml", "secret-backup.yaml"} {
				// The values are placeholders, which are no base64.
				var secret struct {
					Metadata struct{ Name string }
					Data     map[string]string
				}
				f, _ := files.Get("platform/postgresql/" + name)
				if err := yaml.Unmarshal(f.Content, &secret); err != nil {
					t.Fatal(err)
				}
				for key := range secret.Data {
					keys[secret.Metadata.Name] = append(keys[secret.Metadata.Name], key)
				}
			}
			for _, name := range cronJobs {
				var job batchv1.CronJob
				read(t, files, "cronjob-"+name+".yaml", &job)
				if *job.Spec.Suspend != (name == "pg-restore") {
					t.Errorf("%s: suspend is %v", name, *job.Spec.Suspend)
				}
				pod := job.Spec.JobTemplate.Spec.Template.Spec
				if !*pod.SecurityContext.RunAsNonRoot || *pod.AutomountServiceAccountToken || pod.RestartPolicy != "Never" {
					t.Errorf("%s may be root, is given a token, or hides its failures by starting again", name)
				}
				for _, c := range append(pod.InitContainers, pod.Containers...) {
					checkContainer(t, name+"/"+c.Name, &c, scripts.Data, keys)
				}
			}
		})
	}
}

func checkContainer(t *testing.T, name string, c *corev1.Container, scripts map[string]string, keys map[string][]string) {
	t.Helper()
	script := strings.TrimPrefix(c.Command[len(c.Command)-1], "/scripts/")
	text := scripts[script]
	if text == "" {
		t.Errorf("%s runs %q, which is no script", name, script)
	}
	given := map[string]bool{}
	for _, e := range c.Env {
		given[e.Name] = true
		if e.ValueFrom != nil {
			ref := e.ValueFrom.SecretKeyRef
			if !slices.Contains(keys[ref.Name], ref.Key) {
				t.Errorf("%s reads key %q of Secret %q, which has %q", name, ref.Key, ref.Name, keys[ref.Name])
			}
		}
	}
	for _, variable := range []string{"WORK_DIR", "REMOTE", "KEEP_DAYS", "SET", "DATABASE", "MAX_AGE_HOURS", "CHECK_RESTORE", "ALL", "TARGET", "REPLACE", "ROLES"} {
		if strings.Contains(text, "$"+variable) && !given[variable] {
			t.Errorf("%s: %s reads %s, which is not set", name, script, variable)
		}
	}
	if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
		t.Errorf("%s has no memory limit or no CPU request", name)
	}
	if s := c.SecurityContext; *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem {
		t.Errorf("%s is not confined", name)
	}
}

// TestOptions checks that options reach what they are for, and that a schedule has the form that each reader knows.
func TestOptions(t *testing.T) {
	files := rendered(t, `postgresql: options: {
			engine:       "cloudnative-pg"
			size:         "20Gi"
			storageClass: "fast"
			dump: {schedule: "5 4 * * *", keepDays: 30, checkRestore: true}
			continuous: {schedule: "@daily", keepDays: 7, folder: "second", recoverFrom: "first"}
		}
		"barman-cloud": {}`)
	for name, want := range map[string][]string{
		"config/cluster.yaml": {
			"size: 20Gi", "storageClass: fast", "schedule: '@daily'", "serverName: second", "serverName: first", "source: backup",
		},
		"config/objectstore.yaml": {`retentionPolicy: "7d"`, "destinationPath: s3://example-backups/prod/postgresql-continuous"},
		"cronjob-pgdump.yaml":     {"schedule: 5 4 * * *", `value: "30"`, `value: "yes"`, "value: store:example-backups/prod/postgresql"},
	} {
		f, _ := files.Get("platform/postgresql/" + name)
		for _, text := range want {
			if !strings.Contains(strings.ReplaceAll(string(f.Content), `"@daily"`, `'@daily'`), text) {
				t.Errorf("%s has no %q:\n%s", name, text, f.Content)
			}
		}
	}
	f, _ := rendered(t, engines["cloudnative-pg"]).Get("platform/postgresql/config/cluster.yaml")
	if !strings.Contains(string(f.Content), "schedule: 0 47 0 * * *") {
		t.Errorf("the operator's cron has six fields:\n%s", f.Content)
	}
}

// TestLonghorn checks that the claims carry Longhorn's labels, and only where it is.
func TestLonghorn(t *testing.T) {
	const label = "recurring-job-group.longhorn.io/backup-weekly"
	const longhorn = `longhorn: {}`
	for engine, file := range map[string]string{"bitnami": "helmrelease.yaml", "cloudnative-pg": "config/cluster.yaml"} {
		with, _ := rendered(t, engines[engine]+"\n"+longhorn).Get("platform/postgresql/" + file)
		without, _ := rendered(t, engines[engine]).Get("platform/postgresql/" + file)
		if !strings.Contains(string(with.Content), label) || strings.Contains(string(without.Content), label) {
			t.Errorf("%s: labels of the claim:\n%s", engine, with.Content)
		}
	}
}

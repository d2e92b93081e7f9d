//go:build accept

package accept

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/test/accept/apiserver"
)

// longhornFiles is where the reference cloud has the restore of volumes.
const longhornFiles = repository + "/infrastructure/longhorn/"

// restorer runs the rendered script as its Job would: with the Job's environment and the rights of its ServiceAccount.
type restorer struct {
	script string
	env    []string
	// admin and job are kubeconfig files.
	admin, job string
}

// TestVolumeRestore runs the script that restores Longhorn's volumes with the real kubectl against a real API server.
// What Longhorn's and Kubernetes' controllers answer is written by the test.
func TestVolumeRestore(t *testing.T) {
	r := newRestorer(t)
	r.kubectl(t, "", "create", "namespace", "shop")
	r.backup(t, "old", "shop/shop-data", "2026-11-20T01:00:00Z", "Completed", "backup-daily")
	r.backup(t, "newest", "shop/shop-data", "2026-11-21T01:00:00Z", "Completed", "backup-weekly")
	r.backup(t, "unfinished", "shop/shop-data", "2026-11-22T01:00:00Z", "InProgress", "backup-daily")
	r.backup(t, "other", "shop/other", "2026-11-23T01:00:00Z", "Completed", "")

	t.Run("refuses what is not said clearly", func(t *testing.T) {
		for _, claim := range []string{"", "shop", "shop/", "/shop-data", "shop/a/b", "shop/$(id)", "shop/-f", "Shop/x", "shop/x\ny"} {
			r.fails(t, "say CLAIM=namespace/name", "CLAIM="+claim)
		}
		r.fails(t, "COPIES must be daily, weekly or none", "CLAIM=shop/shop-data", "COPIES=hourly")
		r.fails(t, "is no name of a release", "CLAIM=shop/shop-data", "HELM_RELEASE=a b")
		r.fails(t, "ATTEMPT must be a whole number", "CLAIM=shop/shop-data", "ATTEMPT=x")
		r.fails(t, "there is no complete copy of shop/absent", "CLAIM=shop/absent")
		r.fails(t, "there is no complete copy unfinished", "CLAIM=shop/shop-data", "BACKUP=unfinished")
		if out := r.fails(t, "complete copies:", "CLAIM=shop/absent"); strings.Contains(out, "unfinished") || !strings.Contains(out, "newest  shop/shop-data") {
			t.Errorf("the list of copies is\n%s", out)
		}
		if got := r.kubectl(t, "", "get", "volumes.longhorn.io,pv,pvc", "--all-namespaces", "--ignore-not-found", "-o", "name"); got != "" {
			t.Errorf("something was made: %s", got)
		}
	})

	t.Run("the newest copy", func(t *testing.T) {
		args := []string{"CLAIM=shop/shop-data", "HELM_RELEASE=shop"}
		out := r.fails(t, "is not restored within 0 seconds", args...)
		if !strings.Contains(out, "copy newest of 2026-11-21T01:00:00Z") {
			t.Errorf("said\n%s", out)
		}
		volume := r.only(t, "volumes.longhorn.io", "longhorn-system")
		r.want(t, "volumes.longhorn.io/"+volume, "longhorn-system", "{.spec.fromBackup} {.spec.size} {.spec.numberOfReplicas} {.spec.frontend}",
			"s3://bucket@fsn1/?backup=newest&volume=pvc-1 1073741824 1 blockdev")
		// Attached and being filled.
		r.status(t, "volumes.longhorn.io/"+volume, "longhorn-system", `{"state":"attached","restoreInitiated":true,"restoreRequired":true}`)
		r.fails(t, "is not restored within 0 seconds", args...)
		r.status(t, "volumes.longhorn.io/"+volume, "longhorn-system", `{"state":"detached","restoreInitiated":true,"restoreRequired":false}`)
		r.fails(t, "claim shop/shop-data is not bound", args...)
		r.want(t, "pv/"+volume, "", "{.spec.csi.driver} {.spec.csi.volumeHandle} {.spec.persistentVolumeReclaimPolicy} {.spec.claimRef.namespace}/{.spec.claimRef.name} {.spec.storageClassName} {.spec.capacity.storage}",
			"driver.longhorn.io "+volume+" Retain shop/shop-data longhorn 1073741824")
		r.want(t, "pvc/shop-data", "shop", `{.spec.volumeName} {.spec.resources.requests.storage} {.spec.storageClassName} {.metadata.labels.recurring-job-group\.longhorn\.io/backup-daily} {.metadata.labels.app\.kubernetes\.io/managed-by} {.metadata.annotations.meta\.helm\.sh/release-name}`,
			volume+" 1073741824 longhorn enabled Helm shop")
		r.status(t, "pvc/shop-data", "shop", `{"phase":"Bound"}`)
		for range 2 { // a second time changes nothing
			if out := r.succeeds(t, args...); !strings.Contains(out, "claim shop/shop-data is volume "+volume+", copied: daily") {
				t.Errorf("said\n%s", out)
			}
		}
		r.only(t, "volumes.longhorn.io", "longhorn-system")
	})

	t.Run("a claim that is there", func(t *testing.T) {
		before := r.kubectl(t, "", "get", "pvc,pv", "--all-namespaces", "-o", "yaml")
		r.fails(t, "claim shop/shop-data is there", "CLAIM=shop/shop-data", "BACKUP=old")
		if after := r.kubectl(t, "", "get", "pvc,pv", "--all-namespaces", "-o", "yaml"); after != before {
			t.Error("a refused restore changed something")
		}
	})

	t.Run("a used volume is not given out again", func(t *testing.T) {
		volume := r.only(t, "volumes.longhorn.io", "longhorn-system")
		r.kubectl(t, "", "--namespace", "shop", "patch", "pvc/shop-data", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
		r.kubectl(t, "", "--namespace", "shop", "delete", "pvc/shop-data", "--ignore-not-found")
		r.status(t, "pv/"+volume, "", `{"phase":"Released"}`)
		r.fails(t, "say ATTEMPT=2", "CLAIM=shop/shop-data")
		r.fails(t, "is not restored within 0 seconds", "CLAIM=shop/shop-data", "ATTEMPT=2")
	})

	t.Run("a named copy beside", func(t *testing.T) {
		out := r.fails(t, "is not restored within 0 seconds", "CLAIM=shop/look", "BACKUP=other", "COPIES=none")
		volume := strings.TrimSuffix(strings.TrimPrefix(lineWith(out, "made volume "), "made volume "), "\n")
		r.status(t, "volumes.longhorn.io/"+volume, "longhorn-system", `{"state":"detached","robustness":"faulted","restoreInitiated":true,"restoreRequired":true}`)
		r.fails(t, "the restore of volume "+volume+" failed", "CLAIM=shop/look", "BACKUP=other", "COPIES=none")
		r.status(t, "volumes.longhorn.io/"+volume, "longhorn-system", `{"state":"detached","robustness":"unknown","restoreInitiated":true,"restoreRequired":false}`)
		r.fails(t, "is not bound", "CLAIM=shop/look", "BACKUP=other", "COPIES=none")
		r.want(t, "pvc/look", "shop", "{.spec.volumeName} {.metadata.labels}", volume+" ")
	})

	t.Run("an API that does not answer", func(t *testing.T) {
		broken := *r
		broken.job = r.kubeconfig(t, "https://127.0.0.1:1", "", "none")
		broken.fails(t, "the copies cannot be listed", "CLAIM=shop/shop-data")
	})

	t.Run("its rights", func(t *testing.T) {
		for _, verb := range []string{"delete", "patch", "update"} {
			for _, kind := range []string{"pvc", "pv", "volumes.longhorn.io", "backups.longhorn.io"} {
				if r.can(verb, kind) {
					t.Errorf("the Job may %s %s", verb, kind)
				}
			}
		}
		if !r.can("create", "pvc") || r.can("get", "secrets") || r.can("create", "pods") {
			t.Error("the Job may not create claims, or may read Secrets or make pods")
		}
	})
}

// TestVolumeRestoreScript: shellcheck has nothing to say.
func TestVolumeRestoreScript(t *testing.T) {
	name := filepath.Join(t.TempDir(), "restore.sh")
	if err := os.WriteFile(name, []byte(restoreScript(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("shellcheck", "--shell=sh", name).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func newRestorer(t *testing.T) *restorer {
	t.Helper()
	for _, program := range []string{"kubectl", "jq", "sh"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: the Job's image has it, and this test needs it too", err)
		}
	}
	server := apiserver.Start(t, controlPlane(t))
	if err := server.InstallCRDs(moduleCRDs(t)...); err != nil {
		t.Fatal(err)
	}
	r := &restorer{script: filepath.Join(t.TempDir(), "restore.sh"), env: restoreEnv(t)}
	if err := os.WriteFile(r.script, []byte(restoreScript(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	r.admin = r.kubeconfig(t, server.URL, server.CAFile, server.Token)
	r.kubectl(t, "", "create", "namespace", "longhorn-system")
	r.kubectl(t, "", "apply", "-f", longhornFiles+"rbac-restore.yaml")
	token := strings.TrimSpace(r.kubectl(t, "", "--namespace", "longhorn-system", "create", "token", "volume-restore"))
	r.job = r.kubeconfig(t, server.URL, server.CAFile, token)
	return r
}

func restoreScript(t *testing.T) string {
	t.Helper()
	var configMap struct{ Data map[string]string }
	readYAML(t, longhornFiles+"configmap-restore.yaml", &configMap)
	if configMap.Data["restore.sh"] == "" {
		t.Fatal("there is no restore.sh")
	}
	return configMap.Data["restore.sh"]
}

// restoreEnv is the environment of the Job's container.
func restoreEnv(t *testing.T) []string {
	t.Helper()
	var cronJob struct {
		Spec struct {
			Suspend     bool
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							Containers []struct {
								Env []struct{ Name, Value string }
							}
						}
					}
				}
			}
		}
	}
	readYAML(t, longhornFiles+"cronjob-restore.yaml", &cronJob)
	if !cronJob.Spec.Suspend {
		t.Error("the CronJob is not suspended")
	}
	var env []string
	for _, e := range cronJob.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Env {
		env = append(env, e.Name+"="+e.Value)
	}
	return env
}

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err == nil {
		err = yaml.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// kubeconfig writes a file by which kubectl reaches the server.
func (r *restorer) kubeconfig(t *testing.T, url, ca, token string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"x","contexts":[{"name":"x","context":{"cluster":"x","user":"x"}}],
"clusters":[{"name":"x","cluster":{"server":%q,"certificate-authority":%q}}],"users":[{"name":"x","user":{"token":%q}}]}`, url, ca, token)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// kubectl runs as the administrator.
func (r *restorer) kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("kubectl", args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+r.admin)
	cmd.Stdin = strings.NewReader(stdin)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kubectl %q: %v\n%s", args, err, problems.String())
	}
	return string(out)
}

func (r *restorer) can(verb, kind string) bool {
	cmd := exec.Command("kubectl", "auth", "can-i", verb, kind, "--namespace", "longhorn-system")
	cmd.Env = append(os.Environ(), "KUBECONFIG="+r.job)
	return cmd.Run() == nil
}

// backup makes a copy as Longhorn lists it.
func (r *restorer) backup(t *testing.T, name, claim, made, state, job string) {
	t.Helper()
	namespace, pvc, _ := strings.Cut(claim, "/")
	r.kubectl(t, fmt.Sprintf(`{"apiVersion":"longhorn.io/v1beta2","kind":"Backup","metadata":{"name":%q,"namespace":"longhorn-system"},"spec":{"snapshotName":"s"}}`, name), "create", "-f", "-")
	r.status(t, "backups.longhorn.io/"+name, "longhorn-system", fmt.Sprintf(
		`{"state":%q,"url":"s3://bucket@fsn1/?backup=%s&volume=pvc-1","volumeName":"pvc-1","volumeSize":"1073741824","snapshotCreatedAt":%q,`+
			`"labels":{"RecurringJob":%q,"KubernetesStatus":%q}}`, state, name, made, job, fmt.Sprintf(`{"namespace":%q,"pvcName":%q}`, namespace, pvc),
	))
}

// status writes what a controller would.
func (r *restorer) status(t *testing.T, object, namespace, status string) {
	t.Helper()
	r.kubectl(t, "", "--namespace", namespace, "patch", object, "--subresource=status", "--type=merge", "-p", `{"status":`+status+`}`)
}

// only gives the name of the one object of a kind.
func (r *restorer) only(t *testing.T, kind, namespace string) string {
	t.Helper()
	names := strings.Fields(r.kubectl(t, "", "--namespace", namespace, "get", kind, "-o", "jsonpath={.items[*].metadata.name}"))
	if len(names) != 1 {
		t.Fatalf("%s: %q", kind, names)
	}
	return names[0]
}

func (r *restorer) want(t *testing.T, object, namespace, path, want string) {
	t.Helper()
	if got := r.kubectl(t, "", "--namespace", namespace, "get", object, "-o", "jsonpath="+path); got != want {
		t.Errorf("%s is %q, want %q", object, got, want)
	}
}

// run runs the script without any patience; later variables win.
func (r *restorer) run(env []string) (string, error) {
	cmd := exec.Command("sh", r.script)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "KUBECONFIG=" + r.job}, append(append([]string{}, r.env...), append([]string{"WAIT_SECONDS=0", "HOME=" + filepath.Dir(r.script)}, env...)...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r *restorer) succeeds(t *testing.T, env ...string) string {
	t.Helper()
	out, err := r.run(env)
	if err != nil {
		t.Fatalf("%q: %v\n%s", env, err, out)
	}
	return out
}

func (r *restorer) fails(t *testing.T, message string, env ...string) string {
	t.Helper()
	out, err := r.run(env)
	if err == nil || !strings.Contains(out, message) {
		t.Errorf("%q: %v, want a failure with %q:\n%s", env, err, message, out)
	}
	return out
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

package app

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// job gives the database Job of an app.
func job(t *testing.T, a *model.App) batchv1.Job {
	t.Helper()
	var job batchv1.Job
	docs := strings.Split(files(t, terraform, a)["database.yaml"], "\n---\n")
	if err := yaml.UnmarshalStrict([]byte(docs[len(docs)-1]), &job); err != nil {
		t.Fatal(err)
	}
	return job
}

func TestDatabaseJob(t *testing.T) {
	a := newApp("shop", withDatabase)
	j := job(t, a)
	if j.Namespace != "postgresql" || j.Annotations["kustomize.toolkit.fluxcd.io/force"] != "Enabled" || j.Annotations[neverSubstitute] != "disabled" {
		t.Errorf("Job %v", j.ObjectMeta)
	}
	spec := j.Spec.Template.Spec
	if *spec.AutomountServiceAccountToken || spec.RestartPolicy != "OnFailure" || !*spec.SecurityContext.RunAsNonRoot {
		t.Error("the pod is given a token, or never tries again, or may be root")
	}
	psql, kubectl := spec.InitContainers[0], spec.Containers[0]
	for _, m := range psql.VolumeMounts {
		if m.Name == "token" {
			t.Error("psql can reach the API server")
		}
	}
	for _, e := range kubectl.Env {
		if e.ValueFrom != nil {
			t.Error("kubectl has the administrator's password")
		}
	}
	if got := psql.Command[2]; got != databaseScript {
		t.Errorf("the script is\n%s", got)
	}
	// Kubernetes would expand these in a command.
	if found := regexp.MustCompile(`\$\$|\$\([A-Za-z_][A-Za-z0-9_]*\)`).FindString(databaseScript); found != "" {
		t.Errorf("Kubernetes expands %q in the script", found)
	}
	for _, v := range spec.Volumes {
		if v.Name == "current" && (v.Secret.SecretName != "shop-database" || !*v.Secret.Optional) {
			t.Errorf("the password of an earlier run is %v", v.Secret)
		}
		if v.Name == "work" && v.EmptyDir.Medium != "Memory" {
			t.Error("the passwords touch a disk")
		}
	}
}

func TestDatabaseRights(t *testing.T) {
	for _, tt := range []struct {
		app        *model.App
		namespaces []string
	}{
		{newApp("shop", withDatabase), []string{"postgresql", "shop"}},
		{newApp("shop", withDatabase, func(a *model.App) { a.Namespace = "postgresql" }), []string{"postgresql"}},
	} {
		roles, bindings := decodeRBAC(t, files(t, terraform, tt.app)["database.yaml"])
		var namespaces []string
		for i, role := range roles {
			namespaces = append(namespaces, role.Namespace)
			if len(role.Rules) != 1 || !slices.Equal(role.Rules[0].ResourceNames, []string{"shop-database"}) ||
				!slices.Equal(role.Rules[0].Resources, []string{"secrets"}) || slices.Contains(role.Rules[0].Verbs, "*") {
				t.Errorf("the Job may %v", role.Rules)
			}
			b := bindings[i]
			if b.Namespace != role.Namespace || b.RoleRef.Name != role.Name || b.Subjects[0].Namespace != "postgresql" || b.Subjects[0].Name != "shop-database" {
				t.Errorf("binding %v", b)
			}
		}
		if !slices.Equal(namespaces, tt.namespaces) {
			t.Errorf("rights in %v, want %v", namespaces, tt.namespaces)
		}
	}
}

// script runs database.sh as the Job does, but with bin first in PATH and directories of the test.
type script struct {
	current, work string
	env           []string
}

func newScript(t *testing.T, a *model.App, bin string) *script {
	t.Helper()
	s := &script{current: t.TempDir(), work: t.TempDir()}
	s.env = []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "PGPASSWORD=admin-password"}
	for _, e := range job(t, a).Spec.Template.Spec.InitContainers[0].Env {
		switch {
		case e.Name == "CURRENT_DIR":
			e.Value = s.current
		case e.Name == "WORK_DIR":
			e.Value = s.work
		case e.ValueFrom != nil:
			continue
		}
		s.env = append(s.env, e.Name+"="+e.Value)
	}
	return s
}

func (s *script) run(t *testing.T, env ...string) (output string, err error) {
	t.Helper()
	cmd := exec.Command("sh", "-c", databaseScript)
	cmd.Env = append(slices.Clone(s.env), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// secret reads a manifest that the script wrote, with its values decoded.
func (s *script) secret(t *testing.T, name string) (namespace string, data map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.work, name))
	if err != nil {
		t.Fatal(err)
	}
	var secret struct {
		APIVersion, Kind, Type string
		Metadata               struct {
			Name, Namespace string
			Labels          map[string]string
		}
		Data map[string]string
	}
	if err := yaml.UnmarshalStrict(text, &secret); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if secret.Kind != "Secret" || secret.Metadata.Name != "my-shop-database" {
		t.Errorf("%s is %v", name, secret)
	}
	for key, value := range secret.Data {
		decoded, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			t.Fatal(err)
		}
		secret.Data[key] = string(decoded)
	}
	return secret.Metadata.Namespace, secret.Data
}

// stub makes a directory with programs that stand in for those of the image.
func stub(t *testing.T, programs map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range programs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// psqlStub answers from the third question on, and writes down what it is told.
const psqlStub = `
printf '%s\n' "$@" >>"$LOG/arguments"
case "$*" in
  *'SELECT 1'*)
    echo x >>"$LOG/asked"
    if [ "$(wc -l <"$LOG/asked")" -lt "$FAILURES" ]; then
      echo "connection refused" >&2
      exit 2
    fi ;;
  *)
    cat >"$LOG/sql"
    printf %s "$APP_PASSWORD" >"$LOG/password"
    exit "${RESULT:-0}" ;;
esac
`

func TestDatabaseScript(t *testing.T) {
	a := newApp("my-shop", withDatabase)
	bin := stub(t, map[string]string{"psql": psqlStub, "sleep": "echo \"$1\" >>\"$LOG/slept\"\n"})
	logDir := t.TempDir()
	s := newScript(t, a, bin)
	s.env = append(s.env, "LOG="+logDir)
	logged := func(name string) string {
		text, err := os.ReadFile(filepath.Join(logDir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}

	output, err := s.run(t, "FAILURES=3")
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	password := logged("password")
	if !regexp.MustCompile(`^[A-Za-z0-9]{32}$`).MatchString(password) {
		t.Errorf("a new password is %q", password)
	}
	if logged("slept") != "2\n2\n" {
		t.Errorf("slept %q", logged("slept"))
	}
	for what, text := range map[string]string{"arguments": logged("arguments"), "SQL": logged("sql"), "output": output} {
		if strings.Contains(text, password) || strings.Contains(text, "admin-password") {
			t.Errorf("a password is in the %s:\n%s", what, text)
		}
	}
	want := map[string]string{
		"DATABASE_URL": "postgresql://my_shop:" + password + "@postgresql.postgresql.svc.cluster.local:5432/my_shop",
		"host":         "postgresql.postgresql.svc.cluster.local", "port": "5432", "database": "my_shop", "username": "my_shop", "password": password,
	}
	for name, wantNamespace := range map[string]string{"1-own.yaml": "postgresql", "2-app.yaml": "my-shop"} {
		namespace, data := s.secret(t, name)
		if namespace != wantNamespace {
			t.Errorf("%s is for namespace %q", name, namespace)
		}
		same(t, name, data, want)
	}
	info, err := os.Stat(filepath.Join(s.work, "1-own.yaml"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the Secret: %v %v", info.Mode(), err)
	}

	t.Run("keeps the password", func(t *testing.T) {
		write(t, s.current, map[string]string{"password": "abcDEF0123456789"})
		if output, err := s.run(t, "FAILURES=0"); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		if _, data := s.secret(t, "2-app.yaml"); data["password"] != "abcDEF0123456789" || logged("password") != "abcDEF0123456789" {
			t.Errorf("the password becomes %q", data["password"])
		}
	})
	t.Run("refuses a password that it did not make", func(t *testing.T) {
		for _, wrong := range []string{"short", "with a space in it all", `quote"quote"quote"quote`, "new\nline\nnew\nline\nnew"} {
			write(t, s.current, map[string]string{"password": wrong})
			output, err := s.run(t, "FAILURES=0")
			if err == nil || !strings.Contains(output, "delete the Secret") || strings.Contains(output, wrong) {
				t.Errorf("%q: %v\n%s", wrong, err, output)
			}
		}
	})
	t.Run("gives up", func(t *testing.T) {
		write(t, s.current, nil)
		output, err := s.run(t, "FAILURES=1000000", "WAIT_SECONDS=6")
		if err == nil || !strings.Contains(output, "within 6 seconds: connection refused") {
			t.Errorf("%v\n%s", err, output)
		}
	})
	t.Run("writes nothing when SQL fails", func(t *testing.T) {
		write(t, s.work, nil)
		if err := os.MkdirAll(s.work, 0o755); err != nil {
			t.Fatal(err)
		}
		if output, err := s.run(t, "FAILURES=0", "RESULT=3"); err == nil {
			t.Errorf("success:\n%s", output)
		}
		if left := read(t, s.work); len(left) != 0 {
			t.Errorf("files %v", left)
		}
	})
	t.Run("one Secret for one namespace", func(t *testing.T) {
		shared := newScript(t, newApp("my-shop", withDatabase, func(a *model.App) { a.Namespace = "postgresql" }), bin)
		if output, err := shared.run(t, "LOG="+logDir, "FAILURES=0"); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		if left := read(t, shared.work); len(left) != 1 {
			t.Errorf("%d files", len(left))
		}
	})
}

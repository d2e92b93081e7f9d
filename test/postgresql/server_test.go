//go:build postgres

package postgresql_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

const adminPassword = "admin password '\"\\"

// server is a PostgreSQL server that listens on a socket in its directory and asks for passwords.
type server struct{ dir string }

func startServer(t *testing.T) *server {
	t.Helper()
	bin := binaries(t)
	dir, err := os.MkdirTemp("", "pg") // a socket's path has at most 107 bytes, which t.TempDir may exceed
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	password := filepath.Join(dir, "admin")
	writeFile(t, password, adminPassword, 0o600)
	root := os.Getuid() == 0
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true} // PostgreSQL refuses root
	if root {
		for _, path := range []string{dir, password} {
			if err := os.Chown(path, int(nobody.Uid), int(nobody.Gid)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(filepath.Join(bin, name), args...)
		if root {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody}
		}
		cmd.Dir = "/"
		if err := cmd.Run(); err != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("%s: %v\n%s", name, err, log)
		}
	}
	data := filepath.Join(dir, "data")
	run("initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", password, "-N", "-E", "UTF8", "--locale=C.UTF-8")
	run("pg_ctl", "-D", data, "-l", filepath.Join(dir, "log"), "-w",
		"-o", "-c listen_addresses= -c fsync=off -k "+dir, "start")
	t.Cleanup(func() { run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop") })
	return &server{dir}
}

// binaries is where Debian keeps the programs of its newest PostgreSQL.
func binaries(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Fatal("no PostgreSQL in /usr/lib/postgresql: run test/postgresql/install.sh")
	}
	return found[len(found)-1]
}

// query asks the database, whose name is taken as it is.
func (s *server) query(t *testing.T, database, sql string) string {
	t.Helper()
	cmd := exec.Command("psql", "-X", "-q", "-w", "-At", "-v", "ON_ERROR_STOP=1")
	cmd.Stdin = strings.NewReader(sql)
	cmd.Env = append(os.Environ(), "PGHOST="+s.dir, "PGUSER=postgres", "PGPASSWORD="+adminPassword, "PGDATABASE="+database)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %s: %v\n%s", database, sql, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// databases are those that a dump would hold, scratch ones included.
func (s *server) databases(t *testing.T) []string {
	t.Helper()
	return strings.Split(s.query(t, "postgres", "SELECT string_agg(datname, E'\\x01' ORDER BY datname) FROM pg_database WHERE NOT datistemplate"), "\x01")
}

// create makes a database with one table that holds the database's own name.
func (s *server) create(t *testing.T, database string) {
	t.Helper()
	s.query(t, "postgres", "CREATE DATABASE "+identifier(database))
	s.query(t, database, "CREATE TABLE name AS SELECT current_database()::text AS name")
}

func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// kit runs the containers of the rendered CronJobs with the server, a folder that stands in for the object storage, and
// the shell and tools that both images have: BusyBox's.
type kit struct {
	server  *server
	scripts string
	// store is the bucket's folder, bin comes first in PATH.
	store, bin string
	clock      string
	containers map[string]corev1.Container
}

const folder = "example-backups/prod/postgresql"

// applets are the tools that the scripts may use, besides PostgreSQL's and rclone.
var applets = []string{"sh", "cat", "dirname", "grep", "mkdir", "od", "rm", "sed", "sha256sum", "sleep", "sort", "tail", "tr", "wc"}

func newKit(t *testing.T, s *server) *kit {
	t.Helper()
	files := rendered(t, engines["bitnami"])
	k := &kit{server: s, scripts: t.TempDir(), store: t.TempDir(), bin: t.TempDir(), containers: map[string]corev1.Container{}}
	var scripts corev1.ConfigMap
	read(t, files, "configmap-backup-scripts.yaml", &scripts)
	for name, text := range scripts.Data {
		writeFile(t, filepath.Join(k.scripts, name), text, 0o644)
	}
	for _, name := range cronJobs {
		var job batchv1.CronJob
		read(t, files, "cronjob-"+name+".yaml", &job)
		pod := job.Spec.JobTemplate.Spec.Template.Spec
		for _, c := range append(pod.InitContainers, pod.Containers...) {
			k.containers[name+"/"+c.Name] = c
		}
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal("no busybox: run test/postgresql/install.sh")
	}
	for _, applet := range applets {
		if err := os.Symlink(busybox, filepath.Join(k.bin, applet)); err != nil {
			t.Fatal(err)
		}
	}
	k.clock = filepath.Join(k.bin, "date.clock")
	writeFile(t, filepath.Join(k.bin, "date"), "#!/bin/sh\nreal="+busybox+"\n"+date+"\n", 0o755)
	rclone, err := exec.LookPath("rclone")
	if err != nil {
		t.Fatal("no rclone: run test/postgresql/install.sh")
	}
	programs := map[string]string{"rclone": rclone}
	for _, name := range []string{"psql", "pg_dump", "pg_dumpall", "pg_restore"} {
		programs[name] = filepath.Join(binaries(t), name)
	}
	for name, path := range programs {
		if err := os.Symlink(path, filepath.Join(k.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(k.store, folder), 0o755); err != nil {
		t.Fatal(err)
	}
	return k
}

// at sets the clock of the scripts to a time in seconds since 1970.
func (k *kit) at(t *testing.T, seconds string) {
	t.Helper()
	writeFile(t, k.clock, seconds, 0o644)
}

// date is BusyBox's with a clock of the test's.
const date = `now=$(cat "$0.clock")
case $1,$2 in
  +%s,) echo "$now" ;;
  -u,-d) exec "$real" date "$@" ;;
  -u,*) exec "$real" date -u -d "@$now" "$2" ;;
  *) echo "date $*: not expected" >&2; exit 1 ;;
esac`

// stub puts a program of the test's in the place of the real one, until the test is over.
func (k *kit) stub(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(k.bin, name)
	real := path + ".real"
	if err := os.Rename(path, real); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, "#!/bin/sh\nreal="+real+"\n"+text+"\n", 0o755)
	t.Cleanup(func() {
		if err := os.Rename(real, path); err != nil {
			t.Fatal(err)
		}
	})
}

// run runs one container with a folder to work in; env comes after what is rendered.
func (k *kit) run(t *testing.T, container, work string, env ...string) (string, error) {
	t.Helper()
	c, ok := k.containers[container]
	if !ok {
		t.Fatalf("no container %q", container)
	}
	environment := []string{"PATH=" + k.bin, "HOME=" + work}
	for _, e := range c.Env {
		if e.ValueFrom == nil {
			environment = append(environment, e.Name+"="+e.Value)
		}
	}
	environment = append(environment, "WORK_DIR="+work,
		// A socket's directory stands in for the server's name, a folder for the object storage.
		"PGHOST="+k.server.dir, "PGPASSWORD="+adminPassword, "WAIT_SECONDS=0",
		"RCLONE_CONFIG_STORE_TYPE=alias", "RCLONE_CONFIG_STORE_REMOTE="+k.store)
	cmd := exec.Command(filepath.Join(k.bin, c.Command[0]), filepath.Join(k.scripts, filepath.Base(c.Command[1])))
	cmd.Env = append(environment, env...)
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "admin password") {
		t.Errorf("%s prints the password:\n%s", container, out)
	}
	return string(out), err
}

// do runs one container that must succeed.
func (k *kit) do(t *testing.T, container, work string, env ...string) string {
	t.Helper()
	out, err := k.run(t, container, work, env...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", container, err, out)
	}
	return out
}

// fails runs one container that must fail and say why.
func (k *kit) fails(t *testing.T, why, container, work string, env ...string) {
	t.Helper()
	out, err := k.run(t, container, work, env...)
	if err == nil || !strings.Contains(out, why) {
		t.Errorf("%s: %v, want a failure that says %q\n%s", container, err, why, out)
	}
}

// dump makes a set and uploads it.
func (k *kit) dump(t *testing.T, env ...string) {
	t.Helper()
	work := t.TempDir()
	k.do(t, "pgdump/dump", work, env...)
	k.do(t, "pgdump/upload", work, env...)
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

//go:build postgres

package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// TestDatabaseScriptOnPostgreSQL runs database.sh against a PostgreSQL server of its own, from Debian's package
// postgresql (15 or newer: the script uses \getenv):
//
//	go test -tags postgres -run PostgreSQL ./gen/render/app
func TestDatabaseScriptOnPostgreSQL(t *testing.T) {
	server := startPostgreSQL(t)
	a := newApp("my-shop", withDatabase)
	s := newScript(t, a, t.TempDir())
	// A socket's directory stands in for the server's name.
	s.env = append(s.env, "PGHOST="+server, "PGPASSWORD=admin password '\"\\")

	output, err := s.run(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	_, first := s.secret(t, "2-app.yaml")
	login := func(user, password, database, sql string) (string, error) {
		cmd := exec.Command("psql", "-X", "-w", "-At", "-h", server, "-U", user, "-d", database, "-c", sql)
		cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if out, err := login("my_shop", first["password"], "my_shop", "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)"); err != nil {
		t.Fatalf("the app cannot use its database: %v\n%s", err, out)
	}
	if out, err := login("my_shop", "wrong", "my_shop", "SELECT 1"); err == nil {
		t.Fatalf("any password will do: %s", out)
	}

	// Once more, with the password that is there: nothing changes.
	write(t, s.current, map[string]string{"password": first["password"]})
	if output, err := s.run(t); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if out, err := login("my_shop", first["password"], "my_shop", "SELECT n FROM kept"); err != nil || out != "7" {
		t.Errorf("after a second run: %v %s", err, out)
	}

	// Without it, as after a lost cluster: the data stays and a new password is set.
	write(t, s.current, nil)
	if output, err := s.run(t); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	_, second := s.secret(t, "1-own.yaml")
	if second["password"] == first["password"] {
		t.Error("the password is not new")
	}
	if out, err := login("my_shop", second["password"], "my_shop", "SELECT n FROM kept"); err != nil || out != "7" {
		t.Errorf("with a new password: %v %s", err, out)
	}

	// Another app gets in nowhere but into its own.
	other := newScript(t, newApp("other", withDatabase), t.TempDir())
	other.env = append(other.env, s.env[len(s.env)-2:]...)
	if output, err := other.run(t); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if out, err := login("my_shop", second["password"], "other", "SELECT 1"); err == nil || !strings.Contains(out, "permission denied") {
		t.Errorf("one app reads another's database: %s", out)
	}

	// Names that are words of SQL.
	word := newScript(t, newApp("word", func(a *model.App) { a.Database = &model.Database{Name: "select"} }), t.TempDir())
	word.env = append(word.env, s.env[len(s.env)-2:]...)
	if output, err := word.run(t); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	log, err := os.ReadFile(filepath.Join(server, "log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{first["password"], second["password"]} {
		if strings.Contains(string(log), password) {
			t.Error("the server logs a password")
		}
	}
	if !strings.Contains(string(log), "pg_roles") && !strings.Contains(string(log), "SELECT n FROM kept") {
		t.Error("the server logs no statements, so this test proves nothing of them")
	}
}

// startPostgreSQL runs a server that asks for passwords, logs all statements and listens in the directory that is
// returned.
func startPostgreSQL(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Fatal("no PostgreSQL server in /usr/lib/postgresql: apt-get install postgresql")
	}
	bin := found[len(found)-1]
	dir, err := os.MkdirTemp("", "pg") // a socket's path has at most 107 bytes, which t.TempDir may exceed
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")
	write(t, dir, map[string]string{"admin": "admin password '\"\\"})
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(filepath.Join(bin, name), args...)
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody()}
		}
		cmd.Dir = "/"
		if name == "pg_ctl" {
			cmd.Stdout, cmd.Stderr = nil, nil // the server keeps them open
		}
		if err := cmd.Run(); err != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("%s: %v\n%s", name, err, log)
		}
	}
	if os.Getuid() == 0 {
		user := nobody()
		for _, path := range []string{dir, filepath.Join(dir, "admin")} {
			if err := os.Chown(path, int(user.Uid), int(user.Gid)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run("initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", filepath.Join(dir, "admin"), "-N")
	run("pg_ctl", "-D", data, "-l", filepath.Join(dir, "log"), "-w",
		"-o", "-c listen_addresses= -c log_statement=all -c fsync=off -k "+dir, "start")
	t.Cleanup(func() { run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop") })
	return dir
}

// nobody is who the server runs as when the test is root, which PostgreSQL refuses.
func nobody() *syscall.Credential {
	return &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}
}

//go:build postgres

package postgresql_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostile are names that a database may have, with the files that their dumps are in.
var hostile = map[string]string{
	"shop":                     "shop",
	"with space":               "with%20space",
	`'; DROP DATABASE shop; "`: "%27%3b%20DROP%20DATABASE%20shop%3b%20%22",
	`back\slash\n`:             "back%5cslash%5cn",
	"dbname=postgres user=x":   "dbname%3dpostgres%20user%3dx",
	"postgresql://x/y":         "postgresql%3a%2f%2fx%2fy",
	"line\nbreak\n":            "line%0abreak%0a",
	"../../up":                 "%2e%2e%2f%2e%2e%2fup",
	"-rf":                      "-rf",
	"%2f":                      "%252f",
	"$(id)`id`$HOME":           "%24%28id%29%60id%60%24HOME",
	"*":                        "%2a",
	"ünï":                      "%c3%bcn%c3%af",
}

// The times at which the tests of the scripts dump, and a few around them.
const (
	noon        = "1767268800" // 2026-01-01T12:00:00Z
	noonSet     = "2026-01-01T12-00-00Z"
	nextNoon    = "1767355200"
	nextNoonSet = "2026-01-02T12-00-00Z"
)

func TestPostgreSQLBackup(t *testing.T) {
	s := startServer(t)
	k := newKit(t, s)
	k.at(t, noon)
	for name := range hostile {
		s.create(t, name)
	}
	s.query(t, "postgres", `CREATE ROLE keeper LOGIN PASSWORD 'keeper-password'; CREATE DATABASE kept OWNER keeper; ALTER DATABASE kept SET work_mem = '7MB'`)
	s.query(t, "kept", `CREATE TABLE n AS SELECT 7 AS n; ALTER TABLE n OWNER TO keeper`)

	t.Run("dump and upload", func(t *testing.T) {
		k.dump(t, "CHECK_RESTORE=yes")
		want := []string{"SHA256SUMS", "kept.dump", "postgres.dump", "roles.sql"}
		for _, file := range hostile {
			want = append(want, file+".dump")
		}
		slices.Sort(want)
		if got := list(t, filepath.Join(k.store, folder, noonSet)); !slices.Equal(got, want) {
			t.Errorf("the set holds\n%q, want\n%q", got, want)
		}
		roles, err := os.ReadFile(filepath.Join(k.store, folder, noonSet, "roles.sql"))
		if err != nil || !strings.Contains(string(roles), "keeper") || strings.Contains(string(roles), "SCRAM") {
			t.Errorf("roles: %v\n%s", err, roles)
		}
		noScratch(t, s)
	})

	t.Run("drill", func(t *testing.T) {
		work := t.TempDir()
		k.do(t, "pg-restore-drill/download", work)
		out := k.do(t, "pg-restore-drill/drill", work)
		if n := strings.Count(out, "restored "); n != len(hostile)+2 || !strings.Contains(out, "restored kept.dump: 1 tables") {
			t.Errorf("%d databases restored:\n%s", n, out)
		}
		noScratch(t, s)
	})

	t.Run("restore each in place", func(t *testing.T) {
		for name := range hostile {
			s.query(t, name, "TRUNCATE name")
			before := len(s.databases(t))
			work := t.TempDir()
			k.do(t, "pg-restore/download", work, "DATABASE="+name)
			if got := list(t, filepath.Join(work, "set")); len(got) != 2 {
				t.Errorf("%q: downloaded %q", name, got)
			}
			k.fails(t, "say REPLACE=yes", "pg-restore/restore", work, "DATABASE="+name)
			k.do(t, "pg-restore/restore", work, "DATABASE="+name, "REPLACE=yes")
			if got := s.query(t, name, "SELECT name FROM name"); got != name {
				t.Errorf("%q: restored %q", name, got)
			}
			// The former one is kept, can be used, and is thrown away by hand.
			after := s.databases(t)
			i := slices.IndexFunc(after, func(d string) bool { return strings.HasPrefix(d, "before_") })
			if len(after) != before+1 || i < 0 {
				t.Fatalf("%q: databases %q", name, after)
			}
			if got := s.query(t, after[i], "SELECT count(*) FROM name"); got != "0" {
				t.Errorf("%q: the former one holds %q", name, got)
			}
			s.query(t, "postgres", "DROP DATABASE "+identifier(after[i]))
		}
	})

	t.Run("restore beside", func(t *testing.T) {
		work := t.TempDir()
		k.do(t, "pg-restore/download", work, "DATABASE=kept")
		k.do(t, "pg-restore/restore", work, "DATABASE=kept", "TARGET=look")
		if got := s.query(t, "look", "SELECT n FROM n"); got != "7" {
			t.Errorf("restored %q", got)
		}
		k.fails(t, "database look is there", "pg-restore/restore", work, "DATABASE=kept", "TARGET=look")
		k.fails(t, "TARGET must start with a letter", "pg-restore/restore", work, "DATABASE=kept", "TARGET=Look; --")
		s.query(t, "postgres", "DROP DATABASE look")
	})

	t.Run("a failed restore changes nothing", func(t *testing.T) {
		work := t.TempDir()
		k.do(t, "pg-restore/download", work, "DATABASE=kept")
		dump := filepath.Join(work, "set", "kept.dump")
		truncate(t, dump)
		before := s.databases(t)
		k.fails(t, "it is as it was", "pg-restore/restore", work, "DATABASE=kept", "REPLACE=yes")
		k.fails(t, "cannot be restored", "pg-restore/restore", work, "DATABASE=kept", "TARGET=look")
		if after := s.databases(t); !slices.Equal(before, after) {
			t.Errorf("databases %q, before %q", after, before)
		}
		if got := s.query(t, "kept", "SELECT n FROM n"); got != "7" {
			t.Errorf("kept holds %q", got)
		}
	})

	t.Run("refuses what is not said clearly", func(t *testing.T) {
		work := t.TempDir()
		k.fails(t, "say either DATABASE=name or ALL=yes", "pg-restore/restore", work)
		k.fails(t, "say either DATABASE=name or ALL=yes", "pg-restore/restore", work, "DATABASE=kept", "ALL=yes")
		k.fails(t, "can only be restored beside", "pg-restore/restore", work, "DATABASE=postgres", "REPLACE=yes")
		k.fails(t, "there is no absent.dump", "pg-restore/download", work, "DATABASE=absent")
	})

	t.Run("restore all on an empty server", func(t *testing.T) {
		for name := range hostile {
			s.query(t, "postgres", "DROP DATABASE "+identifier(name))
		}
		s.query(t, "postgres", "DROP DATABASE kept")
		s.query(t, "postgres", "DROP ROLE keeper")
		work := t.TempDir()
		k.do(t, "pg-restore/download", work, "SET="+noonSet)
		k.do(t, "pg-restore/restore", work, "ALL=yes")
		for name := range hostile {
			if got := s.query(t, name, "SELECT name FROM name"); got != name {
				t.Errorf("%q: restored %q", name, got)
			}
		}
		if got := s.query(t, "kept", "SELECT n, tableowner, current_setting('work_mem') FROM n, pg_tables WHERE tablename = 'n'"); got != "7|keeper|7MB" {
			t.Errorf("restored %q", got)
		}
		// Once more, with the roles and databases there.
		k.fails(t, "say REPLACE=yes", "pg-restore/restore", work, "ALL=yes")
		k.do(t, "pg-restore/restore", work, "ALL=yes", "REPLACE=yes")
	})
}

func TestPostgreSQLBackupFailures(t *testing.T) {
	s := startServer(t)
	k := newKit(t, s)
	k.at(t, noon)
	s.create(t, "shop")
	s.create(t, "broken")

	k.fails(t, "password authentication failed", "pgdump/dump", t.TempDir(), "PGPASSWORD=wrong")
	k.fails(t, "no answer from /nowhere", "pgdump/dump", t.TempDir(), "PGHOST=/nowhere")
	k.fails(t, "there is no complete set", "pg-restore-drill/download", t.TempDir())
	if got := list(t, filepath.Join(k.store, folder)); len(got) != 0 {
		t.Errorf("uploaded %q", got)
	}

	t.Run("one database", func(t *testing.T) {
		k.stub(t, "pg_dump", `if [ "$PGDATABASE" = broken ]; then echo "cannot read block 7" >&2; exit 1; fi; exec "$real" "$@"`)
		old := filepath.Join(k.store, folder, "2025-01-01T00-00-00Z")
		if err := os.Mkdir(old, 0o755); err != nil {
			t.Fatal(err)
		}
		work := t.TempDir()
		if out := k.do(t, "pgdump/dump", work); !strings.Contains(out, "error: broken.dump failed") {
			t.Errorf("said %s", out)
		}
		k.fails(t, "1 databases are not in", "pgdump/upload", work)
		if got := list(t, filepath.Join(k.store, folder, noonSet)); !slices.Equal(got, []string{"postgres.dump", "roles.sql", "shop.dump"}) {
			t.Errorf("the set holds %q", got)
		}
		if _, err := os.Stat(old); err != nil {
			t.Error("an old set was deleted though there is no new one")
		}
		k.fails(t, "there is no complete set", "pg-restore-drill/download", t.TempDir())
	})

	t.Run("a dump that does not restore", func(t *testing.T) {
		k.stub(t, "pg_restore", `[ "$1" = --list ] || exit 1; exec "$real" "$@"`)
		if out := k.do(t, "pgdump/dump", t.TempDir(), "CHECK_RESTORE=yes"); strings.Count(out, " failed\n") != 3 {
			t.Errorf("said %s", out)
		}
		noScratch(t, s)
	})

	t.Run("what is uploaded changes", func(t *testing.T) {
		k.at(t, nextNoon)
		k.dump(t)
		set := filepath.Join(k.store, folder, nextNoonSet)
		truncate(t, filepath.Join(set, "shop.dump"))
		k.fails(t, "shop.dump is not what was uploaded", "pg-restore-drill/download", t.TempDir())

		// A dump that was bad when it was uploaded has the right sum.
		bad, err := os.ReadFile(filepath.Join(set, "shop.dump"))
		if err != nil {
			t.Fatal(err)
		}
		sums, err := os.ReadFile(filepath.Join(set, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(sums), "\n")
		for i, line := range lines {
			if strings.HasSuffix(line, "  shop.dump") {
				lines[i] = fmt.Sprintf("%x  shop.dump", sha256.Sum256(bad))
			}
		}
		writeFile(t, filepath.Join(set, "SHA256SUMS"), strings.Join(lines, "\n"), 0o644)
		work := t.TempDir()
		k.do(t, "pg-restore-drill/download", work)
		k.fails(t, "1 dumps cannot be restored", "pg-restore-drill/drill", work)
		noScratch(t, s)
	})

	t.Run("no new set for days", func(t *testing.T) {
		k.at(t, "1767528001") // 48 hours and a second after nextNoon
		k.do(t, "pg-restore-drill/download", t.TempDir())
		k.at(t, "1767531601") // 49 hours and a second
		k.fails(t, "is older than 49 hours", "pg-restore-drill/download", t.TempDir())
	})
}

func TestPostgreSQLBackupRetention(t *testing.T) {
	s := startServer(t)
	k := newKit(t, s)
	k.at(t, noon)
	keep := []string{"2025-12-18T12-00-00Z", "2025-12-31T01-17-00Z", "2027-01-01T00-00-00Z", "by hand", "2020-01-01", "2025-01-01T00-00-00Zx"}
	for _, set := range append(slices.Clone(keep), "2025-12-18T11-59-59Z", "2024-06-01T01-17-00Z") {
		dir := filepath.Join(k.store, folder, set)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "shop.dump"), "x", 0o644)
	}
	k.dump(t)
	want := append(keep, noonSet)
	slices.Sort(want)
	if got := list(t, filepath.Join(k.store, folder)); !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}

func TestPostgreSQLScriptsAreClean(t *testing.T) {
	k := newKit(t, nil)
	scripts, err := filepath.Glob(filepath.Join(k.scripts, "*.sh"))
	if err != nil || len(scripts) != 6 {
		t.Fatalf("%v %q", err, scripts)
	}
	// What functions.sh reads is set by those that include it: with -x they are looked at together.
	args := append([]string{"--shell=sh", "-x", "--exclude=SC2154,SC2034"}, scripts...)
	cmd := exec.Command("shellcheck", args...)
	cmd.Dir = k.scripts
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func noScratch(t *testing.T, s *server) {
	t.Helper()
	for _, name := range s.databases(t) {
		if strings.HasPrefix(name, "lvsgen-scratch-") {
			t.Errorf("database %q is left behind", name)
		}
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

func truncate(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-20); err != nil {
		t.Fatal(err)
	}
}

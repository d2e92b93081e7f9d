package backup_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lvs-cloud/lvsgen/gen/backup"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/test/inputs"
	"github.com/lvs-cloud/lvsgen/test/section"
)

var update = flag.Bool("update", false, "rewrite the table in the guide")

func read(t *testing.T, root fs.FS) *model.Inputs {
	t.Helper()
	in, findings := generate.Inputs(root, load.Options{})
	if findings.Count(diag.Error) > 0 {
		t.Fatal(findings)
	}
	return in
}

// cloud is a small cloud with these services and apps.
func cloud(t *testing.T, services, apps string) *model.Inputs {
	t.Helper()
	return read(t, inputs.Cloud(&txtar.Archive{Files: []txtar.File{
		{Name: "clusters/prod/cluster.cue", Data: []byte(`package cloud

clusters: prod: {
	servers: main: type: "cx33"
	volume: size: 50
	sshKeys: ops: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
	services: {
		` + services + `
	}
}
`)},
		{Name: "applications/shop/app.cue", Data: []byte("package cloud\n\n" + apps)},
	}}))
}

// clouds have every service of the catalog that holds data, each in the ways in which it can.
func clouds(t *testing.T) map[string]*model.Inputs {
	return map[string]*model.Inputs{
		"reference":      read(t, os.DirFS("../..")),
		"everything":     read(t, os.DirFS("../../test/clouds/everything")),
		"lite":           read(t, os.DirFS("../../examples/lite")),
		"small":          cloud(t, "traefik: {}, \"cert-manager\": {}, \"local-path\": {}, prometheus: {}, loki: {}, tempo: {}, grafana: {}, alloy: {}, \"kube-state-metrics\": {}", ""),
		"cloudnative-pg": cloud(t, "\"cert-manager\": {}, longhorn: {}, postgresql: options: engine: \"cloudnative-pg\", \"barman-cloud\": {}", ""),
	}
}

// TestEveryClaimHasARow: a service that holds data says what copies it. The claims are found in what is rendered.
func TestEveryClaimHasARow(t *testing.T) {
	held := map[string]bool{}
	for name, in := range clouds(t) {
		rows := backup.Rows(in)
		for i := range in.Cluster.Services {
			s := &in.Cluster.Services[i]
			claims := claimsOf(s)
			if len(claims) == 0 {
				continue
			}
			held[s.Name] = true
			for _, claim := range claims {
				if !slices.ContainsFunc(rows, func(r backup.Row) bool {
					return r.Owner == s.Name && (r.Claim == claim || claim == "" && r.Claim != "")
				}) {
					t.Errorf("%s: service %q holds the claim %q, and no row of its backups names it", name, s.Name, claim)
				}
			}
		}
	}
	for _, want := range []string{"grafana", "loki", "mimir", "postgresql", "prometheus", "tempo"} {
		if !held[want] {
			t.Errorf("no claim was found in service %q", want)
		}
	}
}

// TestClaimsAreLabelled: what a service says of its volume's copies is what the labels of the claim tell Longhorn.
func TestClaimsAreLabelled(t *testing.T) {
	seen := 0
	for name, in := range clouds(t) {
		if p := in.Cluster.Provider(model.CapabilityStorage); p == nil || p.Name != "longhorn" {
			continue
		}
		for i := range in.Cluster.Services {
			s := &in.Cluster.Services[i]
			rendered, err := json.Marshal([]any{s.Values, s.Objects})
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{"daily", "weekly"} {
				says := slices.ContainsFunc(s.Backups, func(b model.Backup) bool { return b.By == "storage" && b.Like == kind })
				does := strings.Contains(string(rendered), `"recurring-job-group.longhorn.io/backup-`+kind+`":"enabled"`)
				if says != does {
					t.Errorf("%s: service %q: its backups say %s: %t, its labels: %t", name, s.Name, kind, says, does)
				}
				if says {
					seen++
				}
			}
		}
	}
	if seen < 3 {
		t.Errorf("only %d claims were seen", seen)
	}
}

// claimsOf finds the PersistentVolumeClaims of a service, as namespace/name, or "" where a chart names them.
func claimsOf(s *model.Service) []string {
	var claims []string
	if wantsClaim(s.Values) {
		claims = append(claims, "")
	}
	for _, objects := range s.Objects {
		for _, o := range objects {
			claims = append(claims, claimsOfObject(o)...)
		}
	}
	return claims
}

// wantsClaim looks for the ways in which charts are asked for a volume.
func wantsClaim(values any) bool {
	switch at := values.(type) {
	case map[string]any:
		for name, value := range at {
			p, _ := value.(map[string]any)
			if name == "persistence" && p["enabled"] != false && p["size"] != nil || wantsClaim(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(at, wantsClaim)
	}
	return false
}

func claimsOfObject(o model.Manifest) []string {
	metadata := o["metadata"].(map[string]any)
	of := func(name string) string { return metadata["namespace"].(string) + "/" + name }
	name := metadata["name"].(string)
	spec, _ := o["spec"].(map[string]any)
	switch {
	case o["kind"] == "PersistentVolumeClaim":
		return []string{of(name)}
	case o["kind"] == "Cluster" && strings.HasPrefix(o["apiVersion"].(string), "postgresql.cnpg.io/"):
		return []string{of(name + "-1")} // its first instance
	}
	var claims []string
	templates, _ := spec["volumeClaimTemplates"].([]any)
	for _, template := range templates {
		claim := template.(map[string]any)["metadata"].(map[string]any)["name"].(string)
		claims = append(claims, of(claim+"-"+name+"-0"))
	}
	return claims
}

// TestApps: each volume and database of an app, as its storage and its database server copy them.
func TestApps(t *testing.T) {
	const services = "\"cert-manager\": {}, longhorn: {}, postgresql: {}"
	const apps = `apps: [N=string]: {image: version: "1.0.0", port: 8080}
apps: shop: {storage: {size: "1Gi", path: "/data"}, database: {}}
apps: wiki: {namespace: "docs", storage: {size: "1Gi", path: "/data", backup: "weekly"}}
apps: cache: storage: {size: "1Gi", path: "/data", backup: "none"}
`
	got := map[string]backup.Row{}
	for _, r := range backup.Rows(cloud(t, services, apps)) {
		if strings.HasPrefix(r.Owner, "app ") {
			got[r.Owner+", "+r.Of] = r
		}
	}
	for key, want := range map[string]struct{ claim, by, to, kept string }{
		"app shop, its volume":        {"shop/shop-data", "Longhorn, RecurringJobs backup-daily and backup-weekly", "s3://example-backups@fsn1/", "7 daily and 4 weekly copies"},
		"app wiki, its volume":        {"docs/wiki-data", "Longhorn, RecurringJob backup-weekly", "s3://example-backups@fsn1/", "4 weekly copies"},
		"app cache, its volume":       {"cache/cache-data", backup.None, "", ""},
		"app shop, its database shop": {"", "pg_dump, CronJob pgdump", "s3://example-backups/prod/postgresql", "14 days"},
	} {
		r, ok := got[key]
		if !ok || r.Claim != want.claim || r.By != want.by || r.To != want.to || r.Kept != want.kept {
			t.Errorf("%s is %+v, want %+v", key, r, want)
		}
		if r.By != backup.None && (r.Schedule == "" || r.Restore == "") {
			t.Errorf("%s: no schedule or no way back: %+v", key, r)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d rows of apps: %v", len(got), got)
	}
}

// TestStorageThatCopiesNothing: a claim that the storage is to copy has no copy where it copies none.
func TestStorageThatCopiesNothing(t *testing.T) {
	for _, r := range backup.Rows(clouds(t)["small"]) {
		if r.Owner == "grafana" && (r.By != backup.None || r.To != "" || r.Schedule != "") {
			t.Errorf("%+v", r)
		}
		if r.By == "" || r.By == "storage" || r.Of == "" {
			t.Errorf("%+v", r)
		}
	}
}

// TestGuide holds the table of the guide. Rewrite it with: make golden.
func TestGuide(t *testing.T) {
	rows := backup.Rows(clouds(t)["reference"])
	section.Golden(t, "../../docs/guide/backup.md", "backups", "\n"+backup.Markdown(rows)+"\n", *update)
	var text bytes.Buffer
	if err := backup.Text(&text, rows); err != nil || len(rows) < 10 {
		t.Fatal(err, len(rows))
	}
	for _, r := range rows {
		if !strings.Contains(text.String(), r.Of) {
			t.Errorf("the text lacks %q", r.Of)
		}
	}
}

// TestMarkdown: nothing of the inputs breaks a table or a line.
func TestMarkdown(t *testing.T) {
	got := backup.Markdown([]backup.Row{{Owner: "a|b", Of: "line\nbreak", By: backup.None, Schedule: "* * * * *"}})
	if strings.Count(got, "\n") != 3 || !strings.Contains(got, `| a\|b | line break | none |  | `+"`* * * * *` |") {
		t.Error(got)
	}
}

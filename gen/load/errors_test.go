package load

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/schema"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

// base is a small legal cloud; the cases replace or add files.
var base = map[string]string{
	"cue.mod/module.cue": "module: \"example.org/cloud\"\nlanguage: version: \"v0.17.0\"\n",
	"cloud.cue": `package cloud

import "github.com/lvs-cloud/lvsgen/schema"

schemaVersion: schema.#SchemaVersion & 1

cloud: schema.#Cloud & {
	domain:    "example.org"
	acmeEmail: "ops@example.org"
	git: url:       "ssh://git@example.org/cloud"
	registry: host: "registry.example.org"
	s3: buckets: {backups: "example-backups", state: "example-state"}
}
clusters: schema.#Clusters & {#cloud: cloud}
apps:     schema.#Apps
`,
	"clusters/prod/cluster.cue": `package cloud

clusters: prod: {
	servers: main: type: "cx33"
	volume: size: 50
	sshKeys: ops: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
	services: {}
}
`,
	"applications/shop/app.cue": `package cloud

apps: shop: {
	host: "shop.example.org"
	port: 8080
	image: version: "1.0.0"
}
`,
}

// inputs gives the base with the files of an archive over it. A file whose content is "(absent)" is taken out.
func inputs(archive *txtar.Archive) fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range base {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	for _, f := range archive.Files {
		switch {
		case f.Name == "want":
		case strings.TrimSpace(string(f.Data)) == "(absent)":
			delete(files, f.Name)
		default:
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return files
}

// TestErrors holds the texts of all messages. Rewrite them with: go test ./gen/load -update.
func TestErrors(t *testing.T) {
	cases, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(cases) < 20 {
		t.Fatalf("found %d cases: %v", len(cases), err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := textOf(inputs(archive))
			if strings.Contains(got, "disjunction") || strings.Contains(got, "panic") || got == "" {
				t.Errorf("noise, or no finding at all:\n%s", got)
			}
			compareGolden(t, name, archive, []byte(got))
		})
	}
}

func textOf(files fs.FS) string {
	in, findings := Load(files, Options{})
	if in != nil {
		return ""
	}
	var b bytes.Buffer
	report.Text(&b, findings, files, false)
	return schemaLine.ReplaceAllString(b.String(), "$1:LINE")
}

// schemaLine matches a place in the schema: its line is not part of the goldens, else each comment in the schema would
// change them all.
var schemaLine = regexp.MustCompile(`(cue\.mod/pkg/[^ ]+\.cue):\d+:\d+`)

// TestSchemaPosition proves that the second place of a finding is the line of the schema that is meant.
func TestSchemaPosition(t *testing.T) {
	files := inputs(&txtar.Archive{})
	files["applications/shop/app.cue"].Data = []byte("package cloud\n\napps: shop: {port: 80, image: {}}\n")
	_, findings := Load(files, Options{})
	for i, want := range []string{"\tport?:", "\tversion!:"} {
		if len(findings) != 2 || len(findings[i].Related) != 1 {
			t.Fatalf("findings: %+v", findings)
		}
		place := findings[i].Related[0]
		data, err := schema.Files.ReadFile(strings.TrimPrefix(place.File, "cue.mod/pkg/"+schema.ImportPath+"/"))
		if err != nil {
			t.Fatal(err)
		}
		if line := strings.Split(string(data), "\n")[place.Line-1]; !strings.HasPrefix(line, want) {
			t.Errorf("%s is %q, want %q", place.Position, line, want)
		}
	}
}

func compareGolden(t *testing.T, name string, archive *txtar.Archive, got []byte) {
	t.Helper()
	for i, f := range archive.Files {
		if f.Name != "want" {
			continue
		}
		if bytes.Equal(f.Data, got) {
			return
		}
		if *update {
			archive.Files[i].Data = got
			break
		}
		t.Fatalf("got:\n%s\nwant:\n%s", got, f.Data)
	}
	if !*update {
		t.Fatalf("%s has no file \"want\"; got:\n%s", name, got)
	}
	if archive.Files[len(archive.Files)-1].Name != "want" {
		archive.Files = append(archive.Files, txtar.File{Name: "want", Data: got})
	}
	if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBase proves that the cases start from something legal.
func TestBase(t *testing.T) {
	if text := textOf(inputs(&txtar.Archive{})); text != "" {
		t.Fatal(text)
	}
}

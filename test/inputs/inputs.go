// Package inputs holds a small legal cloud as CUE files, for tests of what is
// said about illegal ones.
package inputs

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
)

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

// Cloud gives the base with the files of an archive over it. A file whose content is "(absent)" is taken out.
func Cloud(archive *txtar.Archive) fstest.MapFS {
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

// Golden compares got with the file "want" of the archive called name, or rewrites it.
func Golden(t *testing.T, name string, archive *txtar.Archive, text string, update bool) {
	got := []byte(text)
	t.Helper()
	for i, f := range archive.Files {
		if f.Name != "want" {
			continue
		}
		if bytes.Equal(f.Data, got) {
			return
		}
		if update {
			archive.Files[i].Data = got
			break
		}
		t.Fatalf("got:\n%s\nwant:\n%s", got, f.Data)
	}
	if !update {
		t.Fatalf("%s has no file \"want\"; got:\n%s", name, got)
	}
	if archive.Files[len(archive.Files)-1].Name != "want" {
		archive.Files = append(archive.Files, txtar.File{Name: "want", Data: got})
	}
	if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

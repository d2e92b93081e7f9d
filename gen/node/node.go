// Package node says what a machine of the cluster holds besides its operating system: packages, files, commands that set
// it up once, and systemd units. A part of it is what one purpose needs (k3s, the registry); the folders below have one
// part each, and render/cloudinit puts them together.
package node

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Part is what one purpose puts on the node. Everything in it is public: user data can be read at the metadata address,
// so secrets are delivered later.
type Part struct {
	// Name is the purpose, for progress and errors of the boot script.
	Name string
	// Packages are Debian's.
	Packages []string
	// Files are written before Setup runs.
	Files []File
	// Setup is shell that the boot script runs as root by "bash -euo pipefail", after the packages are installed and the
	// volume is mounted. It must be repeatable: a second run changes nothing. No value is put into it: what it has to know
	// is in its files.
	Setup string
	// Units are systemd units, of Files or of packages, that are enabled and started when all parts are set up.
	Units []string
}

// File is one file of the node.
type File struct {
	// Path is absolute.
	Path    string
	Mode    fs.FileMode
	Content string
	// Verbatim tells that the content is a user's: it is carried in base64, so that nothing on the way reads or replaces
	// anything in it.
	Verbatim bool
}

// Files are the files of a folder that looks like the root of the node. Programs (those in an "sbin") can be executed.
// An error is a folder that cannot be read.
func Files(root fs.FS) ([]File, error) {
	var files []File
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if path.Base(path.Dir(name)) == "sbin" {
			mode = 0o755
		}
		files = append(files, File{Path: "/" + name, Mode: mode, Content: string(content)})
		return nil
	})
	return files, err
}

// Assignments writes names and values, alternating, as a file that a shell can source: every value is one quoted text,
// whatever is in it.
func Assignments(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, "%s='%s'\n", pairs[i], strings.ReplaceAll(pairs[i+1], "'", `'\''`))
	}
	return b.String()
}

// Lines writes each text on a line of its own.
func Lines(texts []string) string {
	var b strings.Builder
	for _, text := range texts {
		b.WriteString(text + "\n")
	}
	return b.String()
}

// Paths that several parts, and Terraform's delivery, agree on.
const (
	// Volume is where the block volume is mounted; all that must survive the server is below it.
	Volume = "/srv/data"
	// Secrets is the file that the delivery leaves: one JSON object of values in base64 by name, readable by root alone.
	Secrets = "/var/lib/lvsgen/secrets.json"
	// Deliver is the program that takes such an object on its standard input, checks it, writes Secrets, and starts what
	// waits for it. It prints no value.
	Deliver = "/usr/local/sbin/lvsgen-deliver"
	// Identity, on the volume, is what makes a new server the same node: the password of the k3s node, the SSH host keys,
	// the k3s version that last ran, and what Flux was started from. Readable by root alone.
	Identity = Volume + "/node"
	// SecretsTarget is the systemd target that the delivery restarts: a unit that reads Secrets is wanted by it and part of
	// it.
	SecretsTarget = "lvsgen-secrets.target"
	// VolumeID stands in cloud-init.yml for the id of the volume, which only Terraform knows.
	VolumeID = "@VOLUME_ID@"
)

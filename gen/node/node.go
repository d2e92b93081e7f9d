// Package node says what a machine of the cluster holds besides its operating system: packages, files, commands that set
// it up once, and systemd units. A part of it is what one purpose needs (k3s, the registry); the folders below have one
// part each, and render/cloudinit puts them together.
package node

import "io/fs"

// Part is what one purpose puts on the node. Everything in it is public: user data can be read at the metadata address,
// so secrets are delivered later.
type Part struct {
	// Name is the purpose, for progress and errors of the boot script.
	Name string
	// Packages are Debian's.
	Packages []string
	// Files are written before Setup runs.
	Files []File
	// Setup is POSIX shell that the boot script runs under "set -eu" as root, after the volume is mounted and the packages
	// are installed. It must be repeatable: a second run changes nothing.
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
	// VolumeID stands in cloud-init.yml for the id of the volume, which only Terraform knows.
	VolumeID = "@VOLUME_ID@"
)

// Package volume mounts the block volume, which holds all that must survive the server, and keeps the node's identity on it.
package volume

import (
	"embed"
	"io/fs"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
)

//go:embed files
var files embed.FS

//go:embed setup.sh
var setup string

// waitSeconds is how long one try waits for the volume to be attached. Terraform attaches it within a minute of the
// server's creation; the unit tries again in any case.
const waitSeconds = "300"

// Part mounts the volume. It comes before every part that has something there.
func Part(in *model.Inputs) (*node.Part, error) {
	root, err := fs.Sub(files, "files")
	if err != nil {
		return nil, err
	}
	part := &node.Part{Name: "volume", Setup: setup, Units: []string{"srv-data.mount"}}
	if part.Files, err = node.Files(root); err != nil {
		return nil, err
	}
	part.Files = append(part.Files, node.File{
		Path: "/etc/lvsgen/volume.env", Mode: 0o644,
		Content: node.Assignments("VOLUME_ID", node.VolumeID, "VOLUME_WAIT_SECONDS", waitSeconds, "CLUSTER", in.Cluster.Name),
	})
	return part, nil
}

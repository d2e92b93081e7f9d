// Package cloudinit renders infrastructure/cloud-init.yml: the user data of the server. It writes the files of all parts of
// the node and starts the one program that sets them up. It depends on the cluster and its services alone: a change of it
// makes Terraform replace the server, so no app and no secret may be in it.
package cloudinit

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
	"github.com/lvs-cloud/lvsgen/gen/node/base"
	"github.com/lvs-cloud/lvsgen/gen/node/bootstrap"
	"github.com/lvs-cloud/lvsgen/gen/node/k3s"
	"github.com/lvs-cloud/lvsgen/gen/node/registry"
	"github.com/lvs-cloud/lvsgen/gen/node/services"
	"github.com/lvs-cloud/lvsgen/gen/node/volume"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// parts are what a node is made of, in the order in which they are set up. A part that the cluster does not want gives
// nil.
var parts = []func(*model.Inputs) (*node.Part, error){
	base.Part,
	volume.Part,
	services.Part,
	registry.Part,
	k3s.Part,
	bootstrap.Part,
}

//go:embed files
var files embed.FS

// maxSize is what Hetzner takes as user data, in bytes (docs.hetzner.cloud, "Create a server"). Terraform compresses the
// file and writes it in base64, which cloud-init's datasource for Hetzner undoes; room leaves some for the volume's id and
// for another release of Terraform, which may compress a little worse.
const (
	maxSize = 32 * 1024
	room    = 1024
)

// Path is where the user data is rendered to.
const Path = "infrastructure/cloud-init.yml"

// rule is that of the findings of this package.
const rule = "node"

// Files renders the user data. An error may hold findings.
func Files(in *model.Inputs) ([]tree.File, error) {
	n := machine{in: in, writers: map[string]string{}}
	if err := n.gather(); err != nil {
		return nil, err
	}
	if len(n.findings) > 0 {
		return nil, n.findings
	}
	content, err := n.userData()
	if err != nil {
		return nil, err
	}
	file := tree.File{Path: Path, Content: content, Source: in.Cluster.Source}
	size, err := packed(append([]byte(tree.Header(file.Source)), content...))
	if err != nil {
		return nil, err
	}
	if size+room > maxSize {
		f := diag.Errorf(rule, in.Cluster.At.Position("services"),
			"the node's user data takes %d bytes compressed; Hetzner takes %d, and %d are kept free", size, maxSize, room)
		f.Hint = "make the files of the services' node.files smaller, or fetch them on the node"
		return nil, diag.Findings{f}
	}
	return []tree.File{file}, nil
}

// packed is the size of content after Terraform's base64gzip.
func packed(content []byte) (int, error) {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(content); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return base64.StdEncoding.EncodedLen(buf.Len()), nil
}

// machine is the sum of all parts.
type machine struct {
	in       *model.Inputs
	files    []node.File
	packages []string
	units    []string
	// writers are the parts by the path of the file that they bring.
	writers  map[string]string
	findings diag.Findings
}

func (m *machine) gather() error {
	for i, of := range parts {
		part, err := of(m.in)
		if err != nil {
			return err
		}
		if part == nil {
			continue
		}
		m.add(part.Name, part.Files...)
		m.packages = append(m.packages, part.Packages...)
		m.units = append(m.units, part.Units...)
		if part.Setup != "" {
			m.add(part.Name, node.File{
				Path: fmt.Sprintf("/usr/local/lib/lvsgen/setup/%02d-%s.sh", i, part.Name), Mode: 0o644, Content: part.Setup,
			})
		}
	}
	root, err := fs.Sub(files, "files")
	if err != nil {
		return err
	}
	own, err := node.Files(root)
	if err != nil {
		return err
	}
	slices.Sort(m.packages)
	own = append(own,
		node.File{Path: "/etc/lvsgen/packages", Mode: 0o644, Content: node.Lines(slices.Compact(m.packages))},
		node.File{Path: "/etc/lvsgen/units", Mode: 0o644, Content: node.Lines(m.units)})
	m.add("node", own...)
	return nil
}

// add takes files of a part; each path is written once.
func (m *machine) add(writer string, files ...node.File) {
	for _, f := range files {
		if other, taken := m.writers[f.Path]; taken {
			found := diag.Errorf(rule, m.in.Cluster.At.Position("services"),
				"the file %q of the node comes from %s and from %s", f.Path, other, writer)
			found.Hint = "choose another path in the service's node.files"
			m.findings = append(m.findings, found)
			continue
		}
		m.writers[f.Path] = writer
		m.files = append(m.files, f)
	}
}

// userData writes the whole.
func (m *machine) userData() ([]byte, error) {
	var files []kube.Map
	for _, f := range m.files {
		files = append(files, file(f))
	}
	body, err := kube.Encode(kube.M(
		// Root logs in with the keys that Terraform gives to the server, nobody with a password.
		"disable_root", false,
		"ssh_pwauth", false,
		"write_files", files,
		// cloud-init goes on when a command fails: there is one, and it ends the list.
		"runcmd", []any{[]string{"systemctl", "enable", "--now", "lvsgen-node.service"}},
	))
	if err != nil {
		return nil, err
	}
	return append([]byte("#cloud-config\n"), body...), nil
}

// file is the entry of one file. Terraform fills in the id of the volume by replacing a text: what a user wrote is in base64
// and so out of its reach, and what holds the id is in clear.
func file(f node.File) kube.Map {
	entry := kube.M("path", f.Path, "permissions", fmt.Sprintf("%04o", f.Mode))
	if f.Verbatim {
		return entry.Set("encoding", "b64").Set("content", base64.StdEncoding.EncodeToString([]byte(f.Content)))
	}
	return entry.Set("content", f.Content)
}

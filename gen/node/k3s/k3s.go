// Package k3s installs Kubernetes on the node, with its data on the volume.
package k3s

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
)

//go:embed files
var files embed.FS

//go:embed setup.sh
var setup string

// installer is where the files of k3s's repository are, by tag.
const installer = "https://raw.githubusercontent.com/k3s-io/k3s"

// dataDir is k3s's option of the same name. It moves everything but /var/lib/kubelet.
const dataDir = node.Volume + "/k3s"

// registryService is the service of the catalog that runs the registry on the node itself, and localRegistry where: in
// clear, without a password, and on loopback only.
const (
	registryService = "registry"
	localRegistry   = "http://127.0.0.1:5000"
)

// Part is k3s with one server.
func Part(in *model.Inputs) (*node.Part, error) {
	root, err := fs.Sub(files, "files")
	if err != nil {
		return nil, err
	}
	part := &node.Part{Name: "k3s", Setup: setup, Units: []string{"k3s.service"}}
	if part.Files, err = node.Files(root); err != nil {
		return nil, err
	}
	config, err := config(in)
	if err != nil {
		return nil, err
	}
	mirrors, err := kube.Encode(registries(in))
	if err != nil {
		return nil, err
	}
	part.Files = append(part.Files,
		node.File{Path: "/etc/lvsgen/k3s.env", Mode: 0o644, Content: node.Assignments(
			"K3S_VERSION", in.Cluster.K3s.Version, "K3S_INSTALLER", installer, "NODE_ADDRESS", in.Cluster.Network.Address)},
		node.File{Path: "/etc/rancher/k3s/config.yaml", Mode: 0o600, Content: string(config)},
		node.File{Path: "/etc/rancher/k3s/registries.yaml", Mode: 0o600, Content: string(mirrors)},
	)
	return part, nil
}

// config is k3s's configuration but for what only the running machine knows; see lvsgen-k3s-prepare.
func config(in *model.Inputs) ([]byte, error) {
	servers := slices.Sorted(maps.Keys(in.Cluster.Servers))
	if len(servers) != 1 {
		return nil, fmt.Errorf("k3s: %d servers, but one node is what is rendered", len(servers))
	}
	address := in.Cluster.Network.Address
	disable := disabled(in.Cluster.Services)
	return kube.Encode(kube.M(
		"node-name", servers[0],
		"data-dir", dataDir,
		"node-ip", address,
		"advertise-address", address,
		"tls-san", []string{address},
		"secrets-encryption", true,
	).SetIf(len(disable) > 0, "disable", disable))
}

// disabled are the parts of k3s that a service takes the place of.
func disabled(services []model.Service) []string {
	var parts []string
	for i := range services {
		parts = append(parts, services[i].Node.K3s.Disable...)
	}
	slices.Sort(parts)
	return slices.Compact(parts)
}

// registries lets the node pull from its own registry directly: neither Traefik nor a certificate is in the way when a
// cluster starts. A registry elsewhere is reached as its name says.
func registries(in *model.Inputs) kube.Map {
	mirrors := kube.Map{}
	if slices.ContainsFunc(in.Cluster.Services, func(s model.Service) bool { return s.Name == registryService }) {
		mirrors = mirrors.Set(in.Cloud.Registry.Host, kube.M("endpoint", []string{localRegistry}))
	}
	return kube.M("mirrors", mirrors)
}

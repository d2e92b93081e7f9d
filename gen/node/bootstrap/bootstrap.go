// Package bootstrap starts Flux on a new cluster and brings the delivered secret values into it.
package bootstrap

import (
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/flux"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

//go:embed files
var files embed.FS

// The artifact of Flux's releases, at the registry's HTTP address. Flux later keeps itself from the same one.
const (
	fluxRegistry   = "https://ghcr.io"
	fluxRepository = "fluxcd/flux-manifests"
)

// Part starts Flux.
func Part(in *model.Inputs) (*node.Part, error) {
	root, err := fs.Sub(files, "files")
	if err != nil {
		return nil, err
	}
	part := &node.Part{
		Name:     "bootstrap",
		Packages: []string{"curl", "jq", "openssh-client"},
		Units:    []string{"lvsgen-flux.service", node.SecretsTarget},
	}
	if part.Files, err = node.Files(root); err != nil {
		return nil, err
	}
	access, err := access(in.Cloud.Git.URL)
	if err != nil {
		return nil, err
	}
	apis, err := unit.APIsOf(in.Cluster.Flux.Version)
	if err != nil {
		return nil, err
	}
	sync, err := kube.Encode(flux.GitRepository(in, apis), flux.Entry(in, apis))
	if err != nil {
		return nil, err
	}
	part.Files = append(part.Files,
		node.File{Path: "/etc/lvsgen/flux-sync.yaml", Mode: 0o644, Content: string(sync), Verbatim: true},
		node.File{Path: "/etc/lvsgen/flux.env", Mode: 0o644, Content: node.Assignments(
			"FLUX_VERSION", in.Cluster.Flux.Version, "FLUX_DIGEST", in.Cluster.Flux.ManifestsDigest,
			"FLUX_REGISTRY", fluxRegistry, "FLUX_REPOSITORY", fluxRepository,
			"GIT_ACCESS", access.scheme, "GIT_HOST", access.host, "GIT_PORT", access.port,
		)},
		secretsFile(in),
	)
	// Without the keys by which the git server is recognised, the first look decides: see lvsgen-flux.
	if keys := in.Cloud.Git.KnownHosts; keys != "" && access.scheme == "ssh" {
		part.Files = append(part.Files, node.File{
			Path: "/etc/lvsgen/known_hosts", Mode: 0o644, Content: strings.TrimRight(keys, "\n") + "\n", Verbatim: true,
		})
	}
	return part, nil
}

// secretsFile names the values that the delivery must bring, and those that are the node's own and not the cluster's. The
// values of services and apps are in neither list: a new one changes nothing on the node.
func secretsFile(in *model.Inputs) node.File {
	var required []string
	for _, v := range secret.Cloud(in) {
		if v.Delivered {
			required = append(required, v.Name)
		}
	}
	own := []string{
		secret.HCloudToken, secret.SSHPrivateKey, secret.GitPrivateKey, secret.GitPassword, secret.RegistryPassword, secret.AgeKey,
	}
	return node.File{Path: "/etc/lvsgen/secrets.env", Mode: 0o644, Content: node.Assignments(
		"SECRETS_MODE", string(in.Cloud.Secrets.Mode),
		"SECRETS_REQUIRED", strings.Join(required, " "),
		"SECRETS_OWN", strings.Join(own, " "),
	)}
}

// gitAccess is how the git server is reached.
type gitAccess struct{ scheme, host, port string }

func access(address string) (gitAccess, error) {
	u, err := url.Parse(address)
	if err != nil {
		return gitAccess{}, fmt.Errorf("git: %w", err)
	}
	port := u.Port()
	switch {
	case u.Scheme == "ssh" && port == "":
		port = "22"
	case u.Scheme == "https" && port == "":
		port = "443"
	}
	return gitAccess{scheme: u.Scheme, host: u.Hostname(), port: port}, nil
}

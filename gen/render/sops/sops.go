// Package sops renders .sops.yaml, by which the program sops encrypts as `lvsgen secrets set` does.
package sops

import (
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/sops"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// pathRegex is that of the encrypted files, and not of .sops.yaml itself.
const pathRegex = `[^/]\.sops\.yaml$`

// Files gives .sops.yaml in mode "sops", else nothing.
func Files(in *model.Inputs) ([]tree.File, error) {
	if in.Cloud.Secrets.Mode != model.SecretsSOPS {
		return nil, nil
	}
	content, err := kube.Encode(kube.M("creation_rules", []kube.Map{kube.M(
		"path_regex", pathRegex,
		"encrypted_regex", sops.EncryptedRegex,
		"age", strings.Join(in.Cloud.Secrets.Recipients, ","),
	)}))
	if err != nil {
		return nil, err
	}
	return []tree.File{{Path: ".sops.yaml", Content: content, Source: in.Cloud.Source}}, nil
}

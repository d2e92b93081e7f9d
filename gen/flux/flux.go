// Package flux makes the two objects by which Flux starts to read the repository: the cluster's folder in git holds them,
// and so does the node, which applies them once. Made in one place, they cannot differ.
package flux

import (
	"path"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// Name is the name of the git source, of the Kustomization that applies the cluster's folder, and of the Secret with the
// access to git: the one that Flux's tools expect.
const Name = "flux-system"

// The times of a Flux Kustomization. A new commit is applied when it is seen; Interval is how often Flux puts back what
// somebody changed in the cluster. RetryInterval is short since a unit that failed mostly waits for something that comes.
const (
	Interval      = "10m"
	RetryInterval = "1m"
	Timeout       = "5m"
)

// ignored is .spec.ignore of the repository, in gitignore's form: the last pattern that matches wins. What is left out
// never reaches the cluster, so neither the sources of programs nor Terraform's files grow the artifact.
const ignored = `# Only what Flux builds from: everything at the root is out ...
/*
# ... but these trees.
!/clusters/
!/platform/
!/infrastructure/
!/applications/
# Terraform, cloud-init and everything else that lies beside the units.
/infrastructure/*
!/infrastructure/*/
# Of an app: its manifests and its chart, not its sources.
/applications/*
!/applications/*/
/applications/*/*
!/applications/*/*.yaml
!/applications/*/chart/
# What a file of a kept tree never needs in the cluster.
*.cue
*.md
`

// GitRepository is the repository as a source of Flux.
func GitRepository(in *model.Inputs, apis unit.APIs) kube.Map {
	return kube.Object(apis.Source, "GitRepository", unit.Namespace, Name).
		Set("spec", kube.M(
			"interval", in.Cluster.Flux.Interval,
			"url", in.Cloud.Git.URL,
			"ref", kube.M("branch", in.Cloud.Git.Branch),
			"secretRef", kube.M("name", Name),
			"ignore", ignored,
		))
}

// Entry is the Kustomization of the cluster's folder. It does not wait: its objects are the other units, and itself.
func Entry(in *model.Inputs, apis unit.APIs) kube.Map {
	return kube.Object(apis.Kustomize, "Kustomization", unit.Namespace, Name).
		Set("spec", kube.M(
			"interval", Interval,
			"retryInterval", RetryInterval,
			"timeout", Timeout,
			"path", "./"+Folder(in),
			"prune", true,
			"sourceRef", kube.M("kind", "GitRepository", "name", Name),
		).Marked("deletionPolicy", "Orphan", "deleting the entry point must not take the cloud with it"))
}

// Folder is the cluster's folder in the repository.
func Folder(in *model.Inputs) string { return path.Join("clusters", in.Cluster.Name) }

// Package imageautomation renders platform/flux-image-automation/: per app what Flux looks at (ImageRepository) and what
// it may deploy (ImagePolicy), and one ImageUpdateAutomation that writes the choice to git. One and not one per app: they
// would race for the same branch.
package imageautomation

import (
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

const (
	credentialsName = secret.RegistryCredentials
	automationName  = "applications"
)

// PolicyName names the ImagePolicy of an app as a marker does: namespace:name.
func PolicyName(app string) string { return unit.Namespace + ":" + app }

// Files renders image automation. An error holds the findings that keep the cloud from being rendered.
func Files(in *model.Inputs) ([]tree.File, error) {
	units, findings := unit.Units(in)
	if findings.Count(diag.Error) > 0 {
		return nil, findings
	}
	apis, err := unit.APIsOf(in.Cluster.Flux.Version)
	if err != nil {
		return nil, err
	}
	r := renderer{in: in, api: apis.Image}
	for i := range units {
		if units[i].Kind == unit.ImageAutomation || units[i].Kind == unit.ImageShard {
			r.folder(&units[i])
		}
	}
	return r.files, r.err
}

type renderer struct {
	in    *model.Inputs
	api   string
	files []tree.File
	err   error
}

func (r *renderer) folder(u *unit.Unit) {
	names := make([]string, 0, len(u.Apps)+2)
	for _, a := range u.Apps {
		name := a.Name + ".yaml"
		names = append(names, name)
		r.file(path.Join(u.Path, name), a.Source, r.repository(a), r.policy(a))
	}
	if u.Kind == unit.ImageAutomation {
		r.file(path.Join(u.Path, "imageupdateautomation.yaml"), r.in.Cloud.Source, r.automation())
		names = append(names, "imageupdateautomation.yaml")
		if r.in.Cloud.Secrets.Mode == model.SecretsSOPS {
			// People keep this file, encrypted; it is only listed.
			names = append(names, credentialsName+secret.Suffix)
		} else {
			r.file(path.Join(u.Path, credentialsName+".yaml"), r.in.Cloud.Source, credentials())
			names = append(names, credentialsName+".yaml")
		}
	}
	r.file(path.Join(u.Path, "kustomization.yaml"), r.in.Cluster.Source, kube.M(
		"apiVersion", "kustomize.config.k8s.io/v1beta1", "kind", "Kustomization", "resources", names))
}

func (r *renderer) file(path, source string, docs ...any) {
	content, err := kube.Encode(docs...)
	if err != nil && r.err == nil {
		r.err = err
	}
	r.files = append(r.files, tree.File{Path: path, Content: content, Source: source})
}

// repository reads the tags of the app's image as often as git. The password of the cloud's registry goes to that
// registry alone.
func (r *renderer) repository(a *model.App) kube.Map {
	own := strings.HasPrefix(a.Image.Repository, r.in.Cloud.Registry.Host+"/")
	spec := kube.M("image", a.Image.Repository, "interval", r.in.Cluster.Flux.Interval).
		SetIf(own, "secretRef", kube.M("name", credentialsName))
	return kube.Object(r.api, "ImageRepository", unit.Namespace, a.Name).Set("spec", spec)
}

// policy chooses the newest tag. For versions the range does: Flux passes over tags that are no semantic versions, and
// over pre-releases unless the range names one, so CI's tags need no filter. For commits the seconds in the tag do.
func (r *renderer) policy(a *model.App) kube.Map {
	spec := kube.M("imageRepositoryRef", kube.M("name", a.Name))
	if a.Release == "commit" {
		spec = spec.Set("filterTags", kube.M(
			"pattern", `^(?P<seconds>[0-9]{10})-[0-9a-f]{7,40}$`,
			"extract", "$seconds",
		)).Set("policy", kube.M("numerical", kube.M("order", "asc")))
	} else {
		spec = spec.Set("policy", kube.M("semver", kube.M("range", a.Image.Range)))
	}
	return kube.Object(r.api, "ImagePolicy", unit.Namespace, a.Name).Set("spec", spec)
}

// message is the text of Flux's commits: the apps in the first line, then each tag. A file's name is relative to the
// folder applications, so its directory is the app.
const message = `{{ $apps := list -}}
{{ range $file, $_ := .Changed.FileChanges }}{{ $apps = append $apps (dir $file) }}{{ end -}}
chore(images): update {{ join ", " $apps }}

{{ range $file, $objects := .Changed.FileChanges -}}
{{ range $_, $changes := $objects -}}
{{ range $changes -}}
- {{ dir $file }}: {{ .OldValue }} -> {{ .NewValue }}
{{ end -}}
{{ end -}}
{{ end -}}
`

func (r *renderer) automation() kube.Map {
	git := r.in.Cloud.Git
	metadata := kube.M("name", automationName, "namespace", unit.Namespace,
		"annotations", kube.Map{}.Marked("kustomize.toolkit.fluxcd.io/substitute", "disabled", "the template has dollars of its own"))
	return kube.M("apiVersion", r.api, "kind", "ImageUpdateAutomation", "metadata", metadata, "spec", kube.M(
		"interval", r.in.Cluster.Flux.Interval,
		"sourceRef", kube.M("kind", "GitRepository", "name", "flux-system"),
		"git", kube.M(
			"checkout", kube.M("ref", kube.M("branch", git.Branch)),
			"commit", kube.M(
				"author", kube.M("name", git.Author.Name, "email", git.Author.Email),
				"messageTemplate", message,
			),
			"push", kube.M("branch", git.Branch),
		),
		"update", kube.M("path", "./applications", "strategy", "Setters"),
	))
}

// credentials is the Secret that Flux reads tags with. The value, Docker's config.json in base64, comes from the node;
// in mode "sops" people keep an encrypted file instead.
func credentials() kube.Map {
	return kube.Object("v1", "Secret", unit.Namespace, credentialsName).
		Set("type", "kubernetes.io/dockerconfigjson").
		Set("data", kube.M(secret.DockerConfigKey, "${"+secret.RegistryConfig+"}"))
}

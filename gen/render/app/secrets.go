package app

import (
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
)

const secretsComment = `# No value is here: Flux puts them in from the Secret flux-system/cloud-secrets, which holds them in base64, so that
# every byte arrives as it is. The line break after a value is not part of it: base64 ignores it, and it keeps YAML from
# taking a value for a number.
`

// secretObjects are the Secrets of the app in mode "terraform". Quotes around a variable would not do: kustomize drops
// them before Flux substitutes, and base64 that is all digits must stay a string.
func secretObjects(a *model.App) []any {
	var docs []any
	data := map[string]kube.Map{}
	for _, key := range a.SecretKeys() {
		data[key.Secret] = data[key.Secret].Set(key.Key, "${"+key.Variable+"}\n")
	}
	for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
		docs = append(docs, kube.Object("v1", "Secret", a.Namespace, name).
			Set("type", "Opaque").
			Set("data", data[name]))
	}
	return docs
}

// sopsFiles are the encrypted manifests that people keep in the app's folder in mode "sops".
func sopsFiles(a *model.App) []string {
	var files []string
	for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
		files = append(files, secret.AppFile(name))
	}
	return files
}

package secret

import (
	"encoding/base64"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// Names of the Secret that Flux reads the registry with.
const (
	RegistryCredentials = "registry-credentials"
	DockerConfigKey     = ".dockerconfigjson"
)

// Suffix ends the name of every file that is encrypted with SOPS.
const Suffix = ".sops.yaml"

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// AppFile names the encrypted file of a Secret of an app.
func AppFile(name string) string { return "secret-" + name + Suffix }

// File is an encrypted manifest that people keep in mode "sops". lvsgen lists it in a kustomization.yaml and never renders
// it.
type File struct {
	Path string
	// Owner is the service or the app, "" for the cloud itself.
	Owner string
	// Manifest is the Secret without what people provide.
	Manifest model.Manifest
	// Keys are those that people provide, sorted.
	Keys []Key
}

// Name is that of the Secret.
func (f *File) Name() string { return metadata(f.Manifest, "name") }

// Namespace is that of the Secret.
func (f *File) Namespace() string { return metadata(f.Manifest, "namespace") }

// Target is how `lvsgen secrets set` names the Secret: OWNER/SECRET.
func (f *File) Target() string {
	if f.Owner == "" {
		return f.Name()
	}
	return f.Owner + "/" + f.Name()
}

// Key is one key of a Secret that people provide.
type Key struct {
	Name string
	// Values names the values that it is made of in mode "terraform": usually one.
	Values           []string
	What, Form, Make string
}

func metadata(o model.Manifest, field string) string {
	m, _ := o["metadata"].(map[string]any)
	s, _ := m[field].(string)
	return s
}

func isSecret(o model.Manifest) bool { return o["apiVersion"] == "v1" && o["kind"] == "Secret" }

// Sealed parts the objects of a unit in mode "sops": the Secrets that hold a secret value go to encrypted files by name,
// the rest stays where it is. Several of one file get files of their own.
func Sealed(u *unit.Unit) (files, rest map[string][]model.Manifest) {
	files, rest = map[string][]model.Manifest{}, map[string][]model.Manifest{}
	for _, name := range u.Files() {
		base := strings.TrimSuffix(name, ".yaml")
		var secrets []model.Manifest
		for _, o := range u.Objects[name] {
			if isSecret(o) && unit.Mentions(u.Service, o) {
				secrets = append(secrets, o)
			} else {
				rest[name] = append(rest[name], o)
			}
		}
		for _, o := range secrets {
			file := base + Suffix
			if len(secrets) > 1 {
				file = base + "-" + metadata(o, "name") + Suffix
			}
			files[file] = append(files[file], o)
		}
	}
	return files, rest
}

// Files are all encrypted files of the cloud, sorted by path. There are none in mode "terraform".
func Files(in *model.Inputs) []File {
	if in.Cloud.Secrets.Mode != model.SecretsSOPS {
		return nil
	}
	var out []File
	units, _ := unit.Units(in)
	for i := range units {
		u := &units[i]
		switch u.Kind {
		case unit.ImageAutomation:
			out = append(out, registryFile(in, u))
		case unit.Service, unit.ServiceConfig:
			files, _ := Sealed(u)
			for _, name := range sorted(files) {
				for _, o := range files[name] {
					out = append(out, serviceFile(u, name, o))
				}
			}
		case unit.App:
			for _, name := range sorted(u.App.Secrets) {
				out = append(out, appFile(u, name))
			}
		}
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func manifest(namespace, name, kind string) model.Manifest {
	return model.Manifest{
		"apiVersion": "v1", "kind": "Secret", "type": kind,
		"metadata": map[string]any{"name": name, "namespace": namespace},
	}
}

func registryFile(in *model.Inputs, u *unit.Unit) File {
	return File{
		Path: path.Join(u.Path, RegistryCredentials+Suffix), Manifest: manifest(unit.Namespace, RegistryCredentials, "kubernetes.io/dockerconfigjson"),
		Keys: []Key{{
			Name: DockerConfigKey, Values: []string{RegistryPassword},
			What: "Password of the registry's user \"" + in.Cloud.Registry.User + "\"", Form: "letters and digits", Make: randomText,
		}},
	}
}

func appFile(u *unit.Unit, name string) File {
	f := File{Path: path.Join(u.Path, AppFile(name)), Owner: u.App.Name, Manifest: manifest(u.App.Namespace, name, "Opaque")}
	for _, key := range u.App.SecretKeys() {
		if key.Secret == name {
			k := Key{Name: key.Key, Values: []string{key.Variable}, What: "Key " + key.Key + " of secret " + key.Secret}
			k.Form, k.Make = appForm(u.App, key)
			f.Keys = append(f.Keys, k)
		}
	}
	return f
}

// serviceFile takes the placeholders out of a manifest; what else its data holds stays, in base64.
func serviceFile(u *unit.Unit, name string, o model.Manifest) File {
	f := File{Path: path.Join(u.Path, name), Owner: u.Service.Name, Manifest: maps.Clone(o)}
	fixed := map[string]any{}
	for _, field := range []string{"data", "stringData"} {
		delete(f.Manifest, field)
		values, _ := o[field].(map[string]any)
		for _, key := range sorted(values) {
			text, _ := values[key].(string)
			if names := placeholders(u.Service, text); len(names) > 0 {
				f.Keys = append(f.Keys, serviceKey(u.Service, key, names))
				continue
			}
			if field == "stringData" {
				text = base64.StdEncoding.EncodeToString([]byte(text))
			}
			fixed[key] = text
		}
	}
	if len(fixed) > 0 {
		f.Manifest["data"] = fixed
	}
	slices.SortFunc(f.Keys, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	return f
}

func serviceKey(s *model.Service, name string, values []string) Key {
	k := Key{Name: name, Values: values}
	if len(values) == 1 {
		declared := s.Secrets[values[0]]
		k.What, k.Form, k.Make = declared.What, declared.Form, declared.Make
		return k
	}
	k.What = "A text with the values " + strings.Join(values, ", ")
	return k
}

// placeholder is a ${name} that Flux fills in, unless a second dollar stands before it.
var placeholder = regexp.MustCompile(`\$?\$\{([A-Za-z_][A-Za-z0-9_]*)`)

// placeholders names the secret values of the service in a text, in order, each once.
func placeholders(s *model.Service, text string) []string {
	var out []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		if _, ok := s.Secrets[match[1]]; ok && !strings.HasPrefix(match[0], "$$") && !slices.Contains(out, match[1]) {
			out = append(out, match[1])
		}
	}
	return out
}

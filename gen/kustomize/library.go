package kustomize

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

func resID(kind, name string) resid.ResId {
	return resid.ResId{Gvk: resid.Gvk{Kind: kind}, Name: name}
}

// originAnnotation is where kustomize notes the file of an object when it is asked to.
const originAnnotation = "config.kubernetes.io/origin"

// one build at a time: the library keeps the schemas of the last one in globals.
var building sync.Mutex

// library builds with kustomize's own code, on a file system that holds only what the walk found.
func (b *Builder) library(spec *Spec, w *walk) ([]Object, diag.Findings) {
	files := filesys.MakeFsInMemory()
	for name := range w.files {
		content, err := b.tree.Read(name)
		if err == nil {
			err = files.WriteFile("/"+name, content)
		}
		if err != nil {
			return nil, diag.Findings{diag.Errorf(RuleBuild, diag.Position{File: name}, "the file cannot be read: %v", err)}
		}
	}
	file, err := b.root(files, spec)
	at := diag.Position{File: strings.TrimPrefix(file, "/")}
	if err != nil {
		return nil, diag.Findings{diag.Errorf(RuleBuild, at, "kustomize cannot build %q: %s", spec.Path, oneLine(err))}
	}
	building.Lock()
	defer building.Unlock()
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone // as Flux does: the file system is the limit
	resources, err := krusty.MakeKustomizer(options).Run(files, path.Join("/", spec.Path))
	if err != nil {
		return nil, diag.Findings{diag.Errorf(RuleBuild, at, "kustomize cannot build %q: %s", spec.Path, oneLine(err)).
			WithHint("the same error comes from: kubectl kustomize %s", spec.Path)}
	}
	var out []Object
	for _, r := range resources.Resources() {
		fields, err := asFiles(r)
		if err != nil {
			return nil, diag.Findings{diag.Errorf(RuleBuild, at, "kustomize cannot build %q: %s", spec.Path, oneLine(err))}
		}
		original := r.OrgId()
		origin := takeOrigin(fields)
		o := Object{Fields: fields, At: at}
		if name, ok := checkout.Clean(spec.Path, origin); ok && origin != "" {
			o.Doc = b.document(name, original.Kind, original.Name)
		}
		out = append(out, o)
	}
	return out, nil
}

// root writes the kustomization file of the build's folder with what the Flux Kustomization adds to it.
func (b *Builder) root(files filesys.FileSystem, spec *Spec) (string, error) {
	var k types.Kustomization
	file := "/" + path.Join(spec.Path, kustomizationNames[0])
	if have := b.kustomizationFiles(spec.Path); len(have) > 0 {
		file = "/" + have[0]
		content, err := b.tree.Read(have[0])
		if err != nil {
			return file, err
		}
		if err := k.Unmarshal(content); err != nil {
			return file, err
		}
	} else {
		k.APIVersion, k.Kind = types.KustomizationVersion, types.KustomizationKind
		k.Resources = b.scan(spec.Path, spec.Path)
	}
	if spec.TargetNamespace != "" {
		k.Namespace = spec.TargetNamespace
	}
	if spec.NamePrefix != "" {
		k.NamePrefix = spec.NamePrefix
	}
	if spec.NameSuffix != "" {
		k.NameSuffix = spec.NameSuffix
	}
	k.Components = append(k.Components, spec.Components...)
	k.Patches = append(k.Patches, spec.Patches...)
	k.Images = images(k.Images, spec.Images)
	k.BuildMetadata = append(k.BuildMetadata, types.OriginAnnotations)
	content, err := yaml.Marshal(k)
	if err != nil {
		return file, err
	}
	return file, files.WriteFile(file, content)
}

// images gives those of a list with those of a Flux Kustomization: of the same name, the list keeps what the other does not
// set, where tag and digest are one thing.
func images(listed, more []types.Image) []types.Image {
	out := slices.Clone(listed)
	for _, image := range more {
		i := slices.IndexFunc(out, func(have types.Image) bool { return have.Name == image.Name })
		if i < 0 {
			out = append(out, types.Image{Name: image.Name, NewName: image.NewName, NewTag: image.NewTag, Digest: image.Digest})
			continue
		}
		if image.NewName != "" {
			out[i].NewName = image.NewName
		}
		if image.NewTag != "" || image.Digest != "" {
			out[i].NewTag, out[i].Digest = image.NewTag, image.Digest
		}
	}
	return out
}

// scan lists what Flux puts into the kustomization file that it makes.
func (b *Builder) scan(base, dir string) []string {
	var out []string
	for _, name := range b.tree.Dir(dir) {
		full := path.Join(dir, name)
		relative := strings.TrimPrefix(strings.TrimPrefix(full, base), "/")
		switch {
		case b.tree.IsDir(full) && len(b.kustomizationFiles(full)) > 0:
			out = append(out, relative)
		case b.tree.IsDir(full):
			out = append(out, b.scan(base, full)...)
		case path.Ext(name) == ".yaml" || path.Ext(name) == ".yml":
			out = append(out, relative)
		}
	}
	return out
}

// takeOrigin removes kustomize's note and gives the path in it, which is relative to the build's folder.
func takeOrigin(fields map[string]any) string {
	metadata, _ := fields["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	note, _ := annotations[originAnnotation].(string)
	delete(annotations, originAnnotation)
	if len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	var origin struct {
		Path         string `json:"path"`
		ConfiguredIn string `json:"configuredIn"`
	}
	if yaml.Unmarshal([]byte(note), &origin) != nil {
		return ""
	}
	return origin.Path
}

// document finds the document of an object in a file by the name that it has there.
func (b *Builder) document(file, kind, name string) *yamlfile.Document {
	docs, _ := b.docs.Documents(file)
	for _, doc := range docs {
		if id := identity(doc.Fields()); id[1] == kind && id[3] == name {
			return doc
		}
	}
	return nil
}

// String names a build for messages.
func (s *Spec) String() string { return fmt.Sprintf("./%s", s.Path) }

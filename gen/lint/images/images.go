// Package images is what the rules about image automation look at: the policies, repositories and automations of all
// clusters, the markers in the files that Flux applies, and the images that workflows push.
package images

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/imagepolicy"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/setter"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Group is the API group of image automation.
const Group = "image.toolkit.fluxcd.io"

// Mark is a comment that is, or should be, a marker of Flux's image automation.
type Mark struct {
	File string
	Line int
	// Text is the line.
	Text string
	// Template tells that the file is a template of a chart.
	Template bool
	// Marker is what Flux sees; nil when it sees nothing.
	Marker *setter.Marker
	// Policy is NAMESPACE:NAME of a marker's policy.
	Policy string
	Part   setter.Part
	// Path are the keys and indexes of the marked field in its document.
	Path []any
	// Key is the key of the marked field; Beside are the scalars of the mapping around it.
	Key    string
	Beside map[string]any
}

// At is the place of the marked value, or of the line.
func (m *Mark) At() diag.Position {
	if m.Marker != nil {
		return diag.Position{File: m.File, Line: m.Marker.Line, Column: m.Marker.Column}
	}
	return diag.Position{File: m.File, Line: m.Line}
}

// Name is the image without its tag, as the file says it; "" when it does not.
func (m *Mark) Name() string {
	if m.Marker == nil {
		return ""
	}
	switch m.Part {
	case setter.Name:
		return m.Marker.Value
	case setter.Image:
		name, _ := Split(m.Marker.Value)
		if !strings.Contains(name, "/") {
			return "" // a tag, or an image of Docker Hub
		}
		return name
	}
	for _, key := range []string{"newName", "repository", "image"} {
		if name, ok := m.Beside[key].(string); ok && name != "" {
			if registry, ok := m.Beside["registry"].(string); ok && registry != "" && key == "repository" {
				name = registry + "/" + name
			}
			return name
		}
	}
	return ""
}

// Tag is the tag that the file says; "" when it says none.
func (m *Mark) Tag() string {
	if m.Marker == nil {
		return ""
	}
	switch m.Part {
	case setter.Tag:
		return m.Marker.Value
	case setter.Image:
		_, tag := Split(m.Marker.Value)
		return tag
	}
	return ""
}

// Split gives name and tag of an image.
func Split(image string) (name, tag string) {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i], image[i+1:]
	}
	return image, ""
}

// Policy is an ImagePolicy with its repository.
type Policy struct {
	Object *world.Object
	*imagepolicy.Policy
	Problems []imagepolicy.Problem
	// Image is what its repository scans; "" when that is not known.
	Image string
}

// Index is all of it.
type Index struct {
	Marks    []Mark
	Policies map[string]*Policy
	// Automations are the ImageUpdateAutomations that write to this repository, each once.
	Automations []*world.Object
	// Open tells that some Kustomization's objects are not known, so that more of them may be there.
	Open bool
	// Pushes are the images that workflows push.
	Pushes []Push
}

type key struct{}

// Of gives the index of a run.
func Of(p *lint.Pass) *Index {
	return lint.Compute(p, key{}, func(key) *Index { return build(p) })
}

func build(p *lint.Pass) *Index {
	ix := &Index{Policies: map[string]*Policy{}}
	files := map[string]bool{}
	for _, w := range p.Worlds {
		ix.world(w)
		for _, owner := range w.Owners {
			ix.Open = ix.Open || owner.Opaque != "" && owner.Namespace == "" && !owner.FluxItself
			for _, file := range owner.Files {
				files[file] = false
			}
			if owner.Namespace != "" && owner.Path != "" {
				templates(p, owner.Path, files)
			}
		}
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		ix.file(p, name, files[name])
	}
	ix.workflows(p)
	return ix
}

// templates adds the files of a chart; the value tells templates.
func templates(p *lint.Pass, dir string, files map[string]bool) {
	for _, name := range p.Tree.Dir(dir) {
		full := path.Join(dir, name)
		if p.Tree.IsDir(full) {
			templates(p, full, files)
			continue
		}
		files[full] = strings.Contains(full, "/templates/")
	}
}

func (ix *Index) world(w *world.World) {
	for _, o := range w.Objects {
		switch {
		case o.Is(Group, "ImagePolicy"):
			policy, problems := imagepolicy.Read(o.Map("spec"))
			added := &Policy{Object: o, Policy: policy, Problems: problems}
			namespace := o.Text("spec", "imageRepositoryRef", "namespace")
			if namespace == "" {
				namespace = o.Namespace
			}
			if repository := w.Find(Group, "ImageRepository", namespace, o.Text("spec", "imageRepositoryRef", "name")); repository != nil {
				added.Image = repository.Text("spec", "image")
			}
			if ix.Policies[o.Namespace+":"+o.Name] == nil {
				ix.Policies[o.Namespace+":"+o.Name] = added
			}
		case o.Is(Group, "ImageUpdateAutomation"):
			name := o.Text("spec", "sourceRef", "name")
			// One whose source is missing writes nothing either, which is a finding of its own.
			if name == w.Source.Name || w.Find("source.toolkit.fluxcd.io", "GitRepository", o.Namespace, name) == nil {
				if !slices.ContainsFunc(ix.Automations, func(other *world.Object) bool { return other.Position() == o.Position() }) {
					ix.Automations = append(ix.Automations, o)
				}
			}
		}
	}
}

var mention = regexp.MustCompile(`#.*\{\s*['"]?\$imagepolicy['"]?\s*:`)

func (ix *Index) file(p *lint.Pass, name string, template bool) {
	content, err := p.Tree.Read(name)
	if err != nil || !strings.Contains(string(content), "$imagepolicy") {
		return
	}
	if _, findings := p.Docs.Documents(name); Written(name) && !template && len(findings) > 0 {
		return // what is no YAML is reported as that
	}
	var found []setter.Marker
	if Written(name) && !template {
		found, _ = setter.Find(content)
	}
	for i, line := range strings.Split(string(content), "\n") {
		if !mention.MatchString(line) {
			continue
		}
		m := Mark{File: name, Line: i + 1, Text: strings.TrimSpace(line), Template: template}
		for n := range found {
			if found[n].Line == i+1 {
				m.Marker = &found[n]
				m.Policy, m.Part = setter.Policy(found[n].Key)
				m.around(p)
			}
		}
		ix.Marks = append(ix.Marks, m)
	}
}

// Written tells whether Flux's image automation looks into a file of that name.
func Written(name string) bool {
	ext := path.Ext(name)
	return ext == ".yaml" || ext == ".yml" || path.Base(name) == "Kustomization"
}

// around finds the key of the marked field and what is beside it.
func (m *Mark) around(p *lint.Pass) {
	docs, _ := p.Docs.Documents(m.File)
	for _, doc := range docs {
		doc.Texts(func(at []any, value string, place diag.Position) {
			if place.Line != m.Marker.Line || value != m.Marker.Value || len(at) == 0 {
				return
			}
			m.Path = slices.Clone(at)
			m.Key, _ = at[len(at)-1].(string)
			m.Beside, _ = world.Value(doc.Value, at[:len(at)-1]...).(map[string]any)
		})
	}
}

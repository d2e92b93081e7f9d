// Package imagepolicy is the rule image-policy.
package imagepolicy

import (
	_ "embed"
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds markers and policies that lead nowhere.
var Rule = &lint.Rule{
	Name:       "image-policy",
	Group:      5,
	Severities: []diag.Severity{diag.Error},
	Title:      "A marker's policy, or a policy's repository, is missing or watches another image",
	Why:        "Flux passes over a marker whose policy does not exist, without a word. A policy without its ImageRepository never has a tag. A policy of another image writes the tags of one program into the other.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	ix := images.Of(p)
	for i := range ix.Marks {
		m := &ix.Marks[i]
		switch policy := ix.Policies[m.Policy]; {
		case m.Marker == nil:
		case policy == nil:
			if !ix.Open && !unreached(p, m) {
				absent(p, ix, m)
			}
		default:
			other(p, m, policy)
		}
	}
	for _, w := range p.Worlds {
		for _, o := range w.Kind(images.Group, "ImagePolicy") {
			repository(p, w, o)
		}
	}
}

func absent(p *lint.Pass, ix *images.Index, m *images.Mark) {
	r := p.Errorf(m.At(), nil, "image policy %q of the marker does not exist: Flux passes over it", m.Policy)
	_, name, _ := strings.Cut(m.Policy, ":")
	var all []string
	for key := range ix.Policies {
		all = append(all, key)
		if _, other, _ := strings.Cut(key, ":"); other == name {
			r.Hint("it is in another namespace: write %q", key)
			return
		}
	}
	if near := diag.Nearest(m.Policy, all); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	r.Hint("add the ImagePolicy, or take the marker away")
}

// other finds a policy that watches another image than the file names. Registries may be mirrors: the last part counts.
func other(p *lint.Pass, m *images.Mark, policy *images.Policy) {
	name := m.Name()
	if name == "" || policy.Image == "" || world.Guessed(name) || world.Guessed(policy.Image) || path.Base(name) == path.Base(policy.Image) {
		return
	}
	p.Errorf(m.At(), policy.Object, "the file runs image %q, and the marker's policy %q watches %q", name, m.Policy, policy.Image).
		Hint("name the policy of %s", name).See(policy.Object.Position("spec", "imageRepositoryRef", "name"), "%s", policy.Object.ID())
}

func repository(p *lint.Pass, w *world.World, o *world.Object) {
	name, namespace := o.Text("spec", "imageRepositoryRef", "name"), o.Text("spec", "imageRepositoryRef", "namespace")
	if namespace == "" {
		namespace = o.Namespace
	}
	if answer, _ := w.Lookup(images.Group, "ImageRepository", namespace, name); name == "" || answer != world.Absent {
		return
	}
	r := p.Errorf(o.Position("spec", "imageRepositoryRef", "name"), o, "ImageRepository %s/%s of %s does not exist: the policy never has a tag", namespace, name, o.ID())
	var names []string
	for _, other := range w.Kind(images.Group, "ImageRepository") {
		names = append(names, other.Name)
	}
	if near := diag.Nearest(name, names); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	r.Hint("add the ImageRepository")
}

// unreached tells whether a file that nothing applies holds the policy: that is reported as such.
func unreached(p *lint.Pass, m *images.Mark) bool {
	_, name, _ := strings.Cut(m.Policy, ":")
	for _, file := range p.Tree.Files() {
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" {
			continue
		}
		if content, err := p.Tree.Read(file); err != nil || !strings.Contains(string(content), "kind: ImagePolicy") {
			continue
		}
		docs, _ := p.Docs.Documents(file)
		for _, doc := range docs {
			if o := world.New(doc.Fields(), nil); o.Is(images.Group, "ImagePolicy") && o.Namespace+":"+name == m.Policy && o.Name == name {
				return true
			}
		}
	}
	return false
}

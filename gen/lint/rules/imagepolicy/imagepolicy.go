// Package imagepolicy is the rule image-policy.
package imagepolicy

import (
	_ "embed"
	"maps"
	"path"
	"slices"
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
	Severities: []diag.Severity{diag.Error, diag.Warning},
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
	unmarked(p, ix)
	for _, w := range p.Worlds {
		for _, o := range w.Kind(images.Group, "ImagePolicy") {
			repository(p, w, o)
		}
		for _, o := range w.Kind(images.Group, "ImageRepository") {
			scanned(p, o)
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

// other finds a policy that watches another image than the file names.
func other(p *lint.Pass, m *images.Mark, policy *images.Policy) {
	if mistaken(m, policy) {
		p.Errorf(m.At(), policy.Object, "the file runs image %q, and the marker's policy %q watches %q", m.Name(), m.Policy, policy.Image).
			Hint("name the policy of %s", m.Name()).See(policy.Object.Position("spec", "imageRepositoryRef", "name"), "%s", policy.Object.ID())
	}
}

// mistaken compares the images of a file and of the policy that it names. Registries may be mirrors: the last part counts.
func mistaken(m *images.Mark, policy *images.Policy) bool {
	name := m.Name()
	watched, _ := images.Split(policy.Image) // a tag there is a finding of its own
	return name != "" && watched != "" && !world.Guessed(name) && !world.Guessed(watched) && path.Base(name) != path.Base(watched)
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

// unmarked finds policies whose tags go nowhere. A marker that is wrong may be the missing one, and is a finding already.
func unmarked(p *lint.Pass, ix *images.Index) {
	used := map[string]bool{}
	for _, w := range p.Worlds {
		if len(w.Findings) > 0 || slices.ContainsFunc(w.Owners, func(o *world.Owner) bool { return o.Broken }) {
			return // the marker may be in what is missing
		}
	}
	for i := range ix.Marks {
		m := &ix.Marks[i]
		if m.Marker == nil || ix.Policies[m.Policy] == nil || mistaken(m, ix.Policies[m.Policy]) {
			return
		}
		used[m.Policy] = true
	}
	for _, key := range slices.Sorted(maps.Keys(ix.Policies)) {
		o := ix.Policies[key].Object
		writes := slices.ContainsFunc(ix.Automations, func(a *world.Object) bool { return a.Namespace == o.Namespace })
		if writes && !used[key] && !world.Guessed(key) && !mentioned(p, key) {
			p.Warnf(o.Position("metadata", "name"), o, "no file has a marker of %s: its tags are found and written nowhere", o.ID()).
				Hint("put # {\"$imagepolicy\": \"%s:tag\"} behind the tag, or delete the policy", key)
		}
	}
}

// mentioned tells whether a file that nothing applies has a marker of a policy.
func mentioned(p *lint.Pass, policy string) bool {
	return slices.ContainsFunc(p.Tree.Files(), func(file string) bool {
		if !images.Written(file) {
			return false
		}
		content, err := p.Tree.Read(file)
		return err == nil && strings.Contains(string(content), policy)
	})
}

// scanned judges the image that an ImageRepository scans, as image-reflector-controller does before it asks the registry
// (image-reflector-controller 1.0, parseImageReference).
func scanned(p *lint.Pass, o *world.Object) {
	image := o.Text("spec", "image")
	at := o.Position("spec", "image")
	name, tag := images.Split(image)
	switch {
	case image == "" || world.Guessed(image):
	case strings.Contains(image, "://"):
		_, rest, _ := strings.Cut(image, "://")
		p.Errorf(at, o, "image %q of %s begins with a scheme, which Flux refuses: no tag is ever found", image, o.ID()).Hint("write %q", rest)
	case tag != "":
		p.Errorf(at, o, "image %q of %s has a tag, which Flux refuses: no tag is ever found", image, o.ID()).Hint("write %q", name)
	case strings.ToLower(afterHost(image)) != afterHost(image):
		p.Errorf(at, o, "image %q of %s has capital letters, which no registry takes", image, o.ID()).Hint("write it in small letters")
	}
}

// afterHost is the part of an image's name that must be of small letters.
func afterHost(image string) string {
	host, rest, found := strings.Cut(image, "/")
	if found && strings.ContainsAny(host, ".:") {
		return rest
	}
	return image
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

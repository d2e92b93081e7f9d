// Package unreachedfile is the rule unreached-file.
package unreachedfile

import (
	_ "embed"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "unreached-file",
	Group:      3,
	Severities: []diag.Severity{diag.Warning},
	Title:      "A manifest in git is applied by nothing",
	Why: "It looks deployed to whoever reads the repository and is not: no kustomization.yaml lists it, or no Flux " +
		"Kustomization has its folder. With prune on, Flux deletes what is no longer listed.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	if p.Partial || slices.ContainsFunc(p.Worlds, half) || cut(p) || len(p.Worlds) > 1 && slices.ContainsFunc(p.Worlds, guessed) {
		return // what was not looked at may apply it
	}
	c := finder{Pass: p, used: map[string]bool{}, roots: map[string]bool{}, lost: map[string]bool{}, namespaces: map[string]bool{}}
	c.reached()
	var found []file
	for _, name := range p.Tree.Files() {
		if f, ok := c.manifest(name); ok {
			found = append(found, f)
		}
	}
	c.report(found)
}

// half tells whether a world has a Kustomization whose source is not known and whose path is in this repository: the
// source may be this repository under another name, and what it applies may apply more.
func half(w *world.World) bool {
	return slices.ContainsFunc(w.Owners, func(owner *world.Owner) bool {
		return owner.Elsewhere && !owner.FluxItself && owner.Path != ""
	})
}

// cut tells whether a folder that holds Flux Kustomizations cannot be built: what they apply is not known then.
func cut(p *lint.Pass) bool {
	for _, w := range p.Worlds {
		for _, owner := range w.Owners {
			if owner.Broken && slices.ContainsFunc(owner.Files, func(name string) bool { return brings(p, name) }) {
				return true
			}
		}
	}
	return false
}

// brings tells whether a file holds a Flux Kustomization, also when its YAML cannot be read.
func brings(p *lint.Pass, name string) bool {
	content, err := p.Tree.Read(name)
	return err == nil && strings.Contains(string(content), "kustomize.toolkit.fluxcd.io")
}

// guessed tells whether the repository does not say where Flux starts in a cluster.
func guessed(w *world.World) bool { return len(w.Owners) == 0 || w.Owners[0].Object == nil }

// parked are names of folders that hold what is not to be applied by Flux: before it, by hand, or not now.
var parked = []string{"archive", "archived", "bootstrap", "disabled", "docs", "example", "examples", "template", "templates", "test", "tests", "unused"}

type finder struct {
	*lint.Pass
	used map[string]bool
	// roots are the folders at the top that clusters are made of; others hold something else.
	roots map[string]bool
	// lost are folders in which a reference is broken: that is the finding. A name of a folder is there without its way.
	lost map[string]bool
	// namespaces are those that objects are in.
	namespaces map[string]bool
}

// file is one that nothing applies.
type file struct {
	name string
	// list tells that it is a kustomization.yaml.
	list bool
	// folders are the paths of the Flux Kustomizations in it.
	folders []string
}

func (c *finder) reached() {
	for _, w := range c.Worlds {
		for _, owner := range w.Owners {
			for _, name := range owner.Files {
				c.used[name] = true
				if top, _, below := strings.Cut(name, "/"); below {
					c.roots[top] = true
				}
			}
			if owner.MissingPath {
				c.moved(owner)
			}
			for _, o := range owner.Applied {
				c.namespaces[o.Namespace] = true
			}
		}
		for _, f := range w.Findings {
			if f.Rule == "missing-file" || strings.HasPrefix(path.Base(f.File), "kustomization.y") {
				c.lost[path.Dir(f.File)] = true
			}
		}
	}
}

// moved takes the folders that a wrong path of a Flux Kustomization may have meant.
func (c *finder) moved(owner *world.Owner) {
	written := path.Clean(strings.TrimPrefix(owner.Object.Text("spec", "path"), "/"))
	c.lost[path.Base(written)] = true
	if near := diag.Nearest(path.Base(written), c.Tree.Dir(path.Dir(written))); near != "" {
		c.lost[path.Join(path.Dir(written), near)] = true
	}
}

// wanted tells whether a file makes a namespace that objects lack: that is what is wrong then.
func (c *finder) wanted(o *world.Object) bool {
	if !o.Is("", "Namespace") || !c.namespaces[o.Name] {
		return false
	}
	for _, w := range c.Worlds {
		if w.Find("", "Namespace", "", o.Name) == nil {
			return true
		}
	}
	return false
}

// manifest tells whether a file holds objects that nothing applies.
func (c *finder) manifest(name string) (file, bool) {
	top, _, below := strings.Cut(name, "/")
	ext := path.Ext(name)
	if !below || !c.roots[top] || c.used[name] || ext != ".yaml" && ext != ".yml" || strings.HasPrefix(path.Base(name), ".") || c.elsewhere(name) {
		return file{}, false
	}
	docs, findings := c.Docs.Documents(name)
	f := file{name: name, list: path.Base(name) == "kustomization.yaml" || path.Base(name) == "kustomization.yml"}
	objects := f.list
	for _, doc := range docs {
		o := world.New(doc.Fields(), nil)
		if f.list && o.Kind == "Component" {
			return file{}, false // a component is there for whoever wants it
		}
		if c.wanted(o) {
			return file{}, false
		}
		if o.Is("kustomize.toolkit.fluxcd.io", "Kustomization") {
			f.folders = append(f.folders, path.Clean(strings.TrimPrefix(o.Text("spec", "path"), "/")))
		}
		objects = objects || o.Name != "" && o.Kind != "" && strings.Contains(o.APIVersion, "v1") && !strings.HasPrefix(o.Group, "kustomize.config")
	}
	return f, objects && len(findings) == 0
}

// elsewhere tells whether a file belongs to a chart, to a hidden folder, or to another cloud inside this repository.
func (c *finder) elsewhere(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if strings.HasPrefix(path.Base(dir), ".") || slices.Contains(parked, path.Base(dir)) || c.Tree.Has(path.Join(dir, "Chart.yaml")) || c.Tree.Has(path.Join(dir, "lvsgen.lock")) || c.lost[dir] || c.lost[path.Base(dir)] {
			return true
		}
	}
	return false
}

// report says one thing for each cause: what lies in a folder whose list is not reached, and what a Flux Kustomization
// that is not reached would apply, follows from that.
func (c *finder) report(found []file) {
	var covered []string
	lists := map[string]bool{}
	for _, f := range found {
		covered = append(covered, f.folders...)
		if f.list {
			lists[path.Dir(f.name)] = true
		}
	}
	for _, f := range found {
		dir := path.Dir(f.name)
		if f.list {
			dir = path.Dir(dir)
		}
		if !within(f.name, covered) && !below(dir, lists) && !c.commented(f) {
			c.say(f)
		}
	}
}

func within(name string, folders []string) bool {
	for _, folder := range folders {
		if strings.HasPrefix(name, folder+"/") {
			return true
		}
	}
	return false
}

func below(dir string, lists map[string]bool) bool {
	for ; dir != "."; dir = path.Dir(dir) {
		if lists[dir] {
			return true
		}
	}
	return false
}

// commented tells whether a list above names the file, or its folder, in a comment: somebody has taken it out.
func (c *finder) commented(f file) bool {
	name := f.name
	if f.list {
		name = path.Dir(name)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		content, err := c.Tree.Read(path.Join(dir, "kustomization.yaml"))
		if err != nil {
			continue
		}
		relative := strings.TrimPrefix(name, dir+"/")
		for _, line := range strings.Split(string(content), "\n") {
			if comment := strings.TrimSpace(line); strings.HasPrefix(comment, "#") && strings.Contains(comment, relative) {
				return true
			}
		}
	}
	return false
}

// user gives a reference to an object of a file that no cluster has; nil when there is none.
func (c *finder) user(name string) *refs.Reference {
	docs, _ := c.Docs.Documents(name)
	for _, doc := range docs {
		o := world.New(doc.Fields(), nil)
		if o.Group != "" {
			continue
		}
		for _, w := range c.Worlds {
			for _, from := range w.Objects {
				for _, r := range refs.Of(from) {
					if r.Kind == o.Kind && r.Name == o.Name && (o.Namespace == "" || o.Namespace == r.Namespace) && w.Find("", r.Kind, r.Namespace, r.Name) == nil {
						return &r
					}
				}
			}
		}
	}
	return nil
}

func (c *finder) say(f file) {
	r := c.Warnf(diag.Position{File: f.name, Line: 1, Column: 1}, nil, "nothing applies %q", f.name)
	if user := c.user(f.name); user != nil {
		r.See(user.From.Position(user.At...), "%s needs %s %q of it", user.From.ID(), user.Kind, user.Name)
	}
	for _, name := range []string{"kustomization.yaml", "kustomization.yml"} {
		if list := path.Join(path.Dir(f.name), name); c.used[list] {
			r.Hint("add it to resources: in %s, or delete it", list)
			return
		}
	}
	r.Hint("add a Flux Kustomization with path: ./%s, or list it in a kustomization.yaml that is reached", path.Dir(f.name))
}

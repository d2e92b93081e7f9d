// Package missingnamespace is the rule missing-namespace.
package missingnamespace

import (
	_ "embed"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/order"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds objects in namespaces that nothing makes, and objects that should have one and do not.
var Rule = &lint.Rule{
	Name:       "missing-namespace",
	Group:      4,
	Severities: []diag.Severity{diag.Error},
	Title:      "An object is in a namespace that nothing makes",
	Why: "On a new cluster Flux refuses the object, and with it everything of its Kustomization. In the running cluster the " +
		"namespace may be there from before, so it shows only at a rebuild.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	lost := map[string][]diag.Position{}
	for _, w := range p.Worlds {
		seen := map[string]bool{}
		for _, need := range lint.Compute(p, w, order.Of).Missing {
			if need.Namespace == "" || seen[need.Namespace] {
				continue
			}
			seen[need.Namespace] = true
			if at, ok := unreached(p, need.Namespace); ok {
				lost[at.File] = append(lost[at.File], at)
				if len(lost[at.File]) > 1 {
					continue // the same file: one cause
				}
				p.Errorf(at, need.Objects[0], "nothing applies this file, so namespace %q is never made, and %s is refused", need.Namespace, need.Objects[0].ID()).
					Hint("add it to the kustomization.yaml of a folder that Flux applies").
					See(need.Objects[0].Position("metadata", "namespace"), "%s", need.Objects[0].ID())
				continue
			}
			report(p, w, need)
		}
		for _, owner := range w.Owners {
			without(p, owner)
		}
	}
}

func report(p *lint.Pass, w *world.World, need *order.Need) {
	object := need.Objects[0]
	r := p.Errorf(place(p, need, object), object, "nothing makes namespace %q, so %s is refused", need.Namespace, object.ID())
	var names []string
	for _, o := range w.Kind("", "Namespace") {
		names = append(names, o.Name)
	}
	if near := diag.Nearest(need.Namespace, names); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	r.Hint("add the Namespace %s to the repository, best beside the others, or install.createNamespace: true for a HelmRelease", need.Namespace)
}

// place is where the namespace is written: in the object, in the kustomization.yaml around it, or in its owner.
func place(p *lint.Pass, need *order.Need, o *world.Object) diag.Position {
	owner := need.Owner.Object
	switch {
	case o.Doc != nil && world.Value(o.Doc.Value, "metadata", "namespace") == need.Namespace:
		return o.Position("metadata", "namespace")
	case owner != nil && owner.Text("spec", "targetNamespace") == need.Namespace:
		return owner.Position("spec", "targetNamespace")
	}
	if o.Doc == nil {
		return o.Position()
	}
	for dir := path.Dir(o.Doc.File); ; dir = path.Dir(dir) {
		file := path.Join(dir, "kustomization.yaml")
		if slices.Contains(need.Owner.Files, file) {
			docs, _ := p.Docs.Documents(file)
			for _, doc := range docs {
				if doc.Fields()["namespace"] == need.Namespace {
					return doc.Position("namespace")
				}
			}
		}
		if dir == "." {
			return o.Position("metadata", "name")
		}
	}
}

// unreached finds a Namespace in a file that no cluster applies.
func unreached(p *lint.Pass, name string) (diag.Position, bool) {
	all := lint.Compute(p, namespaces{}, func(namespaces) map[string]diag.Position { return unused(p) })
	at, ok := all[name]
	return at, ok
}

type namespaces struct{}

func unused(p *lint.Pass) map[string]diag.Position {
	used := map[string]bool{}
	for _, w := range p.Worlds {
		for _, owner := range w.Owners {
			for _, file := range owner.Files {
				used[file] = true
			}
		}
	}
	out := map[string]diag.Position{}
	for _, file := range p.Tree.Files() {
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" || used[file] {
			continue
		}
		if content, err := p.Tree.Read(file); err != nil || !strings.Contains(string(content), "kind: Namespace") {
			continue
		}
		docs, _ := p.Docs.Documents(file)
		for _, doc := range docs {
			o := world.New(doc.Fields(), nil)
			if _, there := out[o.Name]; o.Is("", "Namespace") && !there {
				out[o.Name] = doc.Position("metadata", "name")
			}
		}
	}
	return out
}

// without finds objects that name no namespace where they must.
func without(p *lint.Pass, owner *world.Owner) {
	if owner.Object == nil {
		return // whoever applies the entry point may give a namespace
	}
	for _, o := range owner.Applied {
		if o.Namespace != "" || o.Doc == nil || o.Kind == "" || strings.HasSuffix(o.Kind, "List") || world.ClusterScoped(o.Group, o.Kind) || !facts.Builtin(o.Group) && !facts.Flux(o.Group) {
			continue
		}
		p.Errorf(o.Position("metadata", "name"), o, "%s has no namespace: Flux refuses it, and with it all of its Kustomization", o.ID()).
			Hint("write metadata.namespace, or namespace: in the kustomization.yaml of its folder")
	}
}

// Package missingstorageclass is the rule missing-storage-class.
package missingstorageclass

import (
	_ "embed"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-storage-class",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "A claim names a StorageClass that does not exist",
	Why: "The claim stays Pending, and with it every pod that mounts it. It shows only when the volume is made, so " +
		"often only after a rebuild.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		x := lint.Compute(p, refs.In{World: w}, refs.In.Index)
		for _, o := range w.Objects {
			for _, at := range places(o) {
				reference(p, x, o, at)
			}
		}
	}
}

// places are the paths of the names of StorageClasses in an object.
func places(o *world.Object) [][]any {
	switch {
	case o.Is("", "PersistentVolumeClaim"):
		return [][]any{{"spec", "storageClassName"}}
	case o.Is("apps", "StatefulSet"):
		var out [][]any
		for i := range o.List("spec", "volumeClaimTemplates") {
			out = append(out, []any{"spec", "volumeClaimTemplates", i, "spec", "storageClassName"})
		}
		return out
	case o.Is("postgresql.cnpg.io", "Cluster"):
		return [][]any{
			{"spec", "storage", "storageClass"},
			{"spec", "storage", "pvcTemplate", "storageClassName"},
			{"spec", "walStorage", "storageClass"},
			{"spec", "walStorage", "pvcTemplate", "storageClassName"},
		}
	}
	return nil
}

func reference(p *lint.Pass, x *refs.Index, o *world.Object, at []any) {
	name := o.Text(at...)
	if name == "" || world.Guessed(name) || x.K3s() && name == "local-path" {
		return
	}
	classes := x.Kind("storage.k8s.io", "StorageClass", "")
	answer, found := x.Lookup("storage.k8s.io", "StorageClass", "", name)
	i := slices.IndexFunc(classes, func(c *world.Object) bool { return refs.Alike(c.Name, name) })
	if found != nil || i < 0 && (answer != world.Absent || !x.K3s()) {
		return
	}
	r := p.Errorf(o.Position(at...), o, "StorageClass %q, which %s names, does not exist", name, o.ID())
	if i >= 0 {
		r.Hint("did you mean %q?", classes[i].Name).See(classes[i].Position("metadata", "name"), "%s", classes[i].ID())
		return
	}
	r.Hint("name one that is there, or leave the field out for the default class")
}

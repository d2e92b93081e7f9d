// Package missingsource is the rule missing-source.
package missingsource

import (
	_ "embed"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds references to sources that nothing makes.
var Rule = &lint.Rule{
	Name:       "missing-source",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "A Kustomization, HelmRelease, Receiver or Alert names a source that does not exist",
	Why: "Flux reports that the source is not found and tries again for ever: nothing of the Kustomization or release is " +
		"applied. The usual causes are a typo, a source in another namespace, and the wrong kind.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

const (
	groupSource    = "source.toolkit.fluxcd.io"
	groupKustomize = "kustomize.toolkit.fluxcd.io"
	groupHelm      = "helm.toolkit.fluxcd.io"
	groupImage     = "image.toolkit.fluxcd.io"

	groupNotification = "notification.toolkit.fluxcd.io"
)

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		for _, o := range w.Objects {
			for _, path := range places(o) {
				reference(p, w, o, path)
			}
		}
	}
}

// places are the paths of the references to sources in an object.
func places(o *world.Object) [][]any {
	switch {
	case o.Is(groupKustomize, "Kustomization"), o.Is(groupImage, "ImageUpdateAutomation"), o.Is(groupSource, "HelmChart"):
		return [][]any{{"spec", "sourceRef"}}
	case o.Is(groupHelm, "HelmRelease"):
		return [][]any{{"spec", "chart", "spec", "sourceRef"}, {"spec", "chartRef"}}
	case o.Is(groupNotification, "Receiver"):
		return sources(o, "resources")
	case o.Is(groupNotification, "Alert"):
		return sources(o, "eventSources")
	}
	return nil
}

// sources are the entries of a list that name one source: not all of a kind.
func sources(o *world.Object, field string) [][]any {
	var out [][]any
	for i := range o.List("spec", field) {
		kind := o.Text("spec", field, i, "kind")
		if slices.Contains(kinds, kind) && o.Text("spec", field, i, "name") != "*" && o.Value("spec", field, i, "matchLabels") == nil {
			out = append(out, []any{"spec", field, i})
		}
	}
	return out
}

// kinds are those of sources (source-controller 1.6).
var kinds = []string{"Bucket", "GitRepository", "HelmChart", "HelmRepository", "OCIRepository"}

// bootstrapped tells whether the cluster reads this repository by a source that is known. Otherwise the one that it reads
// may be made by hand.
func bootstrapped(w *world.World) bool {
	for _, owner := range w.Owners[min(1, len(w.Owners)):] {
		if owner.Object != nil && owner.Object.Group == groupKustomize && owner.Path != "" && !owner.Elsewhere {
			return true
		}
	}
	return false
}

// mayCome tells whether something whose objects are not known may make a source: not what waits for that source itself.
func mayCome(w *world.World, kind, namespace, name string) bool {
	if world.Guessed(namespace) || world.Guessed(name) || !bootstrapped(w) {
		return true
	}
	for _, owner := range w.Owners {
		if !owner.Hides(groupSource, kind, namespace) {
			continue
		}
		if owner.Object == nil {
			return true
		}
		ref := owner.Object.Map("spec", "sourceRef")
		if ref["kind"] != kind || ref["name"] != name || owner.Object.Namespace != namespace && ref["namespace"] != namespace {
			return true
		}
	}
	return false
}

// role is what a source is for an object.
func role(o *world.Object) string {
	switch o.Kind {
	case "Receiver":
		return "which is to be woken by"
	case "Alert":
		return "whose events are for"
	}
	return "the source of"
}

func reference(p *lint.Pass, w *world.World, o *world.Object, path []any) {
	ref := o.Map(path...)
	kind, _ := ref["kind"].(string)
	name, _ := ref["name"].(string)
	if kind == "" || name == "" || kind == "ExternalArtifact" {
		return // a controller makes ExternalArtifacts
	}
	namespace, _ := ref["namespace"].(string)
	if namespace == "" {
		namespace = o.Namespace
	}
	// What the bootstrap makes need not be in git.
	if name == "flux-system" && namespace == "flux-system" {
		return
	}
	if answer, _ := w.Lookup(groupSource, kind, namespace, name); answer == world.Found || answer == world.Unknown && mayCome(w, kind, namespace, name) {
		return
	}
	at := o.Position(append(path, "name")...)
	r := p.Errorf(at, o, "%s %s/%s, "+role(o)+" %s, does not exist", kind, namespace, name, o.ID())
	for _, other := range w.Kind(groupSource, kind) {
		if other.Name == name {
			r.Hint("it is in namespace %q: write namespace: %s beside the name", other.Namespace, other.Namespace).See(other.Position("metadata", "namespace"), "%s", other.ID())
			return
		}
	}
	var names []string
	for _, other := range w.Kind(groupSource, kind) {
		names = append(names, other.Name)
	}
	if near := diag.Nearest(name, names); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	r.Hint("add the %s to the repository, and to the kustomization.yaml of its folder", kind)
}

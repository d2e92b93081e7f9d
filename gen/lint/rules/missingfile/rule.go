// Package missingfile is the rule missing-file.
package missingfile

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
	Name:       "missing-file",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "A kustomization.yaml or a Flux Kustomization names a file or folder that Flux does not find",
	Why: "The build fails and nothing of the folder is applied any more, also no other change. The file may be " +
		"deleted, written otherwise, left out by the source, or, where the controller takes no remote bases, at a " +
		"URL.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

// flag is the one of kustomize-controller that refuses references to other places.
const flag = "--no-remote-bases"

// check reports references to other places where they are refused; what is missing in the repository stops the simulation,
// which reports it.
func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		if !slices.ContainsFunc(w.Objects, refuses) {
			continue
		}
		for _, owner := range w.Owners {
			for _, at := range owner.Remote {
				p.Errorf(at, owner.Object, "kustomize-controller refuses files of other places: it runs with %s", flag).
					Hint("copy the file into the repository, or bring it by a source of its own")
			}
		}
	}
}

// refuses tells whether an object sets the flag: the controller's Deployment, or a patch of it.
func refuses(o *world.Object) bool {
	switch {
	case o.Is("apps", "Deployment"), o.Is("kustomize.toolkit.fluxcd.io", "Kustomization"), o.Is("fluxcd.controlplane.io", "FluxInstance"):
		return refs.Mentions(o.Map("spec"), flag) && !refs.Mentions(o.Map("spec"), flag+"=false")
	}
	return false
}

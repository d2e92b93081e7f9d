package simulate

import (
	"regexp"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// patchTargets reports the patches of a Flux Kustomization that select nothing: kustomize passes over them in silence.
// A patch that names no object is meant for whatever there is, and one that another patch put in is meant for many
// Kustomizations: neither is a mistake.
func (s *simulation) patchTargets(owner *world.Owner, spec *kustomization, objects []kustomize.Object) {
	for i, patch := range spec.Patches {
		if owner.Object == nil || owner.Object.Doc == nil || patch.Target == nil || !plainName(patch.Target.Name) {
			continue
		}
		if _, written := owner.Object.Doc.Lookup("spec", "patches", i, "target", "name"); !written {
			continue
		}
		fields := make([]map[string]any, len(objects))
		for n := range objects {
			fields[n] = objects[n].Fields
		}
		if kustomize.Targets(fields, types.Patch{Patch: patch.Patch, Target: patch.Target}) {
			continue
		}
		at := owner.Object.Position("spec", "patches", i, "target", kustomize.WrongPart(patch.Target))
		s.add(diag.Errorf(kustomize.RulePatchTarget, at, "the patch has no target: %s applies no %s %q", owner.Object.ID(), patch.Target.Kind, patch.Target.Name).
			WithHint("name an object that it applies, or take the patch out"), owner.Object)
	}
}

var simpleName = regexp.MustCompile(`^[a-zA-Z0-9.-]+$`)

// plainName tells whether the name of a selector, a regular expression, means one object.
func plainName(name string) bool { return simpleName.MatchString(name) }

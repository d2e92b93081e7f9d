package simulate

import (
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/helm"
	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// postRender applies spec.postRenderers to what the chart rendered.
func (s *simulation) postRender(owner *world.Owner, r *release, objects []helm.Object) {
	for i, renderer := range r.PostRenderers {
		at := owner.Object.Position("spec", "postRenderers", i, "kustomize")
		fields := make([]map[string]any, len(objects))
		for n := range objects {
			fields[n] = objects[n].Fields
		}
		for n, patch := range renderer.Kustomize.Patches {
			place := owner.Object.Position("spec", "postRenderers", i, "kustomize", "patches", n)
			if !kustomize.Targets(fields, patch) {
				if patch.Target != nil {
					place = owner.Object.Position("spec", "postRenderers", i, "kustomize", "patches", n, "target", kustomize.WrongPart(patch.Target))
				}
				s.add(diag.Errorf(kustomize.RulePatchTarget, place, "the patch has no target: the chart of %s renders no such object", owner.Object.ID()).
					WithHint("compare kind and name with the output of: helm template %s", owner.Path+owner.Archive), owner.Object)
				owner.Opaque, owner.Broken = "a patch of it has no target", true
				return
			}
		}
		changed, err := kustomize.Change(fields, renderer.Kustomize.Patches, renderer.Kustomize.Images)
		if err != nil {
			s.add(diag.Errorf(kustomize.RuleBuild, at, "the post-renderer of %s fails: %v", owner.Object.ID(), err), owner.Object)
			owner.Opaque, owner.Broken = "its post-renderer fails", true
			return
		}
		for n := range objects {
			objects[n].Fields = changed[n]
		}
	}
	s.install(owner, r, objects)
}

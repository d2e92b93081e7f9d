package simulate

import (
	"fmt"
	"regexp"
	"strings"

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
		if owner.Object == nil || owner.Object.Doc == nil || patch.Target == nil {
			continue
		}
		part, what := "name", fmt.Sprintf("%s %q", patch.Target.Kind, patch.Target.Name)
		if patch.Target.Name == "" && plainLabels(patch.Target.LabelSelector) && patch.Target.Kind != "" {
			part, what = "labelSelector", patch.Target.Kind+" with the label "+patch.Target.LabelSelector
		} else if !plainName(patch.Target.Name) {
			continue
		}
		if _, written := owner.Object.Doc.Lookup("spec", "patches", i, "target", part); !written {
			continue
		}
		var fields []map[string]any
		for n := range objects {
			if part != "labelSelector" || labelled(objects[n].Fields, patch.Target.LabelSelector) {
				fields = append(fields, objects[n].Fields)
			}
		}
		target := *patch.Target
		if part == "labelSelector" {
			target.LabelSelector = "" // the objects without the labels are left out already
		}
		if kustomize.Targets(fields, types.Patch{Patch: patch.Patch, Target: &target}) {
			continue
		}
		if part == "name" {
			part = kustomize.WrongPart(patch.Target)
		}
		at := owner.Object.Position("spec", "patches", i, "target", part)
		s.add(diag.Errorf(kustomize.RulePatchTarget, at, "the patch has no target: %s applies no %s", owner.Object.ID(), what).
			WithHint("name an object that it applies, or take the patch out"), owner.Object)
	}
}

var simpleName = regexp.MustCompile(`^[a-zA-Z0-9.-]+$`)

// plainName tells whether the name of a selector, a regular expression, means one object.
func plainName(name string) bool { return simpleName.MatchString(name) }

// plainLabels tells whether a selector wants labels, each with one value: others are meant for what lacks a label.
func plainLabels(selector string) bool { return simpleLabels.MatchString(selector) }

var simpleLabels = regexp.MustCompile(`^[a-zA-Z0-9./_-]+==?[a-zA-Z0-9._-]+(,[a-zA-Z0-9./_-]+==?[a-zA-Z0-9._-]+)*$`)

// labelled tells whether an object has the labels of a plain selector.
func labelled(fields map[string]any, selector string) bool {
	for _, want := range strings.Split(selector, ",") {
		key, value, _ := strings.Cut(want, "=")
		if world.Value(fields, "metadata", "labels", key) != strings.TrimPrefix(value, "=") {
			return false
		}
	}
	return true
}

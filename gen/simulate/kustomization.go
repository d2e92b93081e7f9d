package simulate

import (
	"path"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// kustomization applies one Flux Kustomization that was found in the cluster.
func (s *simulation) kustomization(o *world.Object) {
	if s.done[o.ID()] {
		return
	}
	var spec kustomization
	decode(o.Value("spec"), &spec)
	source := spec.SourceRef.from(o)
	if s.patient && s.mayCome(source) {
		s.waiting = append(s.waiting, o)
		return
	}
	s.done[o.ID()] = true
	if s.tooDeep(o) {
		return
	}
	owner := &world.Owner{Object: o}
	spec.ignored = s.ignoredBy(source)
	dir := path.Join(s.rootOf(source), spec.folder())
	switch {
	case !s.thisRepository(source, dir):
		owner.Opaque = "its source " + spec.SourceRef.Kind + " " + spec.SourceRef.Name + " is not this repository"
		if owner.Elsewhere = true; s.find(source) == nil {
			owner.Path = s.maybeHere(dir)
		}
		owner.FluxItself = s.fluxManifests(source)
		s.world.Owners = append(s.world.Owners, owner)
		return
	case spec.SourceRef.Kind != "GitRepository" && !s.tree.IsDir(dir):
		// Whoever packed the artifact may have left folders out, or above.
		owner.Opaque, owner.Elsewhere = "its folder is not in this repository", true
		s.world.Owners = append(s.world.Owners, owner)
		return
	case !s.tree.IsDir(dir) || !s.kept(dir, spec.ignored):
		s.missingPath(o, spec.Path, dir)
		owner.Opaque, owner.Broken, owner.MissingPath = "its folder does not exist", true, true
		s.world.Owners = append(s.world.Owners, owner)
		return
	}
	owner.Path = dir
	s.apply(owner, &spec)
}

// maybeHere gives the folder of this repository that an artifact may have been packed from; "" when there is none.
func (s *simulation) maybeHere(dir string) string {
	for _, below := range []string{dir, path.Join(s.start.root, dir)} {
		if below != "." && s.tree.IsDir(below) {
			return below
		}
	}
	return ""
}

func (s *simulation) missingPath(o *world.Object, written, dir string) {
	f := diag.Errorf(rulePath, o.Position("spec", "path"), "folder %q of %s does not exist", written, o.ID())
	if why := s.tree.LeftOut(dir); why != "" {
		f = diag.Errorf(rulePath, o.Position("spec", "path"), "folder %q of %s %s", written, o.ID(), why).
			WithHint("write the path of the folder itself")
	} else if s.tree.IsDir(dir) {
		f = diag.Errorf(rulePath, o.Position("spec", "path"), "folder %q of %s is in git, but the source that Flux reads leaves it out", written, o.ID()).
			WithHint("look at spec.ignore of the GitRepository and at .sourceignore")
	} else if near := diag.Nearest(path.Base(dir), s.tree.Dir(path.Dir(dir))); near != "" {
		f = f.WithHint("did you mean %q?", "./"+path.Join(path.Dir(dir), near))
	} else {
		f = f.WithHint("write the path from the repository's root, or take the Kustomization out")
	}
	s.add(f, o)
}

// apply builds the folder of an owner and puts its objects into the world.
func (s *simulation) apply(owner *world.Owner, spec *kustomization) {
	s.world.Owners = append(s.world.Owners, owner)
	if !s.components(owner, spec) {
		owner.Opaque, owner.Broken = "a component does not exist", true
		return
	}
	result := s.build.Build(s.buildSpec(owner.Path, spec))
	owner.Files = result.Files
	for _, f := range result.Passed {
		s.add(f, owner.Object)
	}
	switch {
	case len(result.Findings) > 0:
		owner.Opaque, owner.Broken = "it cannot be built", true
		for _, f := range result.Findings {
			s.add(f, owner.Object)
		}
		return
	case len(result.Remote) > 0:
		owner.Opaque, owner.Remote = "it includes files of other places", result.Remote
	default:
		s.patchTargets(owner, spec, result.Objects)
	}
	if owner.Object != nil && owner.Object.Map("spec", "kubeConfig") != nil {
		owner.OtherCluster = true
		return // what another cluster holds is not judged
	}
	namespace := fluxNamespace
	if owner.Object != nil {
		namespace = owner.Object.Namespace
	}
	substitution := s.variablesOf(spec, namespace)
	for _, built := range result.Objects {
		o := s.object(built, owner)
		if sealed(o) {
			unseal(o)
		}
		if substitution != nil {
			s.substitute(o, substitution)
		}
		spec.CommonMetadata.put(o) // it is never substituted
		owner.Applied = append(owner.Applied, o)
	}
	s.world.Add(owner.Applied...)
	for _, o := range owner.Applied {
		if o.Is(groupKustomize, "Kustomization") {
			s.queue = append(s.queue, o)
		}
	}
}

// components leaves out those that are missing and may be; false when one is missing that may not.
func (s *simulation) components(owner *world.Owner, spec *kustomization) bool {
	var have []string
	for i, name := range spec.Components {
		dir, inside := checkout.Clean(owner.Path, name)
		switch {
		case inside && s.tree.IsDir(dir):
			have = append(have, name)
		case spec.IgnoreMissingComponents && inside:
		default:
			at := diag.Position{File: owner.Path}
			if owner.Object != nil {
				at = owner.Object.Position("spec", "components", i)
			}
			f := diag.Errorf(rulePath, at, "component %q does not exist: nothing of %q is applied", name, owner.Path)
			if near := diag.Nearest(path.Base(dir), s.tree.Dir(path.Dir(dir))); near != "" {
				f = f.WithHint("did you mean %q? The path counts from spec.path", path.Join(path.Dir(name), near))
			} else {
				f = f.WithHint("write its path from spec.path, or set ignoreMissingComponents")
			}
			s.add(f, owner.Object)
			return false
		}
	}
	spec.Components = have
	return true
}

func (s *simulation) buildSpec(dir string, spec *kustomization) *kustomize.Spec {
	out := &kustomize.Spec{
		Ignored: spec.ignored,
		Path:    dir, TargetNamespace: spec.TargetNamespace, NamePrefix: spec.NamePrefix, NameSuffix: spec.NameSuffix,
		Components: spec.Components, Images: spec.Images,
	}
	for _, p := range spec.Patches {
		out.Patches = append(out.Patches, types.Patch{Patch: p.Patch, Target: p.Target})
	}
	return out
}

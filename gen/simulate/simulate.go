// Package simulate does what Flux will do with a repository, starting from an empty cluster: it finds the entry points,
// builds every Flux Kustomization, follows those that others bring, renders the charts of the repository, and gives the
// world that comes out.
package simulate

import (
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/helm"
	"github.com/lvs-cloud/lvsgen/gen/kustomize"
	"github.com/lvs-cloud/lvsgen/gen/sourceignore"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// The rules of the findings of a simulation, besides those of builds.
const (
	ruleVariable = "unsubstituted-variable"
	rulePath     = "missing-file"
)

// Simulator simulates the clusters of one repository.
type Simulator struct {
	// KubeVersion is the cluster's, such as "v1.36.4"; APIVersions are what it serves besides what Helm knows. Charts may
	// ask for both.
	KubeVersion string
	APIVersions []string

	tree   *checkout.Tree
	docs   *yamlfile.Cache
	build  *kustomize.Builder
	charts *helm.Charts
}

// defaultKubeVersion is what k3s's stable channel has (November 2026).
const defaultKubeVersion = "v1.36.4"

// New makes a Simulator of a repository.
func New(tree *checkout.Tree) *Simulator {
	docs := yamlfile.NewCache(tree)
	return &Simulator{
		KubeVersion: defaultKubeVersion,
		APIVersions: []string{"cert-manager.io/v1", "helm.cattle.io/v1", "traefik.io/v1alpha1"},
		tree:        tree, docs: docs, build: kustomize.New(tree, docs), charts: helm.New(tree),
	}
}

// Run simulates the cluster of an entry point. Variables may come from an object that a later Kustomization brings, and
// Flux tries until it is there: what the first pass finds, the second uses.
func (s *Simulator) Run(entry Entry) *world.World {
	w, late := s.pass(entry, &world.World{})
	if late {
		w, _ = s.pass(entry, w)
	}
	w.Prepared = s.preparedBy()
	return w
}

// pass simulates once, with the objects of known to look variables up in. It tells whether variables were looked for
// that came later.
func (s *Simulator) pass(entry Entry, known *world.World) (w *world.World, late bool) {
	run := &simulation{Simulator: s, world: &world.World{Entry: entry.Path}, known: known, done: map[string]bool{}, ignores: map[string]*sourceignore.Matcher{}}
	run.entry(entry)
	for len(run.queue) > 0 {
		next := run.queue[0]
		run.queue = run.queue[1:]
		run.kustomization(next)
	}
	run.releases()
	for _, id := range run.wanted {
		late = late || run.world.Find("", id.kind, id.namespace, id.name) != nil
	}
	return run.world, late
}

// simulation is one run.
type simulation struct {
	*Simulator
	world *world.World
	queue []*world.Object
	// known are objects of a pass before; wanted are sources of variables that were in neither.
	known  *world.World
	wanted []source
	// done are the Kustomizations that were applied, by ID.
	done map[string]bool
	// ignores are what the sources leave out, by ID.
	ignores map[string]*sourceignore.Matcher
}

type source struct{ kind, namespace, name string }

func (s *simulation) add(f diag.Finding, o *world.Object) {
	if o != nil && f.Object == nil {
		f.Object = o.Ref()
	}
	s.world.Findings = append(s.world.Findings, f)
}

// entry applies the folder that Flux starts from. When a Kustomization inside it describes how it is applied, that
// counts.
func (s *simulation) entry(entry Entry) {
	owner := &world.Owner{Path: entry.Path}
	spec := kustomization{Path: entry.Path}
	if entry.Doc != nil {
		owner.Object = s.object(kustomize.Object{Fields: entry.Doc.Fields(), Doc: entry.Doc}, owner)
		decode(owner.Object.Value("spec"), &spec)
		s.done[owner.Object.ID()] = true
	}
	s.apply(owner, &spec)
}

func (s *simulation) object(o kustomize.Object, owner *world.Owner) *world.Object {
	object := world.New(o.Fields, owner)
	object.Doc, object.Place, object.Sources = o.Doc, o.At, o.Sources
	return object
}

// kustomization applies one Flux Kustomization that was found in the cluster.
func (s *simulation) kustomization(o *world.Object) {
	if s.done[o.ID()] {
		return
	}
	s.done[o.ID()] = true
	owner := &world.Owner{Object: o}
	var spec kustomization
	decode(o.Value("spec"), &spec)
	spec.ignored = s.ignoredBy(spec.SourceRef, o.Namespace)
	dir, inside := spec.folder()
	switch {
	case !s.thisRepository(spec.SourceRef, o.Namespace):
		owner.Opaque = "its source " + spec.SourceRef.Kind + " " + spec.SourceRef.Name + " is not this repository"
		if owner.Elsewhere = true; inside && dir != "." && s.tree.IsDir(dir) && s.world.Find(groupSource, spec.SourceRef.Kind, o.Namespace, spec.SourceRef.Name) == nil {
			owner.Path = dir
		}
		owner.FluxItself = s.fluxManifests(spec.SourceRef, o.Namespace)
		s.world.Owners = append(s.world.Owners, owner)
		return
	case spec.SourceRef.Kind != "GitRepository" && (!inside || !s.tree.IsDir(dir)):
		// Whoever packed the artifact may have left folders out, or above.
		owner.Opaque, owner.Elsewhere = "its folder is not in this repository", true
		s.world.Owners = append(s.world.Owners, owner)
		return
	case !inside || !s.tree.IsDir(dir) || !s.kept(dir, spec.ignored):
		s.missingPath(o, spec.Path, dir)
		owner.Opaque, owner.Broken, owner.MissingPath = "its folder does not exist", true, true
		s.world.Owners = append(s.world.Owners, owner)
		return
	}
	owner.Path = dir
	s.apply(owner, &spec)
}

func (s *simulation) missingPath(o *world.Object, written, dir string) {
	f := diag.Errorf(rulePath, o.Position("spec", "path"), "folder %q of %s does not exist", written, o.ID())
	if s.tree.IsDir(dir) {
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
	result := s.build.Build(s.buildSpec(owner.Path, spec))
	owner.Files = result.Files
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
	namespace := fluxNamespace
	if owner.Object != nil {
		namespace = owner.Object.Namespace
	}
	substitution := s.variablesOf(spec, namespace)
	for _, built := range result.Objects {
		o := s.object(built, owner)
		spec.CommonMetadata.put(o)
		if sealed(o) {
			unseal(o)
		}
		if substitution != nil {
			s.substitute(o, substitution)
		}
		owner.Applied = append(owner.Applied, o)
	}
	s.world.Add(owner.Applied...)
	for _, o := range owner.Applied {
		if o.Is(groupKustomize, "Kustomization") {
			s.queue = append(s.queue, o)
		}
	}
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

// put sets common labels and annotations on an object that may share its fields with others.
func (m *metadata) put(o *world.Object) {
	if len(m.Labels) == 0 && len(m.Annotations) == 0 {
		return
	}
	fields := copied(o.Fields)
	meta := copied(fields["metadata"])
	for field, values := range map[string]map[string]string{"labels": m.Labels, "annotations": m.Annotations} {
		if len(values) == 0 {
			continue
		}
		all := copied(meta[field])
		for key, value := range values {
			all[key] = value
		}
		meta[field] = all
	}
	fields["metadata"] = meta
	*o = *withFields(o, fields)
}

func copied(v any) map[string]any {
	m, _ := v.(map[string]any)
	out := make(map[string]any, len(m)+1)
	for key, value := range m {
		out[key] = value
	}
	return out
}

// sealed tells whether SOPS encrypted an object.
func sealed(o *world.Object) bool { return o.Map("sops") != nil }

// unseal takes SOPS's own field away, as Flux does after decrypting. Values stay as they are: nobody reads them.
func unseal(o *world.Object) {
	fields := copied(o.Fields)
	delete(fields, "sops")
	if o.Kind == "Secret" {
		if data, ok := fields["data"]; ok {
			// Encrypted texts are no base64: kept as stringData they are not judged as such.
			delete(fields, "data")
			texts := copied(data)
			if _, ok := texts[".dockerconfigjson"]; ok {
				texts[".dockerconfigjson"] = `{"auths":{}}` // its form is judged too
			}
			fields["stringData"] = texts
		}
	}
	*o = *withFields(o, fields)
}

// thisRepository tells whether a reference from an object in namespace reads the repository itself: the source that
// Flux's bootstrap makes, or a GitRepository with the same URL.
func (s *simulation) thisRepository(ref reference, namespace string) bool {
	if ref.Namespace != "" {
		namespace = ref.Namespace
	}
	if ref.Name == fluxName && namespace == fluxNamespace {
		return true
	}
	if ref.Kind != "GitRepository" {
		return false
	}
	own := s.world.Find(groupSource, "GitRepository", fluxNamespace, fluxName)
	other := s.world.Find(groupSource, "GitRepository", namespace, ref.Name)
	return own != nil && other != nil && sameURL(own.Text("spec", "url"), other.Text("spec", "url"))
}

// fluxManifests tells whether a source is the OCI artifact of Flux's own manifests.
func (s *simulation) fluxManifests(ref reference, namespace string) bool {
	if ref.Namespace != "" {
		namespace = ref.Namespace
	}
	source := s.world.Find(groupSource, "OCIRepository", namespace, ref.Name)
	return source != nil && strings.HasSuffix(source.Text("spec", "url"), "/fluxcd/flux-manifests")
}

func sameURL(a, b string) bool {
	trim := func(s string) string {
		_, s, _ = strings.Cut(s, "://")
		if i := strings.IndexByte(s, '@'); i >= 0 {
			s = s[i+1:]
		}
		return strings.TrimSuffix(strings.TrimSuffix(s, "/"), ".git")
	}
	return a != "" && trim(a) == trim(b)
}

// Documents are the parsed files of the repository, for others who look at them.
func (s *Simulator) Documents() *yamlfile.Cache { return s.docs }

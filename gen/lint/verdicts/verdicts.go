// Package verdicts is what the API server of a cluster would say of each of its objects: which release of each product the
// cluster runs, as far as the repository tells, and the judgement of all objects by it.
package verdicts

import (
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/apis"
	"github.com/lvs-cloud/lvsgen/gen/conform"
	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// in is a world, and the releases that the user says it runs. It is the key of what a run shares.
type in struct {
	world *world.World
	said  lint.Targets
}

// Verdicts are all that is to be said about the objects of a world.
type Verdicts struct {
	Catalog *apis.Catalog
	// Targets are the releases that the cluster runs, as far as they are known.
	Targets conform.Targets
	// Objects are those of whose kind a schema is known; Unknown those of other kinds.
	Objects []Object
	Unknown []*world.Object
	// own are the versions that the repository's own CustomResourceDefinitions serve, by "group kind".
	own map[string][]string
}

// Object is one object and what is wrong with it.
type Object struct {
	*world.Object
	Problems []conform.Problem
}

// Of judges the objects of a world, once in a run.
func Of(p *lint.Pass, w *world.World) *Verdicts {
	return lint.Compute(p, in{w, p.Targets}, func(i in) *Verdicts { return i.judge(p.Definitions) })
}

// judge judges them. Of a kind that the repository installs, its own definition counts, not the one that a person brought.
func (i in) judge(brought []map[string]any) *Verdicts {
	v := &Verdicts{Catalog: apis.Embedded(), Targets: targets(i.world, i.said), own: map[string][]string{}}
	definitions := slices.Clone(brought)
	for _, crd := range i.world.Kind("apiextensions.k8s.io", "CustomResourceDefinition") {
		definitions = append(definitions, crd.Fields)
		v.note(crd)
	}
	judge := conform.New(v.Catalog, v.Targets, definitions)
	for _, o := range i.world.Objects {
		if o.Owner != nil && misnamed(o.Owner.Object) {
			continue // Helm never gets as far as that
		}
		verdict := judge.Judge(o.Fields)
		if !verdict.Known {
			v.Unknown = append(v.Unknown, o)
			continue
		}
		v.Objects = append(v.Objects, Object{o, slices.DeleteFunc(verdict.Problems, func(p conform.Problem) bool {
			return extended(o, p) || misnamed(o) && slices.Contains(p.Path, any("releaseName"))
		})})
	}
	return v
}

// misnamed tells whether a release has a name that Helm does not take, which is a finding of its own.
func misnamed(o *world.Object) bool {
	if o == nil || !o.Is("helm.toolkit.fluxcd.io", "HelmRelease") {
		return false
	}
	name := o.Text("spec", "releaseName")
	return name != "" && !world.Guessed(name) && facts.ReleaseName(name) != ""
}

// extended tells of a kind that an Alert or Receiver names and Flux's own CRD does not have, but a patched one may: Flux
// Operator adds its kinds when it installs Flux, and other controllers ask for the same patch. Only a slip of a known kind is
// a mistake for sure.
func extended(o *world.Object, p conform.Problem) bool {
	return o.Group == "notification.toolkit.fluxcd.io" && p.Sort == conform.Invalid && p.Hint == "" && len(p.Path) > 0 && p.Path[len(p.Path)-1] == "kind"
}

func (v *Verdicts) note(crd *world.Object) {
	key := crd.Text("spec", "group") + " " + crd.Text("spec", "names", "kind")
	for i := range crd.List("spec", "versions") {
		if served, _ := crd.Value("spec", "versions", i, "served").(bool); served {
			v.own[key] = append(v.own[key], crd.Text("spec", "group")+"/"+crd.Text("spec", "versions", i, "name"))
		}
	}
}

// Own are the API versions of a kind that CustomResourceDefinitions of the repository serve; nil when it has none of it.
func (v *Verdicts) Own(group, kind string) []string { return v.own[group+" "+kind] }

// Served are the API versions of a kind that the cluster serves: by the repository's own definitions, else in the release
// that the cluster runs, or in any known release when it is not known which one that is.
func (v *Verdicts) Served(group, kind string) []string {
	out := slices.Clone(v.Own(group, kind))
	if out != nil {
		return out
	}
	for _, k := range v.Catalog.Versions(group, kind) {
		if v.serves(k) && !k.OffByDefault && !slices.Contains(out, k.APIVersion) {
			out = append(out, k.APIVersion)
		}
	}
	return out
}

// serves tells whether the cluster's release serves a kind. Of a release that is not in the catalog it is not known.
func (v *Verdicts) serves(k apis.Kind) bool {
	return slices.Contains(k.Releases, v.Targets[k.Product]) || v.Targets[k.Product] == "" || !v.Covers(k.Product)
}

// Covers tells whether the catalog has the release of a product that the cluster runs, or any when it is not known.
func (v *Verdicts) Covers(product string) bool {
	target := v.Targets[product]
	return target == "" || slices.Contains(v.Catalog.Releases(product), target)
}

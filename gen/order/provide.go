package order

import (
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// providers is who brings the kinds and namespaces of a world.
type providers struct {
	g *graph
	// kinds and namespaces are the nodes that bring them; groups those of charts and programs, which bring whole groups.
	kinds      map[string][]int
	namespaces map[string][]int
	groups     map[string][]int
	// checked are the nodes that are reached only when a CRD of the group is there.
	checked map[string][]int
	// scopes are those of the CRDs in the tree.
	scopes map[string]string
	// anything tells that something may make what the repository does not hold; anyKind that a chart that is not known
	// may bring CRDs.
	anything, anyKind bool
	// instance tells that Flux's operator runs: it made the Flux that reads its own FluxInstance.
	instance bool
	// open are the Kustomizations of which the repository does not tell what they bring.
	open []*world.Owner
}

// given are the namespaces of every cluster with Flux.
var given = []string{"default", "kube-system", "kube-public", "kube-node-lease", "flux-system"}

func newProviders(g *graph) *providers {
	p := &providers{
		g: g, kinds: map[string][]int{}, namespaces: map[string][]int{}, groups: map[string][]int{}, checked: map[string][]int{},
		scopes: map[string]string{},
	}
	for _, owner := range g.owners {
		p.owner(owner)
		for _, o := range owner.Applied {
			p.object(owner, o)
		}
	}
	for _, o := range g.world.Objects {
		p.instance = p.instance || o.Is(groupInstance, "FluxInstance")
		// A namespace that a release asks for is not among its chart's objects.
		if o.Is("", "Namespace") && !slices.Contains(o.Owner.Applied, o) {
			p.namespaces[o.Name] = append(p.namespaces[o.Name], g.index[o.Owner]+began)
		}
	}
	return p
}

func (p *providers) owner(owner *world.Owner) {
	at := p.g.index[owner]
	release := owner.Object != nil && owner.Object.Is(groupHelm, "HelmRelease")
	if !release {
		if owner.Opaque != "" && !owner.FluxItself {
			p.anything = true
			p.open = append(p.open, owner)
		}
		p.checks(owner)
		return
	}
	if owner.Opaque == "" {
		return
	}
	groups := facts.ChartGroups(owner.Chart)
	p.anyKind = p.anyKind || groups == nil
	if !switchedOn(owner) {
		return
	}
	for _, group := range groups {
		p.groups[group] = append(p.groups[group], at+applied)
	}
}

// checks notes the CRDs among the healthChecks of a Kustomization.
func (p *providers) checks(owner *world.Owner) {
	if owner.Object == nil {
		return
	}
	for i := range owner.Object.List("spec", "healthChecks") {
		name := owner.Object.Text("spec", "healthChecks", i, "name")
		if _, group, found := strings.Cut(name, "."); found && owner.Object.Text("spec", "healthChecks", i, "kind") == "CustomResourceDefinition" {
			p.checked[group] = append(p.checked[group], p.g.index[owner]+ready)
		}
	}
}

// switchedOn tells whether a release lets its chart bring its CRDs; also when that is not known.
func switchedOn(owner *world.Owner) bool {
	switches := facts.ChartSwitches(owner.Chart)
	if owner.Object.Fields["values"] != nil {
		return true // values beside spec are a finding of their own
	}
	for _, s := range switches {
		on, set := world.Value(owner.Values, s.Path...).(bool)
		if on || !set && (s.Default || owner.Guesses || world.Value(owner.Values, s.Path...) != nil) {
			return true
		}
	}
	return len(switches) == 0
}

func (p *providers) object(owner *world.Owner, o *world.Object) {
	at := p.g.index[owner]
	first := at + began
	release := owner.Object != nil && owner.Object.Is(groupHelm, "HelmRelease")
	if release && !strings.Contains(o.Place.File, "/crds/") {
		first = at + applied
	}
	switch {
	case o.Is("", "Namespace"):
		p.namespaces[o.Name] = append(p.namespaces[o.Name], first)
	case o.Is("apiextensions.k8s.io", "CustomResourceDefinition"):
		key := kindKey(o.Text("spec", "group"), o.Text("spec", "names", "kind"))
		p.kinds[key] = append(p.kinds[key], first)
		p.scopes[key] = o.Text("spec", "scope")
	case o.Is("apps", "Deployment"):
		for i := range o.List("spec", "template", "spec", "containers") {
			for _, group := range facts.ImageGroups(imageName(o.Text("spec", "template", "spec", "containers", i, "image"))) {
				p.groups[group] = append(p.groups[group], at+applied)
			}
		}
	}
}

// imageName is the last part of an image's name, without tag and digest.
func imageName(image string) string {
	image, _, _ = strings.Cut(image, "@")
	image = image[strings.LastIndexByte(image, '/')+1:]
	image, _, _ = strings.Cut(image, ":")
	return image
}

func kindKey(group, kind string) string { return group + "/" + kind }

// needs are what the objects of an owner need, in the order of its objects.
func (p *providers) needs(owner *world.Owner) []need {
	var out []need
	at := map[string]int{}
	add := func(key string, o *world.Object, n Need) {
		i, there := at[key]
		if !there {
			i = len(out)
			at[key] = i
			n.Owner = owner
			out = append(out, need{Need: &n})
		}
		out[i].Objects = append(out[i].Objects, o)
	}
	if owner.Namespace != "" {
		add(owner.Namespace, owner.Object, Need{Namespace: owner.Namespace})
	}
	for _, o := range owner.Applied {
		if strings.HasPrefix(o.Text("metadata", "annotations", "helm.sh/hook"), "post-") {
			continue // Helm makes it when the rest is there
		}
		if o.Namespace != "" && !world.ClusterScoped(o.Group, o.Kind) {
			add(o.Namespace, o, Need{Namespace: o.Namespace})
		}
		if !facts.Builtin(o.Group) && !facts.Flux(o.Group) && !facts.Removed(o.Group) {
			add(kindKey(o.Group, o.Kind), o, Need{Group: o.Group, Kind: o.Kind})
		}
	}
	for i := range out {
		p.answer(&out[i], owner)
	}
	return slices.DeleteFunc(out, func(n need) bool { return len(n.providers)+len(n.wanted) == 0 && !n.missing })
}

// answer finds who meets a need.
func (p *providers) answer(n *need, owner *world.Owner) {
	if n.Namespace != "" {
		if slices.Contains(given, n.Namespace) || world.Guessed(n.Namespace) {
			return
		}
		n.providers = p.others(p.namespaces[n.Namespace], owner)
		n.missing = len(p.namespaces[n.Namespace]) == 0 && !p.anything
		return
	}
	if facts.Network(n.Group) || n.Group == groupInstance && p.instance {
		return
	}
	if len(p.kinds[kindKey(n.Group, n.Kind)]) == 0 && p.mayCome(owner) {
		return
	}
	all := append(slices.Clone(p.kinds[kindKey(n.Group, n.Kind)]), p.groups[n.Group]...)
	n.providers = p.others(all, owner)
	if len(all) > 0 {
		return
	}
	if facts.K3s(n.Group) {
		n.wanted = p.checked[n.Group]
		return
	}
	n.missing = !p.anything && !p.anyKind && len(p.checked[n.Group]) == 0 && !world.Guessed(n.Kind)
}

// mayCome tells whether CRDs of charts may be there before the charts: a Kustomization whose objects are elsewhere brings them by
// its name, or it may, and the owner waits for it.
func (p *providers) mayCome(owner *world.Owner) bool {
	if len(p.open) == 0 {
		return false
	}
	before := map[string]bool{}
	p.dependencies(Top(owner).Object, before)
	return slices.ContainsFunc(p.open, func(o *world.Owner) bool {
		if o.Broken || o.OtherCluster || o.Object == nil {
			return false
		}
		return before[o.Object.ID()] || strings.Contains(o.Object.Name+o.Object.Text("spec", "path"), "crd")
	})
}

// dependencies gathers the Kustomizations that one depends on, directly or not, by their IDs.
func (p *providers) dependencies(o *world.Object, out map[string]bool) {
	if o == nil {
		return
	}
	for i := range o.List("spec", "dependsOn") {
		namespace := o.Text("spec", "dependsOn", i, "namespace")
		if namespace == "" {
			namespace = o.Namespace
		}
		next := p.g.world.Find(groupKustomize, "Kustomization", namespace, o.Text("spec", "dependsOn", i, "name"))
		if next != nil && !out[next.ID()] {
			out[next.ID()] = true
			p.dependencies(next, out)
		}
	}
}

// others gives the nodes that meet a need; none when the owner itself brings it first.
func (p *providers) others(nodes []int, owner *world.Owner) []int {
	if slices.Contains(nodes, p.g.index[owner]+began) {
		return nil
	}
	return nodes
}

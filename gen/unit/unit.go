// Package unit cuts a cloud into the parts that Flux applies one by one, and puts them in order. A unit is one Flux
// Kustomization: a folder of manifests, and the units that must be ready before it.
//
// Every edge costs time: a dependent waits until its dependency is ready at the same revision, at each commit. So there
// are only edges without which a cluster would not come up from nothing, and none that another one implies.
package unit

import (
	"cmp"
	"path"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// Kind says what a unit applies.
type Kind string

// The kinds of units.
const (
	HelmRepositories Kind = "helmrepositories"
	Service          Kind = "service"
	ServiceConfig    Kind = "service-config"
	ImageAutomation  Kind = "image-automation"
	ImageShard       Kind = "image-shard"
	App              Kind = "app"
)

// The names and folders of units that are not named after a service or an app, and the names of the two that the entry
// point itself consists of.
const (
	helmRepositoriesName = "helmrepositories"
	helmRepositoriesPath = "platform/helmrepositories"
	imageAutomationName  = "image-automation"
	imageAutomationPath  = "platform/flux-image-automation"
	entryName            = "flux-system"
	fluxName             = "flux"
)

// Unit is one Flux Kustomization.
type Unit struct {
	Kind Kind
	// Name is the name of the Kustomization in the namespace flux-system.
	Name string
	// Path is the folder that it applies, relative to the repository's root.
	Path string
	// DependsOn are the names of the units that must be ready first, sorted, without those that others imply.
	DependsOn []string
	// Service is set for Service and ServiceConfig.
	Service *model.Service
	// Objects are the manifests of Service and ServiceConfig by file name: together all of Service.Objects.
	Objects map[string][]model.Manifest
	// App is set for App.
	App *model.App
	// Apps are those whose ImageRepository and ImagePolicy ImageAutomation or ImageShard holds, sorted by name.
	Apps []*model.App
	// Secrets tells whether its manifests hold secret values, which Flux fills in or decrypts.
	Secrets bool
}

// HasChart tells whether the unit holds the HelmRelease of its service.
func (u *Unit) HasChart() bool { return u.Kind == Service && u.Service.Chart != nil }

// InInfrastructure tells whether the unit belongs to the layer that the rest of the platform stands on.
func (u *Unit) InInfrastructure() bool {
	return u.Service != nil && u.Service.Layer == "infrastructure"
}

// Files gives the names of the files that hold Objects, sorted.
func (u *Unit) Files() []string { return sortedKeys(u.Objects) }

// Units gives the units of the cloud: those of the platform by name, then the apps'. The findings say what keeps them
// from being put in order; with an error among them the units are not to be used.
func Units(in *model.Inputs) ([]Unit, diag.Findings) {
	c := newCutter(in)
	c.platform()
	c.automation()
	c.apps()
	c.checkNames()
	c.checkFiles()
	c.checkRepositories()
	c.order()
	return c.units, c.findings.Sorted()
}

// cutter builds the units of one cloud.
type cutter struct {
	in       *model.Inputs
	units    []Unit
	findings diag.Findings
	graph    graph

	// last is the unit after which a service is complete, first the one that brings its custom resources.
	first, last map[string]string
	// capabilities and groups give the service that brings each.
	capabilities, groups map[string]*model.Service
}

func newCutter(in *model.Inputs) *cutter {
	c := &cutter{
		in: in, graph: graph{},
		first: map[string]string{}, last: map[string]string{},
		capabilities: map[string]*model.Service{}, groups: map[string]*model.Service{},
	}
	for _, s := range sortedServices(in) {
		for _, capability := range s.Brings.Capabilities {
			if c.capabilities[capability] == nil {
				c.capabilities[capability] = s
			}
		}
		for _, group := range s.Brings.Groups {
			if c.groups[group] == nil {
				c.groups[group] = s
			}
		}
	}
	return c
}

func sortedServices(in *model.Inputs) []*model.Service {
	services := make([]*model.Service, 0, len(in.Cluster.Services))
	for i := range in.Cluster.Services {
		services = append(services, &in.Cluster.Services[i])
	}
	slices.SortFunc(services, func(a, b *model.Service) int { return cmp.Compare(a.Name, b.Name) })
	return services
}

func sortedApps(in *model.Inputs) []*model.App {
	apps := make([]*model.App, 0, len(in.Apps))
	for i := range in.Apps {
		apps = append(apps, &in.Apps[i])
	}
	slices.SortFunc(apps, func(a, b *model.App) int { return cmp.Compare(a.Name, b.Name) })
	return apps
}

func (c *cutter) platform() {
	services := sortedServices(c.in)
	if slices.ContainsFunc(services, func(s *model.Service) bool { return s.Chart != nil }) {
		c.units = append(c.units, Unit{Kind: HelmRepositories, Name: helmRepositoriesName, Path: helmRepositoriesPath})
	}
	for _, s := range services {
		c.service(s)
	}
	// Edges come after all units: services may need one another in any order.
	for i := range c.units {
		if c.units[i].Kind == Service {
			c.serviceEdges(c.units[i].Service)
		}
		for _, objects := range c.units[i].Objects {
			c.groupEdges(c.units[i].Name, c.units[i].Service, objects)
		}
	}
}

// service cuts one service into its unit and, where it has custom resources whose kinds come with the service itself,
// a second one: Flux tries a whole unit out before it applies any of it, and a kind that is not there yet fails that.
func (c *cutter) service(s *model.Service) {
	own, other := splitObjects(s)
	if s.Chart == nil && len(other) == 0 {
		// Nothing would come before the second unit.
		own, other = nil, s.Objects
	}
	if s.Chart == nil && len(other) == 0 {
		c.findings = append(c.findings, diag.Errorf("empty-service", position(s.At),
			"service %q has neither a chart nor objects", s.Name).
			WithHint("give it a chart or objects, or remove it"))
		return
	}
	folder := path.Join(s.Layer, s.Group, s.Name)
	c.units = append(c.units, Unit{
		Kind: Service, Name: s.Name, Path: folder, Service: s, Objects: other,
		Secrets: mentionsAny(s, other) || s.Chart != nil && mentions(s, s.Values),
	})
	c.first[s.Name], c.last[s.Name] = s.Name, s.Name
	if len(own) == 0 {
		return
	}
	name := s.Name + "-config"
	c.units = append(c.units, Unit{
		Kind: ServiceConfig, Name: name, Path: path.Join(folder, "config"), Service: s, Objects: own,
		Secrets: mentionsAny(s, own),
	})
	c.last[s.Name] = name
	c.graph.add(name, s.Name)
}

// splitObjects parts the objects whose API group the service brings itself from the others, keeping file names.
func splitObjects(s *model.Service) (own, other map[string][]model.Manifest) {
	own, other = map[string][]model.Manifest{}, map[string][]model.Manifest{}
	for file, objects := range s.Objects {
		for _, o := range objects {
			to := other
			if slices.Contains(s.Brings.Groups, group(o)) {
				to = own
			}
			to[file] = append(to[file], o)
		}
	}
	return own, other
}

func (c *cutter) serviceEdges(s *model.Service) {
	if s.Chart != nil {
		c.graph.add(s.Name, helmRepositoriesName)
	}
	for _, need := range s.Needs {
		if unit, ok := c.provider(need); ok {
			c.graph.add(s.Name, unit)
			continue
		}
		c.findings = append(c.findings, c.missing(position(s.At, "needs"), "service", s.Name, need))
	}
}

// groupEdges orders unit after the services whose custom resources it uses. The first unit of such a service brings
// the kinds and what serves them.
func (c *cutter) groupEdges(unit string, self *model.Service, objects []model.Manifest) {
	for _, o := range objects {
		if by := c.groups[group(o)]; by != nil && by != self && c.first[by.Name] != "" {
			c.graph.add(unit, c.first[by.Name])
		}
	}
}

// provider gives the unit after which need, a capability or the name of a service, is there.
func (c *cutter) provider(need string) (string, bool) {
	if s := c.capabilities[need]; s != nil && c.last[s.Name] != "" {
		return c.last[s.Name], true
	}
	unit, ok := c.last[need]
	return unit, ok
}

func (c *cutter) apps() {
	for _, a := range sortedApps(c.in) {
		c.units = append(c.units, Unit{
			Kind: App, Name: a.Name, Path: path.Join("applications", a.Name), App: a, Secrets: len(a.Secrets) > 0,
		})
		for _, need := range a.Capabilities() {
			if unit, ok := c.provider(need); ok {
				// Certificates come when they come: an app runs before, and a broken cert-manager must not hold up a
				// deployment. It waits only when it says so itself.
				if need != model.CapabilityCertificates || slices.Contains(a.Needs, need) {
					c.graph.add(a.Name, unit)
				}
				continue
			}
			c.findings = append(c.findings, c.missing(position(a.At, fieldOf(a, need)), "app", a.Name, need))
		}
		c.groupEdges(a.Name, nil, a.Objects)
	}
}

// order fills in DependsOn.
func (c *cutter) order() {
	names := make([]string, 0, len(c.units))
	for i := range c.units {
		if c.units[i].Kind != App {
			names = append(names, c.units[i].Name)
		}
	}
	if cycles := c.graph.cycles(names); len(cycles) > 0 {
		for _, cycle := range cycles {
			c.findings = append(c.findings, c.cycle(cycle))
		}
		return
	}
	reduced := c.graph.reduce(names)
	for i := range c.units {
		c.units[i].DependsOn = reduced.of(c.units[i].Name)
	}
	c.checkDepth(reduced)
}

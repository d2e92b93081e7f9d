package unit

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// appDepth is the longest chain of units that an app should wait for: each link costs at least one reconciliation at
// every commit.
const appDepth = 4

// catalog names the services of schema/catalog by the capabilities that they bring.
var catalog = map[string]string{
	model.CapabilityIngress:      "traefik",
	model.CapabilityCertificates: "cert-manager",
	model.CapabilityStorage:      "longhorn",
	model.CapabilityDatabase:     "postgresql",
	model.CapabilityTraces:       "alloy",
}

// position asks a Locator that may be absent, as in inputs that were made by a program.
func position(at model.Locator, below ...string) diag.Position {
	if at == nil {
		return diag.Position{}
	}
	return at.Position(below...)
}

// fieldOf gives the field of the app that makes it need a capability.
func fieldOf(a *model.App, capability string) string {
	switch capability {
	case model.CapabilityIngress, model.CapabilityCertificates:
		switch {
		case a.Host != "":
			return "host"
		case len(a.Hosts) > 0:
			return "hosts"
		}
	case model.CapabilityStorage:
		if a.Storage != nil {
			return "storage"
		}
	case model.CapabilityDatabase:
		if a.Database != nil {
			return "database"
		}
	case model.CapabilityTraces:
		if a.Traces {
			return "traces"
		}
	}
	return "needs"
}

func (c *cutter) missing(at diag.Position, kind, name, need string) diag.Finding {
	f := diag.Errorf("missing-capability", at, "%s %q needs %q, which no service of cluster %q brings",
		kind, name, need, c.in.Cluster.Name)
	if service, ok := catalog[need]; ok {
		return f.WithHint("turn on the service %q: add services: %q: {} to %s", service, service, c.in.Cluster.Source)
	}
	known := append(slices.Collect(maps.Keys(c.capabilities)), slices.Collect(maps.Keys(c.last))...)
	slices.Sort(known)
	if len(known) == 0 {
		return f.WithHint("write a service that brings it; the cluster has none")
	}
	return f.WithHint("name a capability or service that the cluster has (%s), or write a service that brings it",
		strings.Join(slices.Compact(known), ", "))
}

func (c *cutter) cycle(chain []string) diag.Finding {
	s := c.serviceOf(chain[0])
	f := diag.Errorf("dependency-cycle", position(s.At, "needs"), "services wait for each other: %s",
		strings.Join(chain, " -> ")).
		WithHint("take one of the links out of \"needs\", or move the object that causes it to another service")
	for _, unit := range chain[1 : len(chain)-1] {
		other := c.serviceOf(unit)
		f = f.WithRelated(position(other.At, "needs"), "%q is part of the chain", unit)
	}
	return f
}

// serviceOf gives the service of a unit that is known to have one: only those can be part of a cycle.
func (c *cutter) serviceOf(unit string) *model.Service {
	i := slices.IndexFunc(c.units, func(u Unit) bool { return u.Name == unit && u.Service != nil })
	return c.units[i].Service
}

// checkDepth warns once for each unit that apps wait for and that is itself too far from the start.
func (c *cutter) checkDepth(e edges) {
	warned := map[string]bool{}
	for i := range c.units {
		if c.units[i].Kind != App {
			continue
		}
		for _, to := range c.units[i].DependsOn {
			if e.depth[to]+1 <= appDepth || warned[to] {
				continue
			}
			warned[to] = true
			f := diag.Errorf("deep-dependency", position(c.serviceOf(to).At, "needs"),
				"apps that need %q wait for %d units one after another at each commit: %s",
				to, e.depth[to]+1, strings.Join(e.longest(to), " -> ")).
				WithHint("take links out of \"needs\"; at most %d keep deployments quick", appDepth)
			f.Severity = diag.Warning
			c.findings = append(c.findings, f)
		}
	}
}

// checkNames finds two owners of one Kustomization or one folder.
func (c *cutter) checkNames() {
	seen := map[string]*Unit{}
	for i := range c.units {
		u := &c.units[i]
		at, who := u.owner()
		if who == "" {
			continue
		}
		if reserved(u) {
			c.findings = append(c.findings, diag.Errorf("reserved-name", at,
				"%s has a name that lvsgen needs for a part of Flux", who).WithHint("choose another name"))
			continue
		}
		if first := seen[u.Name]; first != nil {
			other, otherWho := first.owner()
			c.findings = append(c.findings, diag.Errorf("duplicate-unit", at,
				"%s and %s would both be the Flux Kustomization %q", otherWho, who, u.Name).
				WithHint("rename one of them").WithRelated(other, "the other one"))
			continue
		}
		seen[u.Name] = u
	}
}

// reserved tells whether the name of a service or an app would claim a unit, or a file of a unit, of lvsgen's own.
func reserved(u *Unit) bool {
	switch u.Name {
	case entryName, fluxName, helmRepositoriesName, imageAutomationName:
		return true
	case path.Base(imageAutomationPath):
		return u.Service != nil
	case "imageupdateautomation", "kustomization", "registry-credentials": // files beside <app>.yaml
		return u.App != nil
	}
	return strings.HasPrefix(u.Name, imageAutomationName+"-")
}

// checkFiles finds objects that would be written over a file of the unit's own.
func (c *cutter) checkFiles() {
	for i := range c.units {
		u := &c.units[i]
		for _, file := range u.Files() {
			if file != "kustomization.yaml" && (file != "helmrelease.yaml" || !u.HasChart()) {
				continue
			}
			c.findings = append(c.findings, diag.Errorf("reserved-name", position(u.Service.At, "objects", file),
				"objects of service %q are in %q, a file that lvsgen writes itself", u.Service.Name, file).
				WithHint("choose another file name"))
		}
	}
}

// owner gives the place and a description of what a person named the unit after, or nothing.
func (u *Unit) owner() (diag.Position, string) {
	switch {
	case u.App != nil:
		return position(u.App.At), "app " + quote(u.App.Name)
	case u.Kind == ServiceConfig:
		return position(u.Service.At), "the objects of service " + quote(u.Service.Name)
	case u.Service != nil:
		return position(u.Service.At), "service " + quote(u.Service.Name)
	}
	return diag.Position{}, ""
}

func quote(s string) string { return `"` + s + `"` }

// checkRepositories finds a chart repository whose name stands for two URLs.
func (c *cutter) checkRepositories() {
	seen := map[string]*model.Service{}
	for _, s := range sortedServices(c.in) {
		if s.Chart == nil {
			continue
		}
		repository := s.Chart.Repository
		if repository.Name == "kustomization" {
			c.findings = append(c.findings, diag.Errorf("reserved-name",
				position(s.At, "chart", "repository", "name"), "chart repository %q has the name of a file that lvsgen writes itself",
				repository.Name).WithHint("choose another name"))
		}
		first := seen[repository.Name]
		if first == nil {
			seen[repository.Name] = s
			continue
		}
		if url := first.Chart.Repository.URL; url != repository.URL {
			c.findings = append(c.findings, diag.Errorf("duplicate-repository",
				position(s.At, "chart", "repository", "url"),
				"chart repository %q has the URL %q here and %q for service %q", repository.Name, repository.URL, url, first.Name).
				WithHint("give one of the two repositories another name").
				WithRelated(position(first.At, "chart", "repository", "url"), "the other URL"))
		}
	}
}

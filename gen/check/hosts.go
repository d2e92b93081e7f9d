package check

import (
	"fmt"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// platformHost is a host that no app may have.
type platformHost struct {
	// whose it is, as in "the registry's", and what, as in "the registry".
	whose, what string
	at          diag.Position
}

// hosts finds two owners of one host, or of one host and path: Traefik would serve one of them, without a word.
func (c *checker) hosts() {
	taken := c.platformHosts()
	claims := map[string]appClaim{}
	for i := range c.in.Apps {
		a := &c.in.Apps[i]
		for _, host := range a.AllHosts() {
			at := a.At.Position("hosts")
			if host == a.Host {
				at = a.At.Position("host")
			}
			if owner, ok := taken[host]; ok {
				f := c.errorf(ruleHost, at, "host %q of app %q is %s", host, a.Name, owner.whose)
				related(f, owner.at, owner.what)
				hint(f, "give the app a host of its own, or give %s another one", owner.what)
				continue
			}
			c.appHost(claims, a, host, at)
		}
	}
}

// registryService is the catalog's service that serves the registry's host.
const registryService = "registry"

// platformHosts are the hosts of the registry and of the services. Two services with one host are a finding.
func (c *checker) platformHosts() map[string]platformHost {
	taken := map[string]platformHost{
		c.in.Cloud.Registry.Host: {"the registry's", "the registry", c.in.Cloud.At.Position("registry", "host")},
	}
	for i := range c.in.Cluster.Services {
		s := &c.in.Cluster.Services[i]
		for _, host := range s.Hosts {
			at := s.At.Position("hosts")
			if s.Name == registryService && host == c.in.Cloud.Registry.Host {
				continue
			}
			if owner, ok := taken[host]; ok {
				f := c.errorf(ruleHost, at, "host %q of service %q is %s", host, s.Name, owner.whose)
				related(f, owner.at, owner.what)
				hint(f, "give one of them another host")
				continue
			}
			taken[host] = platformHost{fmt.Sprintf("that of service %q", s.Name), fmt.Sprintf("service %q", s.Name), at}
		}
	}
	return taken
}

// appClaim is an app that has a host and path.
type appClaim struct {
	app string
	at  diag.Position
}

// appHost claims a host with the paths of an app.
func (c *checker) appHost(claims map[string]appClaim, a *model.App, host string, at diag.Position) {
	for _, path := range a.Paths {
		first, claimed := claims[host+path]
		switch {
		case !claimed:
			claims[host+path] = appClaim{a.Name, at}
		case first.app != a.Name:
			f := c.errorf(ruleHost, at, "host %q is claimed by two apps, %q and %q%s", host, first.app, a.Name, pathNote(path))
			related(f, first.at, "app "+first.app)
			hint(f, "give one of them another host, or different paths (paths: [\"/api\"])")
		}
	}
}

func pathNote(path string) string {
	if path == "/" {
		return ""
	}
	return ", both at path " + strings.TrimSpace(path)
}

// zone checks that the zone of the DNS records holds the platform's own hosts.
func (c *checker) zone() {
	cloud := &c.in.Cloud
	if cloud.DNS.Zone != cloud.Domain && !strings.HasSuffix(cloud.Domain, "."+cloud.DNS.Zone) {
		hint(c.errorf(ruleHost, cloud.At.Position("dns", "zone"), "domain %q is not in zone %q", cloud.Domain, cloud.DNS.Zone),
			"write the zone at Hetzner that the domain is in, or leave it out when it is the domain itself")
	}
}

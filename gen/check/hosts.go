package check

import (
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// hosts finds two apps that want the same host and path: Traefik would serve one of them, without a word.
func (c *checker) hosts() {
	type claim struct {
		app string
		at  diag.Position
	}
	claims := map[string]claim{}
	for i := range c.in.Apps {
		a := &c.in.Apps[i]
		for _, host := range a.AllHosts() {
			for _, path := range a.Paths {
				at := a.At.Position("hosts")
				if host == a.Host {
					at = a.At.Position("host")
				}
				key := host + path
				first, taken := claims[key]
				switch {
				case host == c.in.Cloud.Registry.Host:
					f := c.errorf(ruleHost, at, "host %q of app %q is the registry's", host, a.Name)
					related(f, c.in.Cloud.At.Position("registry", "host"), "the registry")
					hint(f, "give the app a host of its own")
				case !taken:
					claims[key] = claim{a.Name, at}
				case first.app != a.Name:
					f := c.errorf(ruleHost, at, "host %q is claimed by two apps, %q and %q%s", host, first.app, a.Name, pathNote(path))
					related(f, first.at, "app "+first.app)
					hint(f, "give one of them another host, or different paths (paths: [\"/api\"])")
				}
			}
		}
	}
}

func pathNote(path string) string {
	if path == "/" {
		return ""
	}
	return ", both at path " + strings.TrimSpace(path)
}

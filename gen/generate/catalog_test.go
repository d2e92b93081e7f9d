package generate_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/capacity"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// catalogFiles are the files of the catalog that hold a service, by the service's name.
func catalogFiles(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "schema/catalog/*.cue"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		service := strings.TrimSuffix(filepath.Base(name), ".cue")
		if regexp.MustCompile(`(?m)^\t"?` + service + `"?\?: \{`).Match(text) {
			files[service] = string(text)
		}
	}
	if len(files) < 15 {
		t.Fatalf("only %d services in the catalog", len(files))
	}
	return files
}

// catalogServices calls judge with each service of the catalog in each cloud, and fails when one is in none of them.
func catalogServices(t *testing.T, judge func(cloud string, s *model.Service, w capacity.Workload)) {
	t.Helper()
	missing := catalogFiles(t)
	names := slices.Sorted(maps.Keys(missing))
	for _, dir := range clouds(t) {
		in, findings := generate.Inputs(os.DirFS(dir), load.Options{})
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		lines := capacity.Of(in).Workloads
		for i := range in.Cluster.Services {
			s := &in.Cluster.Services[i]
			if !slices.Contains(names, s.Name) {
				continue
			}
			delete(missing, s.Name)
			at := slices.IndexFunc(lines, func(w capacity.Workload) bool { return w.Kind == capacity.Service && w.Name == s.Name })
			judge(name(dir), s, lines[at])
		}
	}
	for service := range missing {
		t.Errorf("service %q is in no cloud: nothing judges it", service)
	}
}

// runs tells whether a service starts pods of its own.
func runs(s *model.Service) bool {
	for _, list := range s.Objects {
		for _, o := range list {
			if slices.Contains([]any{"Deployment", "StatefulSet", "DaemonSet"}, o["kind"]) {
				return true
			}
		}
	}
	return s.Chart != nil
}

// TestCatalogUses: what runs says what it is expected to use, each part by its source.
func TestCatalogUses(t *testing.T) {
	catalogServices(t, func(cloud string, s *model.Service, w capacity.Workload) {
		if runs(s) && len(s.Uses) == 0 {
			t.Errorf("%s: service %q does not say what it uses", cloud, s.Name)
		}
		for _, u := range s.Uses {
			if u.What == "" || u.Memory == "" || len(u.Source) < 10 || u.Confidence == "" {
				t.Errorf("%s: service %q: %+v", cloud, s.Name, u)
			}
		}
		if runs(s) && (w.Expected.Memory == 0 || w.Expected.CPU == 0) {
			t.Errorf("%s: service %q is expected to use %+v", cloud, s.Name, w.Expected)
		}
	})
}

// unlimited are the containers without a memory limit that can be seen, and why.
var unlimited = map[string]int64{
	// Longhorn's instance manager serves all volumes: killed, it would take them away from every pod. Longhorn sets its
	// request alone.
	"longhorn": 1,
	// k3s's own, without any resources.
	"local-path": 1,
}

// TestCatalogResources: what runs has requests and a memory limit, in objects each container, in charts at least what the
// values set.
func TestCatalogResources(t *testing.T) {
	containers := 0
	catalogServices(t, func(cloud string, s *model.Service, w capacity.Workload) {
		if runs(s) && (w.Requests.CPU == 0 || w.Requests.Memory == 0 || w.Limit == 0) {
			t.Errorf("%s: service %q requests %+v with a limit of %d", cloud, s.Name, w.Requests, w.Limit)
		}
		if w.Unlimited != unlimited[s.Name] {
			t.Errorf("%s: %d containers of service %q have no memory limit", cloud, w.Unlimited, s.Name)
		}
		for file, list := range s.Objects {
			for _, o := range list {
				eachContainer(map[string]any(o), func(c map[string]any) {
					containers++
					for _, path := range [][]string{{"requests", "cpu"}, {"requests", "memory"}, {"limits", "memory"}} {
						resources, _ := c["resources"].(map[string]any)
						part, _ := resources[path[0]].(map[string]any)
						if part[path[1]] == nil {
							t.Errorf("%s: %s: container %v of service %q has no %s", cloud, file, c["name"], s.Name, strings.Join(path, "."))
						}
					}
				})
			}
		}
	})
	if containers < 10 {
		t.Errorf("only %d containers were seen", containers)
	}
}

// eachContainer calls f with all containers and init containers below v.
func eachContainer(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			eachContainer(item, f)
		}
	case map[string]any:
		for key, value := range v {
			list, ok := value.([]any)
			if ok && (key == "containers" || key == "initContainers") {
				for _, item := range list {
					if c, ok := item.(map[string]any); ok {
						f(c)
					}
				}
			}
			eachContainer(value, f)
		}
	}
}

// unguarded are the services without a NetworkPolicy in their objects, and why.
var unguarded = map[string]string{
	"cert-manager": "the API server calls its webhook from the node, whose address no policy can name",
	"postgresql":   "with Bitnami's engine its chart brings one",
	"barman-cloud": "the operator calls it with a certificate of both sides",
}

// TestCatalogNetworkPolicies: what runs says who may call it, or is known to leave that to something else.
func TestCatalogNetworkPolicies(t *testing.T) {
	guarded := 0
	catalogServices(t, func(cloud string, s *model.Service, _ capacity.Workload) {
		found := false
		for _, list := range s.Objects {
			found = found || slices.ContainsFunc(list, func(o model.Manifest) bool { return o["kind"] == "NetworkPolicy" })
		}
		if found {
			guarded++
		} else if runs(s) && unguarded[s.Name] == "" {
			t.Errorf("%s: service %q has no NetworkPolicy", cloud, s.Name)
		}
	})
	if guarded < 10 {
		t.Errorf("only %d services with a NetworkPolicy", guarded)
	}
}

// routeHost is the host in the match of one of Traefik's routes.
var routeHost = regexp.MustCompile("Host(?:SNI)?\\(`([^`]+)`\\)")

// TestCatalogHosts: the hosts that a service declares are those of its Ingresses and Traefik's routes, so that none is
// forgotten.
func TestCatalogHosts(t *testing.T) {
	seen := 0
	catalogServices(t, func(cloud string, s *model.Service, _ capacity.Workload) {
		var hosts []string
		add := func(host any) {
			if text, ok := host.(string); ok && !slices.Contains(hosts, text) {
				hosts = append(hosts, text)
			}
		}
		if ingress, ok := s.Values["ingress"].(map[string]any); ok {
			list, _ := ingress["hosts"].([]any)
			for _, h := range list {
				add(h)
			}
		}
		for _, list := range s.Objects {
			for _, o := range list {
				spec, _ := o["spec"].(map[string]any)
				rules, _ := spec["rules"].([]any)
				for _, r := range rules {
					if rule, ok := r.(map[string]any); ok && o["kind"] == "Ingress" {
						add(rule["host"])
					}
				}
				routes, _ := spec["routes"].([]any)
				for _, r := range routes {
					match, _ := r.(map[string]any)["match"].(string)
					if m := routeHost.FindStringSubmatch(match); m != nil {
						add(m[1])
					}
				}
			}
		}
		slices.Sort(hosts)
		seen += len(hosts)
		if !slices.Equal(hosts, slices.Sorted(slices.Values(s.Hosts))) {
			t.Errorf("%s: service %q declares the hosts %q, its Ingresses and routes have %q", cloud, s.Name, s.Hosts, hosts)
		}
	})
	if seen < 4 {
		t.Errorf("only %d hosts were seen", seen)
	}
}

// pinned is a line of the catalog that holds the version of a chart or an image.
var pinned = regexp.MustCompile(`^\s*(#?version|#?image|imageName|client|tag|image):\s+.*"[^"(]*[0-9]+\.[0-9]+[^"]*"`)

// TestCatalogRenovate: each pinned version has the annotation by which Renovate finds it. Bitnami's images are frozen.
func TestCatalogRenovate(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(root, "schema/catalog/*.cue"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		chart := ""
		for i, line := range lines {
			if m := regexp.MustCompile(`^\s*name:\s+"([a-z0-9-]+)"`).FindStringSubmatch(line); m != nil {
				chart = m[1]
			}
			frozen := strings.Contains(line, "bitnamilegacy/") || chart == "postgresql" && strings.Contains(line, "16.7.27")
			if !pinned.MatchString(line) || frozen || filepath.Base(name) == "service.cue" {
				continue
			}
			found++
			if !strings.Contains(lines[i-1], "// renovate: datasource=") {
				t.Errorf("%s:%d has no annotation for Renovate: %s", filepath.Base(name), i+1, strings.TrimSpace(line))
			}
		}
	}
	if found < 14 {
		t.Errorf("only %d pinned versions were seen", found)
	}
}

package unit_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

// service makes a service that is one object and needs and brings what is named.
func service(name, needs, brings string) model.Service {
	return cloudtest.Service(name, func(s *model.Service) {
		s.Needs = strings.Fields(needs)
		s.Brings.Capabilities = strings.Fields(brings)
		s.Objects = map[string][]model.Manifest{"config.yaml": {cloudtest.Manifest("v1", "ConfigMap", name, name, nil)}}
	})
}

// app makes an app of a pinned image, so that no image automation stands in the way.
func app(name, needs string) model.App {
	return cloudtest.App(name, func(a *model.App) {
		a.Needs = strings.Fields(needs)
		a.Image.Pin = true
	})
}

// order gives "name: dependency dependency" per unit.
func order(units []unit.Unit) []string {
	var out []string
	for _, u := range units {
		out = append(out, strings.TrimSpace(u.Name+": "+strings.Join(u.DependsOn, " ")))
	}
	return out
}

func TestOrder(t *testing.T) {
	chart := cloudtest.Chart("x", "1.0.0", "x", "https://example.net")
	tests := []struct {
		name string
		in   *model.Inputs
		want []string
	}{
		{
			"diamond",
			cloudtest.Inputs([]model.Service{
				service("base", "", "x"), service("left", "x", "l"), service("right", "x", "r"), service("top", "l r", ""),
			}, nil),
			[]string{"base:", "left: base", "right: base", "top: left right"},
		},
		{
			"an edge that a chain implies is left out",
			cloudtest.Inputs(
				[]model.Service{service("a", "", "x"), service("b", "x", "y"), service("c", "x y a", "z")},
				[]model.App{app("shop", "x y z")},
			),
			[]string{"a:", "b: a", "c: b", "shop: c"},
		},
		{
			"needs name services too",
			cloudtest.Inputs([]model.Service{service("a", "", ""), service("b", "a", "")}, []model.App{app("shop", "b")}),
			[]string{"a:", "b: a", "shop: b"},
		},
		{
			"a service whose objects are of its own kinds is ready after its second unit",
			cloudtest.Inputs([]model.Service{
				cloudtest.Service("certs", func(s *model.Service) {
					s.Chart = chart
					s.Brings.Capabilities, s.Brings.Groups = []string{"certificates"}, []string{"certs.io"}
					s.Objects = map[string][]model.Manifest{"issuer.yaml": {cloudtest.Manifest("certs.io/v1", "Issuer", "", "x", nil)}}
				}),
				cloudtest.Service("user", func(s *model.Service) {
					s.Objects = map[string][]model.Manifest{"cert.yaml": {cloudtest.Manifest("certs.io/v1", "Certificate", "user", "x", nil)}}
				}),
				service("later", "certificates", ""),
			}, nil),
			[]string{
				"helmrepositories:", "certs: helmrepositories", "certs-config: certs", "later: certs-config", "user: certs",
			},
		},
		{
			"an app's own objects come after what brings their kinds",
			cloudtest.Inputs([]model.Service{cloudtest.Service("gateway", func(s *model.Service) {
				s.Chart, s.Brings.Groups = chart, []string{"traefik.io"}
			})}, []model.App{cloudtest.App("shop", func(a *model.App) {
				a.Image.Pin = true
				a.Objects = []model.Manifest{cloudtest.Manifest("traefik.io/v1alpha1", "Middleware", "shop", "x", nil)}
			})}),
			[]string{"helmrepositories:", "gateway: helmrepositories", "shop: gateway"},
		},
		{
			"without anything before it, an object of an own kind needs no second unit",
			cloudtest.Inputs([]model.Service{cloudtest.Service("crd", func(s *model.Service) {
				s.Brings.Groups = []string{"x.io"}
				s.Objects = map[string][]model.Manifest{"x.yaml": {cloudtest.Manifest("x.io/v1", "X", "", "x", nil)}}
			})}, nil),
			[]string{"crd:"},
		},
		{
			"the small cloud",
			cloudtest.Small(),
			[]string{
				"helmrepositories:", "certificates: helmrepositories", "certificates-config: certificates", "database: storage",
				"gateway:", "storage: helmrepositories", "image-automation:", "batch:", "legacy:",
				"shop: database gateway", // and not certificates-config: an app with a host runs before its certificate
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			units, findings := unit.Units(test.in)
			if len(findings) > 0 {
				t.Fatal(findings)
			}
			if got := order(units); !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			again, _ := unit.Units(cloudtest.Reversed(test.in))
			if !slices.Equal(order(again), test.want) {
				t.Errorf("in another order of the inputs: %q", order(again))
			}
		})
	}
}

func TestFindings(t *testing.T) {
	host := func(a *model.App) { a.Host, a.Port = "shop.example.org", 8080 }
	repository := func(name, url string) model.Service {
		return cloudtest.Service(name, func(s *model.Service) { s.Chart = cloudtest.Chart(name, "1.0.0", "shared", url) })
	}
	file := func(name string) model.Service {
		return cloudtest.Service("x", func(s *model.Service) {
			s.Objects = map[string][]model.Manifest{name: {cloudtest.Manifest("v1", "ConfigMap", "x", "x", nil)}}
		})
	}
	tests := []struct {
		name     string
		services []model.Service
		apps     []model.App
		// want are "position: message (hint)", of which each must be contained, in order.
		want []string
	}{
		{
			"a capability that a service of the catalog brings", nil,
			[]model.App{cloudtest.App("shop", host)},
			[]string{
				`applications/shop/app.cue#host: app "shop" needs "certificates", which no service of cluster "prod" brings (turn on the service "cert-manager"`,
				`applications/shop/app.cue#host: app "shop" needs "ingress", which no service of cluster "prod" brings (turn on the service "traefik"`,
			},
		},
		{
			"the field that needs it is named", nil,
			[]model.App{cloudtest.App("shop", func(a *model.App) { a.Storage = &model.Storage{} })},
			[]string{`applications/shop/app.cue#storage: app "shop" needs "storage"`},
		},
		{
			"a capability that nobody knows",
			[]model.Service{service("a", "queue", "x")},
			[]model.App{app("shop", "mail")},
			[]string{
				`applications/shop/app.cue#needs: app "shop" needs "mail", which no service of cluster "prod" brings (name a capability or service that the cluster has (a, x)`,
				`services/a#needs: service "a" needs "queue"`,
			},
		},
		{
			"a cycle",
			[]model.Service{service("c", "b", ""), service("a", "c", ""), service("b", "a", "")},
			nil,
			[]string{`services/a#needs: services wait for each other: a -> c -> b -> a`},
		},
		{
			"a service that needs itself",
			[]model.Service{service("a", "x", "x")},
			nil,
			[]string{`services/a#needs: services wait for each other: a -> a`},
		},
		{
			"two cycles",
			[]model.Service{service("a", "b", ""), service("b", "a", ""), service("c", "d", ""), service("d", "c", "")},
			nil,
			[]string{"a -> b -> a", "c -> d -> c"},
		},
		{
			"a service of nothing",
			[]model.Service{cloudtest.Service("a", nil)},
			nil,
			[]string{`services/a: service "a" has neither a chart nor objects`},
		},
		{
			"one name for two units",
			[]model.Service{service("shop", "", "")},
			[]model.App{app("shop", "")},
			[]string{`applications/shop/app.cue: service "shop" and app "shop" would both be the Flux Kustomization "shop"`},
		},
		{
			"a name of Flux's own", nil,
			[]model.App{app("flux-system", ""), app("image-automation-0a", ""), app("kustomization", "")},
			[]string{"flux-system", "image-automation-0a", "kustomization"},
		},
		{
			"a file of lvsgen's own",
			[]model.Service{file("kustomization.yaml")},
			nil,
			[]string{`services/x#objects#kustomization.yaml: objects of service "x" are in "kustomization.yaml"`},
		},
		{"without a chart the name is free", []model.Service{file("helmrelease.yaml")}, nil, nil},
		{
			"two URLs of one repository",
			[]model.Service{repository("a", "https://a.example.net"), repository("b", "https://b.example.net")},
			nil,
			[]string{`services/b#chart#repository#url: chart repository "shared" has the URL "https://b.example.net" here and "https://a.example.net" for service "a"`},
		},
		{"one URL of one repository", []model.Service{repository("a", "https://a.example.net"), repository("b", "https://a.example.net")}, nil, nil},
		{
			"a long chain",
			[]model.Service{
				service("a", "", ""), service("b", "a", ""), service("c", "b", ""), service("d", "c", ""), service("e", "d", ""),
			},
			[]model.App{app("shop", "e"), app("shop2", "e"), app("short", "d")},
			[]string{`services/e#needs: apps that need "e" wait for 5 units one after another at each commit: e -> d -> c -> b -> a`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, findings := unit.Units(cloudtest.Inputs(test.services, test.apps))
			if len(findings) != len(test.want) {
				t.Fatalf("got %d findings, want %d:\n%s", len(findings), len(test.want), findings.Error())
			}
			for i, f := range findings {
				got := fmt.Sprintf("%s: %s (%s)", f.Position, f.Message, f.Hint)
				if !strings.Contains(got, test.want[i]) {
					t.Errorf("got  %s\nwant %s", got, test.want[i])
				}
				if f.Hint == "" || f.Rule == "" {
					t.Errorf("%s has no hint or no rule", got)
				}
			}
			_, again := unit.Units(cloudtest.Reversed(cloudtest.Inputs(test.services, test.apps)))
			if !reflect.DeepEqual(findings, again) {
				t.Errorf("in another order of the inputs: %v", again)
			}
		})
	}
}

func TestDeepChainIsAWarning(t *testing.T) {
	services := []model.Service{service("a", "", "")}
	for _, name := range []string{"b", "c", "d", "e"} {
		services = append(services, service(name, services[len(services)-1].Name, ""))
	}
	units, findings := unit.Units(cloudtest.Inputs(services, []model.App{app("shop", "e")}))
	if findings.Count(diag.Warning) != 1 || findings.Count(diag.Error) != 0 {
		t.Fatal(findings)
	}
	if got := units[len(units)-1].DependsOn; !slices.Equal(got, []string{"e"}) {
		t.Errorf("got %q", got)
	}
}

// TestSecrets checks that only units that hold a secret value are filled in by Flux.
func TestSecrets(t *testing.T) {
	units, _ := unit.Units(cloudtest.Small())
	var got []string
	for _, u := range units {
		if u.Secrets {
			got = append(got, u.Name)
		}
	}
	if want := []string{"database", "image-automation", "shop"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	s := &model.Service{Secrets: map[string]model.ServiceSecret{"key": {}}}
	for text, want := range map[string]bool{
		"${key}": true, "a ${key:=b}": true, "$${key}": false, "${keys}": false, "$key": false, "${other} ${key}": true,
	} {
		if got := unit.Mentions(s, map[string]any{"a": []any{text}}); got != want {
			t.Errorf("Mentions(%q) = %t", text, got)
		}
	}
}

// TestShards checks the folders of image automation: none has more than 100 apps, each app is in one, and its place
// depends on the names alone.
func TestShards(t *testing.T) {
	for _, n := range []int{0, 1, 100, 101, 1000, 10000} {
		apps := make([]model.App, n)
		for i := range apps {
			apps[i] = cloudtest.App(fmt.Sprintf("app-%05d", i), nil)
		}
		in := cloudtest.Inputs(nil, apps)
		units, findings := unit.Units(in)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		folders, placed := 0, map[string]string{}
		for _, u := range units {
			if u.Kind != unit.ImageAutomation && u.Kind != unit.ImageShard {
				continue
			}
			folders++
			if len(u.Apps) > 100 {
				t.Errorf("%d apps: %s has %d", n, u.Path, len(u.Apps))
			}
			for _, a := range u.Apps {
				if first := placed[a.Name]; first != "" {
					t.Errorf("%d apps: %s is in %s and %s", n, a.Name, first, u.Path)
				}
				placed[a.Name] = u.Path
			}
		}
		if len(placed) != n {
			t.Errorf("%d apps: %d are placed", n, len(placed))
		}
		if most := map[int]int{0: 0, 1: 1, 100: 1, 101: 3, 1000: 17, 10000: 257}[n]; folders > most {
			t.Errorf("%d apps: %d folders, want at most %d", n, folders, most)
		}
		for _, u := range first(unit.Units(cloudtest.Reversed(in))) {
			for _, a := range u.Apps {
				if placed[a.Name] != u.Path {
					t.Fatalf("%d apps: %s is in %s or in %s", n, a.Name, placed[a.Name], u.Path)
				}
			}
		}
	}
}

func first(units []unit.Unit, _ diag.Findings) []unit.Unit { return units }

// TestGrowth counts allocations, which do not depend on the machine: ten times the apps may cost ten times as much.
func TestGrowth(t *testing.T) {
	cost := func(n int) float64 {
		in := cloudtest.Small()
		in.Apps = nil
		for i := range n {
			in.Apps = append(in.Apps, cloudtest.App(fmt.Sprintf("app-%05d", i), func(a *model.App) {
				a.Host, a.Port, a.Database = "x.example.org", 8080, &model.Database{}
			}))
		}
		return testing.AllocsPerRun(1, func() { unit.Units(in) }) / float64(n)
	}
	small, large := cost(1000), cost(10000)
	if large > 1.2*small {
		t.Errorf("%.0f allocations per app with 1000 apps, %.0f with 10000", small, large)
	}
}

// TestAPIs checks that every release that the schema offers has its APIs.
func TestAPIs(t *testing.T) {
	text, err := os.ReadFile("../../schema/flux.cue")
	if err != nil {
		t.Fatal(err)
	}
	releases := 0
	for line := range strings.Lines(string(text)) {
		version, rest, ok := strings.Cut(strings.TrimSpace(line), ": {")
		if !ok || !strings.HasPrefix(version, `"`) || !strings.HasPrefix(rest, "}") && !strings.HasPrefix(rest, "manifests:") {
			continue
		}
		releases++
		if _, err := unit.APIsOf(strings.Trim(version, `"`)); err != nil {
			t.Error(err)
		}
	}
	if releases == 0 {
		t.Error("schema/flux.cue names no release")
	}
	for _, version := range []string{"", "2.9", "2.7.5", "3.0.0"} {
		if _, err := unit.APIsOf(version); err == nil {
			t.Errorf("%q is taken for a release", version)
		}
	}
}

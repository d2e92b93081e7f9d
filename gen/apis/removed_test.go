package apis

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// atLeast tells whether a release is another one or newer.
func atLeast(release, other string) bool {
	number := func(text string) []int {
		var out []int
		for _, part := range strings.Split(text, ".") {
			n, err := strconv.Atoi(part)
			if err != nil {
				panic(err)
			}
			out = append(out, n)
		}
		return out
	}
	return slices.Compare(number(release), number(other)) >= 0
}

// servedIn are the releases of a product that serve a version of a kind.
func servedIn(c *Catalog, apiVersion, kind string) []string {
	var out []string
	for _, k := range c.Kinds(apiVersion, kind) {
		out = append(out, k.Releases...)
	}
	return out
}

var release = regexp.MustCompile(`^\d+\.\d+$`)

// TestRemovals holds each line about a removal against the kinds that the releases serve: none serves it any more from
// that release on, those before it do, and from then on all serve what takes its place.
func TestRemovals(t *testing.T) {
	c := Embedded()
	if len(c.removals) < 100 {
		t.Fatalf("only %d removals", len(c.removals))
	}
	for name, r := range c.removals {
		if r.Deprecated == "" && r.Removed == "" || !strings.HasPrefix(r.Source, "https://") {
			t.Errorf("%s: says nothing, or not from where: %+v", name, r)
		}
		for _, text := range []string{r.Deprecated, r.Removed} {
			if text != "" && !release.MatchString(text) {
				t.Errorf("%s: %q is no release", name, text)
			}
		}
		if r.Deprecated != "" && r.Removed != "" && !atLeast(r.Removed, r.Deprecated) {
			t.Errorf("%s: removed before it was deprecated", name)
		}
		releases := c.Releases(r.Product)
		if releases == nil {
			t.Errorf("%s: no product %s", name, r.Product)
			continue
		}
		served := servedIn(c, r.APIVersion, r.Kind)
		apiVersion, kind, _ := strings.Cut(r.Replacement, " ")
		replaced := servedIn(c, apiVersion, kind)
		for i, release := range releases {
			gone := r.Removed != "" && atLeast(release, r.Removed)
			if gone == slices.Contains(served, release) {
				t.Errorf("%s: served by %s %s: %v, removed in %q", name, r.Product, release, !gone, r.Removed)
			}
			// What is still served may get its replacement in a later release than the oldest.
			if r.Replacement != "" && (gone || i == len(releases)-1) && !slices.Contains(replaced, release) {
				t.Errorf("%s: %s %s does not serve %s", name, r.Product, release, r.Replacement)
			}
		}
	}
}

// deprecated matches the warning of Kubernetes.
var deprecated = regexp.MustCompile(`is deprecated in v(\d+\.\d+)\+(?:, unavailable in v(\d+\.\d+)\+)?`)

// TestDeprecatedKinds holds that all that an API server warns of is in the table of removals, with the same releases.
func TestDeprecatedKinds(t *testing.T) {
	c := Embedded()
	warned := 0
	for name, kinds := range c.kinds {
		for _, k := range kinds {
			if k.Deprecation == "" {
				continue
			}
			warned++
			r, known := c.Removed(k.APIVersion, k.Kind)
			if !known {
				t.Errorf("%s: %q, but the table does not have it", name, k.Deprecation)
			}
			if match := deprecated.FindStringSubmatch(k.Deprecation); match != nil && (match[1] != r.Deprecated || match[2] != r.Removed) {
				t.Errorf("%s: %q, but the table says %q and %q", name, k.Deprecation, r.Deprecated, r.Removed)
			}
		}
	}
	if warned < 20 {
		t.Errorf("only %d kinds are deprecated", warned)
	}
}

// TestRemovedFile holds the order of the lines.
func TestRemovedFile(t *testing.T) {
	text, err := data.ReadFile("data/" + removedFile)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if !slices.IsSorted(lines) {
		t.Error("the lines are not sorted")
	}
}

func TestRemoved(t *testing.T) {
	for _, test := range []struct{ apiVersion, kind, removed, replacement string }{
		{"extensions/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1 Ingress"},
		{"policy/v1beta1", "PodSecurityPolicy", "1.25", ""},
		{"source.toolkit.fluxcd.io/v1beta2", "GitRepository", "2.8", "source.toolkit.fluxcd.io/v1 GitRepository"},
		{"traefik.containo.us/v1alpha1", "IngressRoute", "3.0", "traefik.io/v1alpha1 IngressRoute"},
		{"v1", "Endpoints", "", "discovery.k8s.io/v1 EndpointSlice"},
	} {
		r, known := Embedded().Removed(test.apiVersion, test.kind)
		if !known || r.Removed != test.removed || r.Replacement != test.replacement || r.APIVersion != test.apiVersion {
			t.Errorf("%s %s: %+v, %v", test.apiVersion, test.kind, r, known)
		}
	}
	for _, test := range [][2]string{{"apps/v1", "Deployment"}, {"extensions/v1beta1", "Widget"}, {"example.com/v1", "Widget"}} {
		if r, known := Embedded().Removed(test[0], test[1]); known {
			t.Errorf("%v: %+v", test, r)
		}
	}
	for _, all := range []string{"A", "B"} {
		c := &Catalog{removals: map[string]*Removal{key("x/v1", "*"): {Kind: "*"}, key("x/v1", "A"): {Kind: "A"}}}
		if r, known := c.Removed("x/v1", all); !known || (r.Kind == "A") != (all == "A") {
			t.Errorf("x/v1 %s: %+v", all, r)
		}
	}
}

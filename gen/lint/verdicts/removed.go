package verdicts

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/apis"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// End is the end of the API version of an object.
type End struct {
	// Product and Release are what no longer serves it: "Kubernetes", "1.22".
	Product, Release string
	// Deprecated is the release that announced it, "" when it is not known.
	Deprecated string
	// Replacement is the API version to write instead, "" when it is not known or none; Kind the kind that takes the place of
	// the object's, "" when it stays.
	Replacement, Kind string
	// Source is the page that says so, "" when the catalog's schemas do.
	Source string
	// Later tells that the cluster still serves it, or a release that the cluster may run; a later one does not.
	Later bool
}

// End tells whether the API version of an object is gone in the cluster's release, or will go. Nothing is said of what the
// repository's own CustomResourceDefinitions serve, and of versions that nobody announced the end of.
func (v *Verdicts) End(o *world.Object) (End, bool) {
	if world.Guessed(o.APIVersion) || world.Guessed(o.Kind) || slices.Contains(v.Own(o.Group, o.Kind), o.APIVersion) {
		return End{}, false
	}
	kinds := v.Catalog.Kinds(o.APIVersion, o.Kind)
	removal, announced := v.Catalog.Removed(o.APIVersion, o.Kind)
	if !announced {
		return v.unannounced(kinds)
	}
	end := End{Product: Title(removal.Product), Release: removal.Removed, Deprecated: removal.Deprecated, Source: removal.Source, Replacement: v.replacement(removal, o)}
	if _, kind, _ := strings.Cut(removal.Replacement, " "); kind != o.Kind {
		end.Kind = kind
	}
	target := v.Targets[removal.Product]
	switch {
	case target == "" && len(kinds) == 0:
		return end, removal.Removed != ""
	case target == "":
		end.Later = true
		return end, true
	case removal.Removed != "" && !before(target, removal.Removed):
		return end, true
	}
	end.Later = true
	return end, removal.Deprecated != "" && !before(target, removal.Deprecated)
}

// ServedBefore tells whether the cluster runs a release that served the API version of an object, and later ones do not.
func (v *Verdicts) ServedBefore(o *world.Object) bool {
	removal, announced := v.Catalog.Removed(o.APIVersion, o.Kind)
	target := v.Targets[removal.Product]
	return announced && target != "" && removal.Removed != "" && before(target, removal.Removed)
}

// unannounced is the end that only a warning of the API server announces, as the schemas hold it.
func (v *Verdicts) unannounced(kinds []apis.Kind) (End, bool) {
	for _, k := range slices.Backward(kinds) {
		if k.Deprecation != "" && v.serves(k) {
			return End{Product: Title(k.Product), Later: true}, true
		}
	}
	return End{}, false
}

// replacement is the API version that takes the place of a removed one: what the removal names when the cluster serves it,
// else the newest that the cluster serves.
func (v *Verdicts) replacement(r apis.Removal, o *world.Object) string {
	version, kind, _ := strings.Cut(r.Replacement, " ")
	if kind == "" {
		kind = o.Kind
	}
	group, _, found := strings.Cut(version, "/")
	if !found {
		group = ""
	}
	served := v.Served(group, kind)
	if slices.Contains(served, version) || len(served) == 0 {
		return version
	}
	return served[len(served)-1]
}

// Title is a product's name for people.
func Title(product string) string {
	if title, ok := titles[product]; ok {
		return title
	}
	return product
}

var titles = map[string]string{
	"kubernetes": "Kubernetes", "flux": "Flux", "traefik": "Traefik", "longhorn": "Longhorn", "cloudnative-pg": "CloudNativePG",
	"gateway-api": "Gateway API", "prometheus-operator": "Prometheus Operator", "k3s": "k3s",
}

// before compares releases such as 1.9 and 1.25.
func before(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m < n
		}
	}
	return len(x) < len(y)
}

// EachEnd tells of the objects whose API version ends, now or later, in the order of the worlds: those of one version of a kind
// together, now those in one file, since each file stops what applies it, later all.
func EachEnd(p *lint.Pass, later bool, tell func(objects []*world.Object, end End)) {
	for _, w := range p.Worlds {
		v := Of(p, w)
		together := map[string][]*world.Object{}
		var keys []string
		for _, o := range w.Objects {
			if end, ends := v.End(o); ends && end.Later == later {
				key := o.APIVersion + " " + o.Kind
				if !later {
					key += " " + o.Position().File
				}
				if together[key] == nil {
					keys = append(keys, key)
				}
				together[key] = append(together[key], o)
			}
		}
		for _, key := range keys {
			end, _ := v.End(together[key][0])
			tell(together[key], end)
		}
	}
}

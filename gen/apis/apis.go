// Package apis knows which kinds API servers serve: those of Kubernetes and of the products that a small cloud runs, in
// which releases, and with which schema. The files in data are written by tools/apis (run `make apis`); only removed.txt is
// kept by hand.
package apis

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A Kind is one version of a kind of objects, as the same in one or more releases of its product.
type Kind struct {
	Product      string   // such as "kubernetes" or "flux"
	Releases     []string // the releases of the product that serve it so, oldest first
	APIVersion   string   // "apps/v1"
	Group        string   // "apps", empty for the core group
	Kind         string   // "Deployment"
	Plural       string   // "deployments"
	Namespaced   bool
	Definition   string // the name of its schema, for [Catalog.Definition]
	Deprecation  string // the warning that the API server answers with; empty for none
	OffByDefault bool   // served only when the API server is told so by --runtime-config: alpha and beta versions of Kubernetes
}

// A Removal is the end of a version of a kind.
type Removal struct {
	Product     string
	APIVersion  string
	Kind        string // "*" where the whole API version went
	Deprecated  string // the release that deprecated it, empty when not known
	Removed     string // the first release that does not serve it, empty when none is set
	Replacement string // "apiVersion Kind", empty for nothing
	Source      string // the address of the page that says so
}

// A Catalog answers from the data of all products. It may be used by several goroutines.
type Catalog struct {
	products map[string]*product
	kinds    map[string][]Kind   // by apiVersion and kind
	versions map[string][]Kind   // by group and kind
	groups   map[string]string   // API group -> product
	removals map[string]*Removal // by apiVersion and kind
}

// A product is what one file holds.
type product struct {
	releases []string
	text     string // the lines of definitions
	index    func() map[string][]definition
}

// A definition is the form of a schema in some releases.
type definition struct {
	releases []string
	schema   string
}

//go:embed data/*.txt
var data embed.FS

// Embedded is the catalog of this build. Its kinds are read at the first call, its schemas when one is asked for.
func Embedded() *Catalog { return embedded() }

var embedded = sync.OnceValue(func() *Catalog {
	c, err := read(data)
	if err != nil {
		panic(fmt.Sprintf("apis: the embedded data: %v", err)) // the tests hold that this cannot be
	}
	return c
})

// key joins what a lookup is by.
func key(a, b string) string { return a + " " + b }

// Kinds returns what is known of a version of a kind: one entry for all releases that serve it the same way, several when
// releases differ in scope or deprecation, nil when no release serves it. The schema of one name may still differ from
// release to release.
func (c *Catalog) Kinds(apiVersion, kind string) []Kind {
	return slices.Clone(c.kinds[key(apiVersion, kind)])
}

// Versions returns all versions of a kind in an API group.
func (c *Catalog) Versions(group, kind string) []Kind {
	return slices.Clone(c.versions[key(group, kind)])
}

// KindsOf returns the names of all kinds of an API version, sorted.
func (c *Catalog) KindsOf(apiVersion string) []string {
	var out []string
	for _, kinds := range c.kinds {
		if kinds[0].APIVersion == apiVersion {
			out = append(out, kinds[0].Kind)
		}
	}
	slices.Sort(out)
	return out
}

// VersionsOf returns all API versions that have a kind of that name, in any group, sorted. Those that no release serves
// without being told to are left out.
func (c *Catalog) VersionsOf(kind string) []string {
	var out []string
	for _, kinds := range c.kinds {
		if k := kinds[0]; k.Kind == kind && !k.OffByDefault && !slices.Contains(out, k.APIVersion) {
			out = append(out, k.APIVersion)
		}
	}
	slices.Sort(out)
	return out
}

// Group returns the product that defines an API group; the core group is the empty one.
func (c *Catalog) Group(group string) (string, bool) {
	product, known := c.groups[group]
	return product, known
}

// Releases returns the releases of a product that the catalog has, the oldest first.
func (c *Catalog) Releases(product string) []string {
	p := c.products[product]
	if p == nil {
		return nil
	}
	return slices.Clone(p.releases)
}

// Served returns what an API server with a release of a product answers when it is asked what it serves: "apps/v1" and
// "apps/v1/Deployment", sorted. Groups are those wanted, or all when wanted is nil.
func (c *Catalog) Served(product, release string, wanted func(group string) bool) []string {
	seen := map[string]bool{}
	for _, kinds := range c.kinds {
		for _, k := range kinds {
			if k.Product == product && !k.OffByDefault && slices.Contains(k.Releases, release) && (wanted == nil || wanted(k.Group)) {
				seen[k.APIVersion], seen[k.APIVersion+"/"+k.Kind] = true, true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Products returns the names of all products, sorted.
func (c *Catalog) Products() []string { return slices.Sorted(maps.Keys(c.products)) }

// Definition returns the schema of a name in a release of a product: OpenAPI v3 as JSON, in which "$ref" is the name of
// another definition of the same release. It is nil when that is not there.
func (c *Catalog) Definition(product, release, name string) []byte {
	p := c.products[product]
	if p == nil {
		return nil
	}
	for _, d := range p.index()[name] {
		if slices.Contains(d.releases, release) {
			return []byte(d.schema)
		}
	}
	return nil
}

// Removed returns what is known about the end of a version of a kind.
func (c *Catalog) Removed(apiVersion, kind string) (Removal, bool) {
	for _, name := range []string{kind, "*"} {
		if r := c.removals[key(apiVersion, name)]; r != nil {
			return *r, true
		}
	}
	return Removal{}, false
}

// group is the part of an apiVersion before the slash: empty for the core group.
func group(apiVersion string) string {
	group, _, found := strings.Cut(apiVersion, "/")
	if !found {
		return ""
	}
	return group
}

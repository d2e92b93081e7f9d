package apis

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// removedFile is the file about what is no longer served.
const removedFile = "removed.txt"

// read reads the kinds of all files of the folder data; their definitions stay as they are until one is asked for.
func read(files fs.FS) (*Catalog, error) {
	names, err := fs.Glob(files, "data/*.txt")
	if err != nil {
		return nil, err
	}
	c := &Catalog{
		products: map[string]*product{},
		kinds:    map[string][]Kind{},
		versions: map[string][]Kind{},
		groups:   map[string]string{},
		removals: map[string]*Removal{},
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		add := c.addProduct
		if path.Base(name) == removedFile {
			add = c.addRemovals
		}
		if err := add(strings.TrimSuffix(path.Base(name), ".txt"), string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return c, nil
}

// addProduct reads a product's file up to its definitions, which come last.
func (c *Catalog) addProduct(name, text string) error {
	p := &product{}
	for text != "" && !strings.HasPrefix(text, "definition\t") {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		switch fields := strings.Split(line, "\t"); {
		case fields[0] == "release" && len(fields) == 3:
			p.releases = append(p.releases, fields[1])
		case fields[0] == "kind" && len(fields) == 9:
			c.addKind(name, fields)
		default:
			return fmt.Errorf("not a line of a product: %q", line)
		}
	}
	p.text = text
	p.index = sync.OnceValue(p.definitions)
	c.products[name] = p
	return nil
}

// addKind adds the kind of a line.
func (c *Catalog) addKind(product string, fields []string) {
	k := Kind{
		Product:      product,
		Releases:     strings.Split(fields[1], ","),
		APIVersion:   fields[2],
		Group:        group(fields[2]),
		Kind:         fields[3],
		Namespaced:   fields[4] == "Namespaced",
		Plural:       fields[5],
		Definition:   fields[6],
		Deprecation:  fields[7],
		OffByDefault: fields[8] == "off",
	}
	c.kinds[key(k.APIVersion, k.Kind)] = append(c.kinds[key(k.APIVersion, k.Kind)], k)
	c.versions[key(k.Group, k.Kind)] = append(c.versions[key(k.Group, k.Kind)], k)
	c.groups[k.Group] = product
}

// definitions finds where the definitions lie in the text. A line of another form names nothing that is asked for; the
// tests hold that there is none.
func (p *product) definitions() map[string][]definition {
	out := map[string][]definition{}
	for line := range strings.Lines(p.text) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 4)
		if len(fields) == 4 {
			out[fields[2]] = append(out[fields[2]], definition{strings.Split(fields[1], ","), fields[3]})
		}
	}
	return out
}

// addRemovals reads the file about what is no longer served.
func (c *Catalog) addRemovals(_, text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 8 || fields[0] != "removed" {
			return fmt.Errorf("not a line about a removal: %q", line)
		}
		r := &Removal{
			Product: fields[1], APIVersion: fields[2], Kind: fields[3],
			Deprecated: fields[4], Removed: fields[5], Replacement: fields[6], Source: fields[7],
		}
		if c.removals[key(r.APIVersion, r.Kind)] != nil {
			return fmt.Errorf("%s %s is there twice", r.APIVersion, r.Kind)
		}
		c.removals[key(r.APIVersion, r.Kind)] = r
	}
	return nil
}

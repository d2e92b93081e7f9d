package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A source is a place that defines kinds and their schemas.
type source interface {
	// read returns what the source defines; root is the repository's root.
	read(root string) (*served, error)
}

// served is what API servers know.
type served struct {
	modules     []module
	kinds       []kind
	definitions map[string]json.RawMessage // canonical JSON by name
}

// A kind is one version of a kind of objects.
type kind struct {
	apiVersion, kind, plural string
	namespaced               bool
	definition               string // the name of its schema
	deprecation              string // the warning that the API server gives for it
	off                      bool   // only served when the API server is told so by --runtime-config
}

// text returns the file of the product: its releases, and each distinct kind and definition once with the releases that
// have it.
func (p product) text(root string) ([]byte, error) {
	kinds, definitions := lines{}, lines{}
	var out bytes.Buffer
	for _, release := range p.releases {
		all := &served{definitions: map[string]json.RawMessage{}}
		for _, source := range release.sources {
			found, err := source.read(root)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", release.name, err)
			}
			if err := all.add(found); err != nil {
				return nil, fmt.Errorf("%s: %w", release.name, err)
			}
		}
		fmt.Fprintf(&out, "release\t%s\t%s\n", release.name, strings.Join(all.versions(), " "))
		for _, k := range all.kinds {
			kinds.add(release.name, k.fields())
		}
		for name, schema := range all.definitions {
			definitions.add(release.name, name+"\t"+string(schema))
		}
	}
	kinds.write(&out, "kind", p)
	definitions.write(&out, "definition", p)
	return out.Bytes(), nil
}

// add takes in what another source of the same release has.
func (s *served) add(other *served) error {
	s.modules = append(s.modules, other.modules...)
	for _, k := range other.kinds {
		if slices.ContainsFunc(s.kinds, func(old kind) bool { return old.apiVersion == k.apiVersion && old.kind == k.kind }) {
			return fmt.Errorf("%s %s is defined twice", k.apiVersion, k.kind)
		}
		s.kinds = append(s.kinds, k)
	}
	for name, schema := range other.definitions {
		if old, there := s.definitions[name]; there && !bytes.Equal(old, schema) {
			return fmt.Errorf("definition %s has two forms", name)
		}
		s.definitions[name] = schema
	}
	if len(other.kinds) == 0 {
		return errors.New("a source without kinds")
	}
	return nil
}

// versions names the modules of the release.
func (s *served) versions() []string {
	var out []string
	for _, m := range s.modules {
		out = append(out, m.Path+"@"+m.Version)
	}
	slices.Sort(out)
	return out
}

// fields is the line of the kind after its releases.
func (k kind) fields() string {
	scope, when := "Cluster", ""
	if k.namespaced {
		scope = "Namespaced"
	}
	if k.off {
		when = "off"
	}
	return strings.Join([]string{k.apiVersion, k.kind, scope, k.plural, k.definition, k.deprecation, when}, "\t")
}

// lines are the texts of one sort, each with the releases that have it.
type lines map[string][]string

func (l lines) add(release, text string) { l[text] = append(l[text], release) }

// write appends the lines, sorted by text up to the name of what they say (apiVersion and kind, or definition), then by
// release.
func (l lines) write(out *bytes.Buffer, sort string, p product) {
	var texts []string
	for text := range l {
		texts = append(texts, text)
	}
	names := map[string]int{"kind": 2, "definition": 1}[sort]
	slices.SortFunc(texts, func(a, b string) int {
		return cmp.Or(cmp.Compare(head(a, names), head(b, names)), cmp.Compare(p.age(l[a][0]), p.age(l[b][0])))
	})
	for _, text := range texts {
		fmt.Fprintf(out, "%s\t%s\t%s\n", sort, strings.Join(l[text], ","), text)
	}
}

// head returns the first n fields of a text.
func head(text string, n int) string {
	fields := strings.SplitN(text, "\t", n+1)
	return strings.Join(fields[:n], "\t")
}

// age is the position of a release: the oldest has 0.
func (p product) age(name string) int {
	return slices.IndexFunc(p.releases, func(r release) bool { return r.name == name })
}

package simulate

import (
	"path"
	"reflect"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/sourceignore"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// ignoredBy tells which files of the repository a source leaves out; nil when the source is not in the repository, as
// when Flux's operator makes it.
func (s *simulation) ignoredBy(ref reference) func(name string) bool {
	source := s.find(ref)
	if source == nil || ref.Kind != "GitRepository" {
		return nil
	}
	matcher, ok := s.ignores[source.ID()]
	if !ok {
		matcher = sourceignore.New(source.Text("spec", "ignore"), s.ignoreFiles())
		s.ignores[source.ID()] = matcher
	}
	return matcher.Ignored
}

func (s *simulation) ignoreFiles() map[string]string {
	out := map[string]string{}
	for _, name := range s.tree.Files() {
		if path.Base(name) != sourceignore.File {
			continue
		}
		if content, err := s.tree.Read(name); err == nil {
			out[name] = string(content)
		}
	}
	return out
}

// kept tells whether a source holds a file of a folder; an empty folder is not in git either.
func (s *simulation) kept(dir string, ignored func(string) bool) bool {
	if ignored == nil {
		return true
	}
	for _, name := range s.tree.Dir(dir) {
		full := path.Join(dir, name)
		if s.tree.IsDir(full) && s.kept(full, ignored) || s.tree.Has(full) && !ignored(full) {
			return true
		}
	}
	return false
}

// from gives the reference with the namespace that it means in an object.
func (r reference) from(o *world.Object) reference {
	if r.Namespace == "" {
		r.Namespace = o.Namespace
	}
	return r
}

// find gives the source that a reference names; nil when the repository does not hold it.
func (s *simulation) find(ref reference) *world.Object {
	return s.world.Find(groupSource, ref.Kind, ref.Namespace, ref.Name)
}

// own tells whether a reference names the source by which the cluster reads this repository.
func (s *simulation) own(ref reference) bool {
	return ref.Name == s.start.source.Name && ref.Namespace == s.start.source.Namespace
}

// mayCome tells whether a source is one that others may still bring.
func (s *simulation) mayCome(ref reference) bool {
	return ref.Kind == "GitRepository" && !s.own(ref) && s.find(ref) == nil
}

// thisRepository tells whether a source is this repository: the one that the cluster starts from, or a GitRepository of
// the same URL and revision. One that was not put into the repository is it when it must hold a folder that is here.
func (s *simulation) thisRepository(ref reference, dir string) bool {
	switch other := s.find(ref); {
	case s.own(ref):
		return true
	case ref.Kind != "GitRepository":
		return false
	case other == nil:
		return dir != "." && s.tree.IsDir(dir)
	default:
		return s.sameTree(other)
	}
}

// sameTree tells whether a GitRepository reads the same revision of this repository, and nothing besides.
func (s *simulation) sameTree(other *world.Object) bool {
	if len(other.List("spec", "include")) > 0 {
		return false
	}
	if own := s.world.Find(groupSource, "GitRepository", s.start.source.Namespace, s.start.source.Name); own != nil {
		return sameURL(own.Text("spec", "url"), other.Text("spec", "url")) && reflect.DeepEqual(own.Map("spec", "ref"), other.Map("spec", "ref"))
	}
	branch := strings.TrimPrefix(s.start.ref, "refs/heads/")
	return branch != "" && sameURL(s.start.url, other.Text("spec", "url")) &&
		(other.Text("spec", "ref", "branch") == branch || other.Text("spec", "ref", "name") == s.start.ref)
}

// rootOf is the folder of the repository that a source begins at.
func (s *simulation) rootOf(ref reference) string {
	if s.own(ref) && s.start.root != "" {
		return s.start.root
	}
	return "."
}

// fluxManifests tells whether a source holds Flux's own manifests.
func (s *simulation) fluxManifests(ref reference) bool {
	source := s.find(ref)
	return source != nil && source.BringsFlux()
}

func sameURL(a, b string) bool {
	trim := func(s string) string {
		_, s, _ = strings.Cut(s, "://")
		if i := strings.IndexByte(s, '@'); i >= 0 {
			s = s[i+1:]
		}
		return strings.TrimSuffix(strings.TrimSuffix(s, "/"), ".git")
	}
	return a != "" && trim(a) == trim(b)
}

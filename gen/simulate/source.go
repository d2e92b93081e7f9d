package simulate

import (
	"path"

	"github.com/lvs-cloud/lvsgen/gen/sourceignore"
)

// ignoredBy tells which files of the repository a source leaves out; nil when the source is not in the repository, as
// when Flux's operator makes it.
func (s *simulation) ignoredBy(ref reference, namespace string) func(name string) bool {
	if ref.Namespace != "" {
		namespace = ref.Namespace
	}
	source := s.world.Find(groupSource, "GitRepository", namespace, ref.Name)
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

package simulate

import (
	"bytes"
	"path"
	"strconv"
	"strings"
)

// strictSince is the minor release of Flux 2 from which on a variable that nothing sets stops the substitution; before, it
// was empty. The feature gate is how people get the old ways back (CHANGELOG of kustomize-controller, 1.9.0).
const (
	strictSince = 9
	strictGate  = "StrictPostBuildSubstitutions=false"
)

// lenient tells whether Flux takes a variable that nothing sets for empty, in the release that the repository brings. What
// the user says goes before.
func (s *Simulator) lenient(brought string) bool {
	if s.FluxRelease != "" {
		brought = s.FluxRelease
	}
	return brought != "" && before(brought, strictSince)
}

// before tells whether a release of Flux, such as "2.8" or "0.31", is older than a minor release of Flux 2.
func before(release string, minor int) bool {
	major, rest, _ := strings.Cut(release, ".")
	n, err := strconv.Atoi(rest)
	return err == nil && (major < "2" || major == "2" && n < minor)
}

// gated tells whether a file of the repository turns the feature gate off: a patch of the controller, which may be written
// as a text inside of a FluxInstance or in the values of its chart.
func (s *Simulator) gated() bool {
	for _, name := range s.tree.Files() {
		if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" {
			continue
		}
		if content, err := s.tree.Read(name); err == nil && bytes.Contains(content, []byte(strictGate)) {
			return true
		}
	}
	return false
}

// Package sourceignore is which files of the repository a GitRepository of Flux leaves out of its artifact.
package sourceignore

import (
	"maps"
	"path"
	"slices"
	"strings"

	flux "github.com/fluxcd/pkg/sourceignore"
)

// Matcher tells which files a source leaves out.
type Matcher struct {
	match func(parts []string, dir bool) bool
}

// File is the name of a file whose patterns count too, in any folder.
const File = ".sourceignore"

// New makes a Matcher of spec.ignore ("" when it is not set) and of the .sourceignore files by their paths. Flux's own
// patterns count only when there are no others, as in source-controller.
func New(ignore string, files map[string]string) *Matcher {
	patterns := flux.VCSPatterns(nil)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		patterns = append(patterns, flux.ReadPatterns(strings.NewReader(files[name]), split(path.Dir(name)))...)
	}
	patterns = append(patterns, flux.ReadPatterns(strings.NewReader(ignore), nil)...)
	if ignore == "" && len(files) == 0 {
		patterns = append(patterns, flux.DefaultPatterns(nil)...)
	}
	return &Matcher{match: flux.NewMatcher(patterns).Match}
}

func split(name string) []string {
	if name == "." {
		return nil
	}
	return strings.Split(name, "/")
}

// Ignored tells whether a file is left out. As in source-controller, it is asked for every file by itself: unlike git, a
// pattern can bring back what lies in a folder that is left out.
func (m *Matcher) Ignored(name string) bool { return m.match(split(name), false) }

package simulate

import (
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/world"
)

// ignored tells whether a source leaves a file of the repository out of what Flux sees: by the .sourceignore file of the
// root, then by spec.ignore. The pattern that matches last counts.
func (s *simulation) ignored(source *world.Object, file string) bool {
	out := false
	var texts []string
	if content, err := s.tree.Read(".sourceignore"); err == nil {
		texts = append(texts, string(content))
	}
	for _, text := range append(texts, source.Text("spec", "ignore")) {
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\r\n")
			if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
				continue
			}
			pattern, kept := strings.CutPrefix(line, "!")
			if takes(pattern, file) {
				out = !kept
			}
		}
	}
	return out
}

// takes tells whether a pattern of gitignore matches a file or a folder above it.
func takes(pattern, file string) bool {
	pattern, folder := strings.CutSuffix(pattern, "/")
	anchored := strings.Contains(pattern, "/")
	want := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	parts := strings.Split(file, "/")
	last := len(parts)
	if folder {
		last--
	}
	if !anchored {
		for _, part := range parts[:last] {
			if ok, err := path.Match(pattern, part); ok && err == nil {
				return true
			}
		}
		return false
	}
	return segments(want, parts[:last])
}

// segments tells whether the patterns match the first of the parts.
func segments(want, parts []string) bool {
	switch {
	case len(want) == 0:
		return true
	case want[0] == "**":
		for i := range len(parts) + 1 {
			if segments(want[1:], parts[i:]) {
				return len(want) > 1 || len(parts) > 0
			}
		}
		return false
	case len(parts) == 0:
		return false
	}
	ok, err := path.Match(want[0], parts[0])
	return ok && err == nil && segments(want[1:], parts[1:])
}

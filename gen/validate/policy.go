package validate

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/config"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/imagepolicy"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
)

// Policy is an ImagePolicy of a repository.
type Policy struct {
	*imagepolicy.Policy
	// Key is NAMESPACE:NAME, as markers name it.
	Key string
	At  diag.Position
	// Image is what it watches; "" when that is not known.
	Image string
	// Problems are why it is never ready.
	Problems []imagepolicy.Problem
	// Tags are the tags that it would raise, with their places.
	Tags []Tag
}

// Tag is a marked tag in a file.
type Tag struct {
	Value string
	At    diag.Position
}

// Policies gives the image policies of an app: those of that name, or that watch an image whose last part it is.
func Policies(fsys fs.FS, app string) ([]Policy, error) {
	tree, err := checkout.Open(fsys)
	if err != nil {
		return nil, err
	}
	s, entries, err := open(tree, &config.Config{})
	if err != nil {
		return nil, err
	}
	repo := &lint.Repository{Tree: tree, Docs: s.Documents()}
	for _, entry := range entries {
		repo.Worlds = append(repo.Worlds, s.Run(entry))
	}
	index := images.Of(&lint.Pass{Repository: repo})
	var out []Policy
	var names []string
	for key, p := range index.Policies {
		names = append(names, p.Object.Name)
		if p.Object.Name != app && path.Base(p.Image) != app {
			continue
		}
		policy := Policy{Policy: p.Policy, Key: key, At: p.Object.Position("metadata", "name"), Image: p.Image, Problems: p.Problems}
		for i := range index.Marks {
			if m := &index.Marks[i]; m.Policy == key && m.Tag() != "" {
				policy.Tags = append(policy.Tags, Tag{m.Tag(), m.At()})
			}
		}
		out = append(out, policy)
	}
	if len(out) == 0 {
		return nil, noPolicy{fmt.Errorf("no ImagePolicy is named %q, and none watches an image of that name", app), app, names}
	}
	slices.SortFunc(out, func(a, b Policy) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

type noPolicy struct {
	error
	app   string
	names []string
}

// Hint says the way out.
func (e noPolicy) Hint() string {
	slices.Sort(e.names)
	if near := diag.Nearest(e.app, e.names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(e.names) == 0 {
		return "the repository has no image policy that Flux applies"
	}
	return "the policies are " + strings.Join(e.names, ", ")
}

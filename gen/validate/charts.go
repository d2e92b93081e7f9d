package validate

import (
	"cmp"
	"io/fs"
	"path"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/config"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// ThirdParty are the charts that the releases of a repository take from elsewhere.
type ThirdParty struct {
	// Uses are in the order of their sources.
	Uses []ChartUse
	// Lock is what is vendored of them.
	Lock *vendored.Lock
	// GoModule tells that the repository is a Go module, whose folder vendor belongs to the go command.
	GoModule bool
}

// ChartUse is a chart with the releases that use it.
type ChartUse struct {
	// Source is nil when the repository does not tell it, or no archive can be had, as from another git repository.
	Source *vendored.Source
	// Chart is its name.
	Chart string
	// Releases use it.
	Releases []Use
}

// Use is a release.
type Use struct {
	Name string
	At   diag.Position
}

// elsewhere tells whether an owner is a release whose chart is not in the repository.
func elsewhere(owner *world.Owner) bool {
	return owner.Object != nil && owner.Object.Kind == "HelmRelease" && owner.Path == "" && !owner.OtherCluster && !owner.Broken && (owner.Opaque != "" || owner.Archive != "")
}

// unrendered counts the releases of a world whose charts are neither in the repository nor vendored.
func unrendered(w *world.World) int {
	n := 0
	for _, owner := range w.Owners {
		if elsewhere(owner) && owner.Archive == "" {
			n++
		}
	}
	return n
}

// Charts finds the charts of third parties that the clusters of a repository install.
func Charts(fsys fs.FS) (*ThirdParty, error) {
	tree, err := checkout.Open(fsys)
	if err != nil {
		return nil, err
	}
	cfg, mistakes := config.Read(tree, ruleNames())
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	s, entries, err := open(tree, cfg)
	if err != nil {
		return nil, err
	}
	out := &ThirdParty{Lock: s.Vendored, GoModule: tree.Has("go.mod")}
	for _, entry := range entries {
		for _, owner := range s.Run(entry).Owners {
			if elsewhere(owner) {
				out.use(owner)
			}
		}
	}
	slices.SortStableFunc(out.Uses, func(a, b ChartUse) int {
		switch {
		case a.Source == nil || b.Source == nil:
			return cmp.Or(cmp.Compare(known(a), known(b)), cmp.Compare(a.Chart, b.Chart))
		}
		return a.Source.Compare(*b.Source)
	})
	return out, nil
}

// known puts charts without a source last.
func known(u ChartUse) int {
	if u.Source == nil {
		return 1
	}
	return 0
}

func (t *ThirdParty) use(owner *world.Owner) {
	source := owner.From
	if source != nil && world.Guessed(source.Repository+source.Name+source.Version) {
		source = nil
	}
	release := Use{Name: owner.Object.ID(), At: owner.Object.Position("spec", "chart", "spec", "chart")}
	i := slices.IndexFunc(t.Uses, func(u ChartUse) bool {
		return u.Chart == owner.Chart && (source == nil) == (u.Source == nil) && (source == nil || *u.Source == *source)
	})
	if i < 0 {
		i = len(t.Uses)
		t.Uses = append(t.Uses, ChartUse{Source: source, Chart: owner.Chart})
	}
	if !slices.Contains(t.Uses[i].Releases, release) {
		t.Uses[i].Releases = append(t.Uses[i].Releases, release)
	}
}

// Missing are the charts that can be pulled and are not vendored.
func (t *ThirdParty) Missing() []vendored.Source {
	var out []vendored.Source
	for _, u := range t.Uses {
		if u.Source == nil {
			continue
		}
		if _, _, ok := t.Lock.Find(*u.Source); !ok {
			out = append(out, *u.Source)
		}
	}
	return out
}

// Unused are the charts of the lock that no release asks for.
func (t *ThirdParty) Unused() []vendored.Chart {
	return slices.DeleteFunc(slices.Clone(t.Lock.Charts), func(c vendored.Chart) bool {
		return slices.ContainsFunc(t.Uses, func(u ChartUse) bool { return u.Source != nil && *u.Source == c.Source })
	})
}

// LockFile is the path of the lock in the repository.
func (t *ThirdParty) LockFile() string { return path.Join(t.Lock.Dir, vendored.LockName) }

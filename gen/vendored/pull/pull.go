// Package pull fetches third-party charts from Helm repositories and OCI registries, with the proxies and credentials that
// Helm would use. It is the only package that asks a network.
package pull

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v3/pkg/chart/loader"
	"oras.land/oras-go/v2/registry/remote/retry"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
)

// The bounds of what is fetched, in bytes. Helm keeps a release in a Secret of at most 1 MiB; the largest public index has
// about 30 MB.
const (
	maxArchive = 20 << 20
	maxIndex   = 200 << 20
)

// Puller fetches charts. It may be used from several goroutines.
type Puller struct {
	// PlainHTTP asks OCI registries without TLS. Those on this machine are always asked so.
	PlainHTTP bool
	settings  *settings
	client    *http.Client

	mu      sync.Mutex
	indexes map[string]*cached
}

// New makes a Puller with Helm's settings: its environment variables, repositories.yaml and registry/config.json.
func New() (*Puller, error) {
	settings, err := readSettings()
	if err != nil {
		return nil, err
	}
	return &Puller{settings: settings, client: retry.DefaultClient, indexes: map[string]*cached{}}, nil
}

// Error is a chart that cannot be pulled.
type Error struct {
	Source vendored.Source
	Err    error
	// Way is the way out; it may be "".
	Way string
}

func (e *Error) Error() string {
	return fmt.Sprintf("chart %s cannot be pulled: %v", e.Source, e.Err)
}

// Hint says the way out.
func (e *Error) Hint() string { return e.Way }

func (e *Error) Unwrap() error { return e.Err }

// way is an error with a way out.
type way struct {
	error
	out string
}

func (w way) Unwrap() error { return w.error }

// Pull fetches the chart that a source leads to now. The archive is one that Helm can load, of the name that was asked for;
// the lock's File is set.
func (p *Puller) Pull(ctx context.Context, s vendored.Source) (c vendored.Chart, archive []byte, err error) {
	c.Source = s
	if s.OCI() {
		archive, c.Manifest, err = p.artifact(ctx, s)
	} else {
		archive, err = p.download(ctx, s)
	}
	if err == nil {
		err = identify(&c, archive)
	}
	if err != nil {
		failed := &Error{Source: s, Err: err}
		if w, ok := errors.AsType[way](err); ok {
			failed.Way = w.out
		}
		return vendored.Chart{}, nil, failed
	}
	return c, archive, nil
}

// identify looks into an archive: whether it is the chart that was asked for, and which version.
func identify(c *vendored.Chart, archive []byte) error {
	loaded, err := loader.LoadArchive(bytes.NewReader(archive))
	if err != nil {
		return fmt.Errorf("what came is no chart: %w", err)
	}
	if loaded.Name() != c.Name {
		return fmt.Errorf("what came is the chart %q", loaded.Name())
	}
	c.Resolved, c.Digest = loaded.Metadata.Version, vendored.Digest(archive)
	c.File = vendored.FileName(c.Source, c.Resolved)
	return nil
}

// choose gives the version that a wanted one leads to, as source-controller does: the very one, else the highest in the
// range; pre-releases only when the range names one.
func choose(have []string, wanted string) (string, error) {
	if slices.Contains(have, wanted) {
		return wanted, nil
	}
	written := wanted
	if wanted == "" {
		written = "*"
	}
	inRange, err := semver.NewConstraint(written)
	if err != nil {
		return "", way{fmt.Errorf("%q is neither a version nor a range: %w", wanted, err), "write a version such as 1.2.3"}
	}
	var best *semver.Version
	chosen := ""
	for _, name := range have {
		v, err := semver.NewVersion(name)
		if err == nil && inRange.Check(v) && (best == nil || v.GreaterThan(best)) {
			best, chosen = v, name
		}
	}
	if chosen == "" {
		return "", way{fmt.Errorf("there is no version %s", quoted(wanted)), nearVersions(have, wanted)}
	}
	return chosen, nil
}

func quoted(version string) string {
	if version == "" {
		return "at all"
	}
	return fmt.Sprintf("%q", version)
}

// nearVersions names some that are there, the highest first.
func nearVersions(have []string, wanted string) string {
	if near := diag.Nearest(wanted, have); near != "" && len(have) > 5 {
		return fmt.Sprintf("did you mean %s?", near)
	}
	var versions []*semver.Version
	for _, name := range have {
		if v, err := semver.NewVersion(name); err == nil {
			versions = append(versions, v)
		}
	}
	slices.SortFunc(versions, func(a, b *semver.Version) int { return b.Compare(a) })
	var names []string
	for _, v := range versions[:min(5, len(versions))] {
		names = append(names, v.Original())
	}
	if len(names) == 0 {
		return "look at the address of the repository and the name of the chart"
	}
	return "the newest are " + strings.Join(names, ", ")
}

// bounded reads at most limit bytes.
func bounded(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("it is larger than %d MiB", limit>>20)
	}
	return content, err
}

package pull

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
)

// index is the part of a Helm repository's index.yaml that leads to a chart (helm.sh/docs/topics/chart_repository).
type index struct {
	Entries map[string][]struct {
		Version string   `json:"version"`
		Digest  string   `json:"digest"`
		URLs    []string `json:"urls"`
	} `json:"entries"`
}

// cached is the index of a repository, which is read once.
type cached struct {
	once  sync.Once
	index *index
	err   error
}

// index gives that of a repository.
func (p *Puller) index(ctx context.Context, repository string) (*index, error) {
	p.mu.Lock()
	c := p.indexes[repository]
	if c == nil {
		c = &cached{}
		p.indexes[repository] = c
	}
	p.mu.Unlock()
	c.once.Do(func() { c.index, c.err = p.readIndex(ctx, repository) })
	return c.index, c.err
}

func (p *Puller) readIndex(ctx context.Context, repository string) (*index, error) {
	at, err := resolve(repository, "index.yaml")
	if err != nil {
		return nil, err
	}
	content, err := p.get(ctx, repository, at, maxIndex)
	if err != nil {
		return nil, fmt.Errorf("the index of the repository: %w", err)
	}
	var out index
	if err := yaml.Unmarshal(content, &out); err != nil {
		return nil, way{fmt.Errorf("the index of the repository is no YAML: %s", strings.Join(strings.Fields(err.Error()), " ")), "is this the address of a Helm repository?"}
	}
	return &out, nil
}

// download fetches a chart from a Helm repository.
func (p *Puller) download(ctx context.Context, s vendored.Source) ([]byte, error) {
	index, err := p.index(ctx, s.Repository)
	if err != nil {
		return nil, err
	}
	versions, known := index.Entries[s.Name]
	if !known {
		var names []string
		for name := range index.Entries {
			names = append(names, name)
		}
		w := way{fmt.Errorf("the repository has no chart %q", s.Name), fmt.Sprintf("it has %d charts; look at its index.yaml", len(names))}
		if near := diag.Nearest(s.Name, names); near != "" {
			w.out = fmt.Sprintf("did you mean %q?", near)
		}
		return nil, w
	}
	var have []string
	for _, v := range versions {
		have = append(have, v.Version)
	}
	chosen, err := choose(have, s.Version)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if v.Version != chosen {
			continue
		}
		if len(v.URLs) == 0 {
			return nil, fmt.Errorf("the index names no archive of version %s", chosen)
		}
		at, err := resolve(s.Repository, v.URLs[0])
		if err != nil {
			return nil, err
		}
		if at.Scheme == "oci" {
			return nil, way{fmt.Errorf("the archive of version %s is an OCI artifact: %s", chosen, at), "use an OCIRepository, or a HelmRepository of type oci"}
		}
		archive, err := p.get(ctx, s.Repository, at, maxArchive)
		if err != nil {
			return nil, err
		}
		if have, wanted := vendored.Digest(archive), strings.TrimPrefix(v.Digest, "sha256:"); wanted != "" && strings.TrimPrefix(have, "sha256:") != wanted {
			return nil, way{fmt.Errorf("the archive has the digest %s, the index says %s", have, wanted), "the archive was changed after it was published: ask the people who publish it"}
		}
		return archive, nil
	}
	panic("a chosen version is one of the index")
}

// resolve gives the address of a file that an index names, which may be relative to the repository. As Helm does, it keeps
// the query of the repository's address.
func resolve(repository, name string) (*url.URL, error) {
	base, err := url.Parse(repository)
	if err != nil || base.Host == "" {
		return nil, way{fmt.Errorf("%q is no address", repository), "write it as https://HOST/PATH or oci://HOST/PATH"}
	}
	ref, err := url.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no address of an archive", name)
	}
	if ref.IsAbs() {
		return ref, nil
	}
	base.Path = strings.TrimSuffix(base.Path, "/") + "/"
	out := base.ResolveReference(ref)
	out.RawQuery = base.RawQuery
	return out, nil
}

// get fetches a file with the credentials of a repository. They go to its own host only, unless the person said otherwise.
func (p *Puller) get(ctx context.Context, repository string, at *url.URL, limit int64) ([]byte, error) {
	if at.Scheme != "http" && at.Scheme != "https" {
		return nil, way{fmt.Errorf("the scheme of %q is not known", at), "Helm repositories have http, https or oci"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", userAgent)
	entry := p.settings.entry(repository)
	client, err := p.clientFor(entry)
	if err != nil {
		return nil, err
	}
	if base, err := url.Parse(repository); err == nil && entry != nil && entry.Username != "" &&
		(entry.PassCredentialsAll || base.Host == at.Host && base.Scheme == at.Scheme) {
		req.SetBasicAuth(entry.Username, entry.Password)
	}
	answer, err := client.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, refused(at, answer.StatusCode)
	}
	content, err := bounded(answer.Body, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.Redacted(), err)
	}
	return content, nil
}

const userAgent = "lvsgen"

// unreachable says in few words why nobody answered.
func unreachable(err error) error {
	if bad, ok := errors.AsType[*url.Error](err); ok {
		err = bad.Err
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return way{err, "is the name right, and is there a network? HTTPS_PROXY and NO_PROXY name proxies"}
	}
	if errors.Is(err, io.EOF) {
		return way{errors.New("the connection was closed before an answer came"), "try again: what was pulled is kept"}
	}
	return way{err, "try again: what was pulled is kept"}
}

// refused says what an answer means.
func refused(at *url.URL, status int) error {
	err := fmt.Errorf("%s answers %d %s", at.Redacted(), status, http.StatusText(status))
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return way{err, "give Helm the credentials: helm repo add NAME URL --username USER --password-stdin"}
	case http.StatusNotFound:
		return way{err, "look at the address of the repository"}
	}
	return err
}

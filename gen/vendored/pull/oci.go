package pull

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/lvs-cloud/lvsgen/gen/vendored"
)

// chartLayer is the media type of a chart in an OCI artifact, and before Helm 3.7 (helm.sh/docs/topics/registries).
var chartLayer = []string{"application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip"}

// artifact fetches a chart from an OCI registry, and gives the digest of its manifest.
func (p *Puller) artifact(ctx context.Context, s vendored.Source) (archive []byte, manifest string, err error) {
	repository, err := remote.NewRepository(strings.TrimPrefix(s.Repository, "oci://") + "/" + s.Name)
	if err != nil {
		return nil, "", way{fmt.Errorf("%q is no name in a registry: %w", s.Repository+"/"+s.Name, err), "write it as oci://HOST/PATH, in small letters"}
	}
	repository.PlainHTTP = p.PlainHTTP || loopback(repository.Reference.Host())
	repository.Client = &auth.Client{
		Client: p.client, Cache: auth.NewCache(), Header: http.Header{"User-Agent": {userAgent}},
		Credential: credentials.Credential(p.settings.registries),
	}
	archive, manifest, err = chartOf(ctx, repository, s.Version)
	return archive, manifest, told(err, repository.Reference.Registry)
}

func chartOf(ctx context.Context, repository *remote.Repository, wanted string) (archive []byte, digest string, err error) {
	reference := wanted
	if !strings.HasPrefix(wanted, "sha256:") {
		if reference, err = tag(ctx, repository, wanted); err != nil {
			return nil, "", err
		}
	}
	described, err := repository.Resolve(ctx, reference)
	if err != nil {
		return nil, "", err
	}
	text, err := content.FetchAll(ctx, repository, described)
	if err != nil {
		return nil, "", err
	}
	var manifest ocispec.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, "", fmt.Errorf("its manifest is no JSON: %w", err)
	}
	i := slices.IndexFunc(manifest.Layers, func(l ocispec.Descriptor) bool { return slices.Contains(chartLayer, l.MediaType) })
	if i < 0 {
		return nil, "", way{errors.New("the artifact holds no chart"), "an artifact of manifests or an image is none: look at the address"}
	}
	if manifest.Layers[i].Size > maxArchive {
		return nil, "", fmt.Errorf("it is larger than %d MiB", maxArchive>>20)
	}
	archive, err = content.FetchAll(ctx, repository, manifest.Layers[i])
	return archive, described.Digest.String(), err
}

// tag gives the tag that a version or range leads to. Tags have "_" where versions have "+".
func tag(ctx context.Context, repository *remote.Repository, wanted string) (string, error) {
	exact := strings.ReplaceAll(wanted, "+", "_")
	if exact != "" {
		if ref := repository.Reference; ref.Registry != "" {
			ref.Reference = exact
			if ref.ValidateReferenceAsTag() == nil && !strings.ContainsAny(wanted, "*xX") {
				_, err := repository.Resolve(ctx, exact)
				if err == nil || !notFound(err) {
					return exact, err
				}
			}
		}
	}
	var have []string
	err := repository.Tags(ctx, "", func(tags []string) error {
		for _, t := range tags {
			have = append(have, strings.ReplaceAll(t, "_", "+"))
		}
		if len(have) > maxTags {
			return fmt.Errorf("it has more than %d tags", maxTags)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	chosen, err := choose(have, wanted)
	return strings.ReplaceAll(chosen, "+", "_"), err
}

// maxTags bounds the tags that are listed.
const maxTags = 100_000

func notFound(err error) bool {
	answer, ok := errors.AsType[*errcode.ErrorResponse](err)
	return ok && answer.StatusCode == http.StatusNotFound || errors.Is(err, errdef.ErrNotFound)
}

// told says what an error of a registry means.
func told(err error, registry string) error {
	var known way
	if err == nil || errors.As(err, &known) {
		return err
	}
	if answer, ok := errors.AsType[*errcode.ErrorResponse](err); ok {
		short := fmt.Errorf("%s answers %d %s", answer.URL.Redacted(), answer.StatusCode, http.StatusText(answer.StatusCode))
		switch answer.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			return way{short, login(registry)}
		case http.StatusNotFound:
			return way{short, "look at the address and the name of the chart"}
		}
		return short
	}
	if errors.Is(err, auth.ErrBasicCredentialNotFound) {
		return way{errors.New("the registry asks for a name and a password"), login(registry)}
	}
	if strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return way{errors.New("the registry speaks HTTP, not HTTPS"), "if that is meant: lvsgen charts pull --plain-http"}
	}
	return unreachable(err)
}

func login(registry string) string { return "log in: helm registry login " + registry }

// loopback tells whether a registry runs on this machine.
func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

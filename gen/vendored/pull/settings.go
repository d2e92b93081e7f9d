package pull

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"helm.sh/helm/v3/pkg/helmpath"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
	"sigs.k8s.io/yaml"
)

// entry is a repository of Helm's repositories.yaml (helm.sh/helm/v3/pkg/repo, Entry).
type entry struct {
	URL                string `json:"url"`
	Username           string `json:"username"`
	Password           string `json:"password"`
	CertFile           string `json:"certFile"`
	KeyFile            string `json:"keyFile"`
	CAFile             string `json:"caFile"`
	InsecureSkipVerify bool   `json:"insecure_skip_tls_verify"`
	PassCredentialsAll bool   `json:"pass_credentials_all"`
}

// settings are Helm's of this person.
type settings struct {
	entries    []entry
	registries credentials.Store
}

// readSettings reads HELM_REPOSITORY_CONFIG and HELM_REGISTRY_CONFIG, or what lies at their places in Helm's
// configuration; Docker's credentials count for registries too, as in Helm.
func readSettings() (*settings, error) {
	var s settings
	name := fallback(os.Getenv("HELM_REPOSITORY_CONFIG"), helmpath.ConfigPath("repositories.yaml"))
	content, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the repositories of Helm cannot be read: %w", err)
	}
	var file struct {
		Repositories []entry `json:"repositories"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("%s: the repositories of Helm are no YAML", name) // the parser's words could hold a password
	}
	s.entries = file.Repositories
	name = fallback(os.Getenv("HELM_REGISTRY_CONFIG"), helmpath.ConfigPath("registry", "config.json"))
	helms, err := credentials.NewStore(name, credentials.StoreOptions{DetectDefaultNativeStore: true})
	if err != nil {
		return nil, fmt.Errorf("%s: the credentials of Helm cannot be read: %w", name, err)
	}
	s.registries = helms
	if dockers, err := credentials.NewStoreFromDocker(credentials.StoreOptions{DetectDefaultNativeStore: true}); err == nil {
		s.registries = credentials.NewStoreWithFallbacks(helms, dockers)
	}
	return &s, nil
}

func fallback(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// entry gives what Helm knows of a repository; nil when it knows nothing.
func (s *settings) entry(repository string) *entry {
	for i, e := range s.entries {
		if strings.TrimRight(e.URL, "/") == repository {
			return &s.entries[i]
		}
	}
	return nil
}

// clientFor gives a client with the certificates of a repository.
func (p *Puller) clientFor(e *entry) (*http.Client, error) {
	if e == nil || e.CAFile == "" && e.CertFile == "" && !e.InsecureSkipVerify {
		return p.client, nil
	}
	config := &tls.Config{InsecureSkipVerify: e.InsecureSkipVerify} //nolint:gosec // the person asked Helm for it
	if e.CAFile != "" {
		content, err := os.ReadFile(e.CAFile)
		if err != nil {
			return nil, fmt.Errorf("the certificate authority: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("%s holds no certificate", e.CAFile)
		}
	}
	if e.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(e.CertFile, e.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("the client's certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config
	return &http.Client{Transport: retry.NewTransport(transport)}, nil
}

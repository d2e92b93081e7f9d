// Package charttest is a Helm repository and an OCI registry inside a test, with the same charts.
package charttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"cuelabs.dev/go/oci/ociregistry"
	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"

	"github.com/lvs-cloud/lvsgen/gen/vendored"
)

// Server answers as a Helm repository below /charts, and as an OCI registry in which the charts are below "charts".
type Server struct {
	*httptest.Server
	registry *ocimem.Registry

	mu       sync.Mutex
	index    map[string][]entry
	archives map[string][]byte
	// user and password are asked for when they are not empty.
	user, password string
	requests       []string
}

type entry struct {
	Version string   `json:"version"`
	Digest  string   `json:"digest,omitempty"`
	URLs    []string `json:"urls"`
}

// New starts one. Close ends it.
func New() *Server {
	s := &Server{registry: ocimem.New(), index: map[string][]entry{}, archives: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /charts/index.yaml", s.serveIndex)
	mux.HandleFunc("GET /charts/files/{name}", s.serveArchive)
	mux.Handle("/v2/", ociserver.New(s.registry, nil))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		user, password := s.user, s.password
		s.mu.Unlock()
		if u, p, _ := r.BasicAuth(); user != "" && (u != user || p != password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="charts"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	return s
}

// HTTP is the address of the Helm repository.
func (s *Server) HTTP() string { return s.URL + "/charts" }

// OCI is the address of the folder of charts in the registry.
func (s *Server) OCI() string { return "oci://" + strings.TrimPrefix(s.URL, "http://") + "/charts" }

// Login makes the server ask for a name and a password.
func (s *Server) Login(user, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user, s.password = user, password
}

// Requests are those that came since the last call.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.requests
	s.requests = nil
	return out
}

func (s *Server) serveIndex(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "entries": s.index})
}

func (s *Server) serveArchive(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	archive, ok := s.archives[r.PathValue("name")]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(archive)
}

// Publish puts a version of a chart into both.
func (s *Server) Publish(name, version string, files map[string]string) error {
	archive := Archive(name, version, files)
	file := name + "-" + version + ".tgz"
	s.mu.Lock()
	s.archives[file] = archive
	s.index[name] = append(s.index[name], entry{version, strings.TrimPrefix(vendored.Digest(archive), "sha256:"), []string{"files/" + file}})
	s.mu.Unlock()
	return s.push(name, strings.ReplaceAll(version, "+", "_"), archive)
}

// Damage changes the archive of a version, but not what the index says of it.
func (s *Server) Damage(name, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archives[name+"-"+version+".tgz"] = Archive(name, version, map[string]string{"NOTES.md": "changed"})
}

// Elsewhere makes the index name another address for a version.
func (s *Server) Elsewhere(name, version, url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range s.index[name] {
		if e.Version == version {
			s.index[name][i].URLs = []string{url}
		}
	}
}

func (s *Server) push(name, tag string, archive []byte) error {
	ctx := context.Background()
	blob := func(mediaType string, content []byte) (ociregistry.Descriptor, error) {
		d := ociregistry.Descriptor{MediaType: mediaType, Size: int64(len(content)), Digest: ociregistry.Digest(vendored.Digest(content))}
		_, err := s.registry.PushBlob(ctx, "charts/"+name, d, bytes.NewReader(content))
		return d, err
	}
	config, err := blob("application/vnd.cncf.helm.config.v1+json", fmt.Appendf(nil, `{"name":%q}`, name))
	if err != nil {
		return err
	}
	layer, err := blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", archive)
	if err != nil {
		return err
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": []any{layer},
	})
	if err != nil {
		return err
	}
	_, err = s.registry.PushManifest(ctx, "charts/"+name, tag, manifest, "application/vnd.oci.image.manifest.v1+json")
	return err
}

// Archive packs a chart, the same for the same files. Files are by their path in the chart; Chart.yaml need not be among
// them.
func Archive(name, version string, files map[string]string) []byte {
	all := map[string]string{"Chart.yaml": fmt.Sprintf("apiVersion: v2\nname: %s\nversion: %s\n", name, version)}
	var names []string
	for file, content := range files {
		all[file] = content
	}
	for file := range all {
		names = append(names, file)
	}
	slices.Sort(names)
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for _, file := range names {
		_ = archive.WriteHeader(&tar.Header{Name: name + "/" + file, Mode: 0o644, Size: int64(len(all[file])), Typeflag: tar.TypeReg})
		_, _ = archive.Write([]byte(all[file]))
	}
	_ = archive.Close()
	_ = zipped.Close()
	return out.Bytes()
}

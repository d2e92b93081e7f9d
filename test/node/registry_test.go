package node

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// artifacts stands for ghcr.io: it serves the artifact of Flux's manifests to those who ask for a token first, the layer,
// as ghcr.io does, from another host.
type artifacts struct {
	manifest, layer []byte
	// flaws by name: "no token", "blob 503", "other layer", "two layers", "no file".
	flaw     string
	requests []string
	storage  *httptest.Server
}

// fluxManifests is enough of Flux's own manifests for the cluster's folder.
const fluxManifests = `apiVersion: v1
kind: Namespace
metadata:
  name: flux-system
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gitrepositories.source.toolkit.fluxcd.io
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: kustomizations.kustomize.toolkit.fluxcd.io
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: source-controller
  namespace: flux-system
`

const mediaType = "application/vnd.cncf.flux.content.v1.tar+gzip"

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// publish starts a registry with the artifact.
func publish(t *testing.T, flaw string) (*artifacts, *httptest.Server) {
	t.Helper()
	a := &artifacts{flaw: flaw}
	name := "./gotk-components.yaml"
	if flaw == "no file" {
		name = "./other.yaml"
	}
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	archive := tar.NewWriter(zip)
	for _, err := range []error{
		archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(fluxManifests))}),
		func() error { _, err := archive.Write([]byte(fluxManifests)); return err }(),
		archive.Close(), zip.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	a.layer = buf.Bytes()
	layers := []map[string]any{
		{"mediaType": "application/octet-stream", "digest": digest([]byte("{}")), "size": 2},
		{"mediaType": mediaType, "digest": digest(a.layer), "size": len(a.layer)},
	}
	if flaw == "two layers" {
		layers = append(layers, layers[1])
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": layers,
	})
	if err != nil {
		t.Fatal(err)
	}
	a.manifest = manifest
	a.storage = httptest.NewServer(http.HandlerFunc(a.blob))
	server := httptest.NewServer(a)
	t.Cleanup(a.storage.Close)
	t.Cleanup(server.Close)
	return a, server
}

const anonymous = "Bearer an-anonymous-token"

func (a *artifacts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.requests = append(a.requests, r.URL.Path)
	const repository = "/v2/fluxcd/flux-manifests"
	if r.URL.Path == "/token" {
		if r.URL.RawQuery != "service=ghcr.io&scope=repository:fluxcd/flux-manifests:pull" || a.flaw == "no token" {
			http.Error(w, `{"errors":[]}`, http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(`{"token":"an-anonymous-token"}`))
		return
	}
	if r.Header.Get("Authorization") != anonymous {
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case repository + "/manifests/v2.9.5", repository + "/manifests/" + digest(a.manifest):
		if r.Header.Get("Accept") != "application/vnd.oci.image.manifest.v1+json" {
			http.Error(w, "", http.StatusNotAcceptable)
			return
		}
		_, _ = w.Write(a.manifest)
	case repository + "/manifests/" + otherDigest: // a registry that serves what was not asked for
		_, _ = w.Write(a.manifest)
	case repository + "/blobs/" + digest(a.layer):
		http.Redirect(w, r, a.storage.URL+"/blob", http.StatusTemporaryRedirect)
	default:
		http.NotFound(w, r)
	}
}

// otherDigest is no digest of anything here.
const otherDigest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// blob is the storage behind the registry: it must not see the registry's token.
func (a *artifacts) blob(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "":
		http.Error(w, "", http.StatusBadRequest)
	case a.flaw == "blob 503":
		http.Error(w, "", http.StatusServiceUnavailable)
	case a.flaw == "other layer":
		_, _ = w.Write(append(bytes.Clone(a.layer), 0))
	default:
		_, _ = w.Write(a.layer)
	}
}

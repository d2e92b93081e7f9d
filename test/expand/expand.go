// Package expand turns a Flux repository into the objects that a cluster would
// be asked to hold: it builds the cluster's entry point with kustomize, then
// every Flux Kustomization found, then renders every HelmRelease whose chart
// lies in the same repository. Tests judge what it returns.
//
// It shares no code with lvsgen itself: a mistake in how lvsgen simulates Flux
// must not be able to hide behind the test that looks for it.
package expand

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chartutil"
)

// Object is one Kubernetes object of a cluster and where it comes from.
type Object struct {
	// Origin is the chain that led to the object, outermost first: the entry
	// point, the Kustomization, the HelmRelease, the chart's template.
	Origin []string
	// ReleaseNamespace is the namespace in which Helm creates the object if it
	// is namespaced and names no namespace. It is empty for objects that do not
	// come from a chart: those Flux applies as they are.
	ReleaseNamespace string
	// Fields is the object as decoded JSON.
	Fields map[string]any
}

// APIVersion returns the object's group and version.
func (o Object) APIVersion() string { return text(o.Fields, "apiVersion") }

// Kind returns the object's kind.
func (o Object) Kind() string { return text(o.Fields, "kind") }

// Name returns the object's name.
func (o Object) Name() string { return text(o.Fields, "metadata", "name") }

// Namespace returns the namespace that the object names, or else that of its
// Helm release. It says nothing about whether the kind is namespaced.
func (o Object) Namespace() string {
	if namespace := text(o.Fields, "metadata", "namespace"); namespace != "" {
		return namespace
	}
	return o.ReleaseNamespace
}

// JSON returns the object as it would be sent to an API server.
func (o Object) JSON() ([]byte, error) { return json.Marshal(o.Fields) }

// String names the object and its origin, for messages.
func (o Object) String() string {
	name := o.Name()
	if namespace := o.Namespace(); namespace != "" {
		name = namespace + "/" + name
	}
	return fmt.Sprintf("%s %s %s (%s)", o.APIVersion(), o.Kind(), name, strings.Join(o.Origin, " > "))
}

// Capabilities is what charts may ask about the cluster.
type Capabilities struct {
	// KubeVersion is the cluster's version, for example "v1.36.3".
	KubeVersion string
	// APIVersions are the API versions ("traefik.io/v1alpha1") and kinds
	// ("traefik.io/v1alpha1/Middleware") that it serves beyond those that Helm
	// knows by itself.
	APIVersions []string
}

// DefaultCapabilities describes the cluster that lvsgen's clouds run on, for
// tests that have no API server to ask.
func DefaultCapabilities() Capabilities {
	return Capabilities{
		KubeVersion: "v1.36.3",
		APIVersions: []string{"cert-manager.io/v1", "helm.cattle.io/v1", "traefik.io/v1alpha1"},
	}
}

// Result is everything that one cluster's entry point leads to.
type Result struct {
	// Objects are in the order in which they were found, which depends on
	// nothing but the tree.
	Objects []Object
	// Remote names each Kustomization and HelmRelease whose content lies in
	// another repository, so that nothing below it was judged.
	Remote []string
}

// Clusters returns the entry points of the repository at root, as slash
// separated paths below it: its directories clusters/<name>, sorted. A
// repository without the directory clusters has none.
func Clusters(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, "clusters"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var clusters []string
	for _, entry := range entries {
		if entry.IsDir() {
			clusters = append(clusters, path.Join("clusters", entry.Name()))
		}
	}
	return clusters, nil
}

// Expand returns the objects of the cluster whose entry point is the given
// directory of the repository at root. The error joins all that went wrong; the
// result then holds what could be expanded all the same.
func Expand(root, entry string, capabilities Capabilities) (Result, error) {
	kubeVersion, err := chartutil.ParseKubeVersion(capabilities.KubeVersion)
	if err != nil {
		return Result{}, fmt.Errorf("kubernetes version %q: %w", capabilities.KubeVersion, err)
	}
	files, err := load(root)
	if err != nil {
		return Result{}, err
	}
	helm := chartutil.DefaultCapabilities.Copy()
	helm.KubeVersion = *kubeVersion
	helm.APIVersions = append(slices.Clone(helm.APIVersions), capabilities.APIVersions...)
	// Variables may come from an object that a later Kustomization brings, and
	// Flux tries until it is there: what the first pass finds, the second uses.
	first := &expander{files: files}
	first.kustomizations(entry)
	e := &expander{root: root, files: files, capabilities: helm, known: first.objects}
	e.kustomizations(entry)
	e.helmReleases()
	return Result{Objects: e.objects, Remote: e.remote}, errors.Join(e.errs...)
}

// expander collects what one run finds.
type expander struct {
	root         string
	files        tree
	capabilities *chartutil.Capabilities
	// known are objects to look up besides those found so far.
	known []Object

	objects []Object
	remote  []string
	errs    []error
}

func (e *expander) add(origin []string, releaseNamespace string, objects []map[string]any) {
	for _, fields := range objects {
		e.objects = append(e.objects, Object{Origin: origin, ReleaseNamespace: releaseNamespace, Fields: fields})
	}
}

func (e *expander) fail(origin []string, err error) {
	e.errs = append(e.errs, fmt.Errorf("%s: %w", strings.Join(origin, " > "), err))
}

// find returns the object of the core API group with that kind, namespace and
// name.
func (e *expander) find(kind, namespace, name string) (Object, bool) {
	for _, object := range slices.Concat(e.objects, e.known) {
		if object.APIVersion() == "v1" && object.Kind() == kind && object.Namespace() == namespace && object.Name() == name {
			return object, true
		}
	}
	return Object{}, false
}

// reference names a source in a Flux object.
type reference struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// isThisRepository says whether an object of the given namespace that uses this
// source reads the repository itself. Flux's bootstrap gives it this name.
func (r reference) isThisRepository(namespace string) bool {
	if r.Namespace != "" {
		namespace = r.Namespace
	}
	return r.Kind == "GitRepository" && r.Name == "flux-system" && namespace == "flux-system"
}

// metadata is the part of an object's metadata that Flux lets others add to.
type metadata struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// apply sets the labels and annotations on an object.
func (m metadata) apply(object map[string]any) {
	set := func(field string, values map[string]string) {
		if len(values) == 0 {
			return
		}
		meta, _ := object["metadata"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
			object["metadata"] = meta
		}
		all, _ := meta[field].(map[string]any)
		if all == nil {
			all = map[string]any{}
			meta[field] = all
		}
		for key, value := range values {
			all[key] = value
		}
	}
	set("labels", m.Labels)
	set("annotations", m.Annotations)
}

// text returns the string at a path of fields, or "" if there is none.
func text(fields map[string]any, names ...string) string {
	for _, name := range names[:len(names)-1] {
		fields, _ = fields[name].(map[string]any)
	}
	value, _ := fields[names[len(names)-1]].(string)
	return value
}

// decode fills a struct from an object's fields.
func decode(fields map[string]any, into any) error {
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

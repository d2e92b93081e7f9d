// Package world is what a cluster would hold after Flux has done its work from nothing: objects with their owners and
// places, and for every question one of three answers, since a repository does not tell everything.
package world

import (
	"fmt"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Object is one object of the cluster.
type Object struct {
	APIVersion string
	// Group is "" for the core API.
	Group, Kind, Namespace, Name string
	// Fields is the object as JSON would hold it. Rules do not change it. A text that holds "${name}" stands for one that
	// only the cluster knows.
	Fields map[string]any
	// Doc is the document that it is written in; nil when it was generated or rendered by a chart.
	Doc *yamlfile.Document
	// Place is where it comes from when there is no Doc: a generator's line, a chart's template.
	Place diag.Position
	// Owner applies it.
	Owner *Owner
	// Sources are the files that the texts of a generated ConfigMap or Secret come from, by key.
	Sources map[string]string
}

// Owner is what applies objects: a Flux Kustomization or a HelmRelease.
type Owner struct {
	// Object is the Kustomization or HelmRelease itself; nil for an entry point that the repository does not describe.
	Object *Object
	// Path is the folder of a Kustomization, or of the chart of a release, inside the repository; "" when it is elsewhere.
	Path string
	// Applied are its objects.
	Applied []*Object
	// Files are the files of the repository that it is made of.
	Files []string
	// Remote are its references to places outside of the repository.
	Remote []diag.Position
	// MissingPath tells that the folder of a Kustomization does not exist.
	MissingPath bool
	// Elsewhere tells that the source of a Kustomization is not this repository, as far as is known. Path is then its
	// folder if this repository has such a one, since the source may be it under another name.
	Elsewhere bool
	// Trace finds where the field of an object comes from that a chart of the repository renders: in the values or in a
	// template. It is nil for other objects, and costs renderings: only for findings.
	Trace func(o *Object, path []any) diag.Position
	// Opaque says why its objects are not known; "" when they are.
	Opaque string
	// Broken tells that Flux never gets as far as applying it, which a finding says already.
	Broken bool
	// Chart is the name of the chart of a release that is elsewhere.
	Chart string
	// From is where such a chart comes from; nil when that is not known. Archive is the file of the repository that holds
	// it; "" when it is not vendored.
	From    *vendored.Source
	Archive string
	// Values are what a release gives to its chart; Guesses tells that only the cluster knows all of them.
	Values  map[string]any
	Guesses bool
	// Unread finds the values of a release that its chart does not read, when the chart is in the repository. It is nil for others, and
	// costs renderings.
	Unread func() []Unread
	// Locate gives the place where a release's value is written, or of the nearest part above it.
	Locate func(path []any) diag.Position
	// Namespace is where a release installs to.
	Namespace string
	// OtherCluster tells that its objects go to another cluster: spec.kubeConfig names it.
	OtherCluster bool
	// FluxItself tells that it is Flux's own manifests: what they hold is known well enough.
	FluxItself bool
}

// Unread is a value that a chart does not read.
type Unread struct {
	Path []any
	// Near is a value of the chart with a similar name; "" when there is none.
	Near string
}

// Encloses tells whether a file is one in the archive of a vendored chart that a release installs.
func (owner *Owner) Encloses(file string) bool {
	return owner != nil && owner.Archive != "" && owner.Object != nil && strings.HasPrefix(file, owner.Archive)
}

// Outside moves a finding from inside the archive of a vendored chart, which nobody edits, to the line of the release that
// names the chart.
func (owner *Owner) Outside(f diag.Finding) diag.Finding {
	if !owner.Encloses(f.Position.File) {
		return f
	}
	if file := strings.TrimPrefix(f.Position.File, owner.Archive+"/"); file != f.Position.File {
		f.Message += fmt.Sprintf(" (%s of chart %q)", file, owner.Chart)
	}
	f.Position = owner.Object.Position("spec", "chart", "spec", "chart")
	if owner.Object.Map("spec", "chartRef") != nil {
		f.Position = owner.Object.Position("spec", "chartRef", "name")
	}
	return f
}

// New makes an object of fields.
func New(fields map[string]any, owner *Owner) *Object {
	o := &Object{Fields: fields, Owner: owner}
	o.APIVersion, _ = fields["apiVersion"].(string)
	o.Kind, _ = fields["kind"].(string)
	if group, _, found := strings.Cut(o.APIVersion, "/"); found {
		o.Group = group
	}
	metadata := o.Map("metadata")
	o.Name, _ = metadata["name"].(string)
	o.Namespace, _ = metadata["namespace"].(string)
	return o
}

// ID is the object for messages: "Secret shop/mail", or "Namespace shop" outside of namespaces.
func (o *Object) ID() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// Ref is the object as findings name it.
func (o *Object) Ref() *diag.Object {
	return &diag.Object{APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}
}

// Position is the place of the field at path, whose parts are keys (string) and indexes (int), or of the nearest part
// above it that the repository writes.
func (o *Object) Position(path ...any) diag.Position {
	switch {
	case o.Doc != nil:
		return o.Doc.Position(path...)
	case o.Owner != nil && o.Owner.Trace != nil && len(path) > 0:
		return o.Owner.Trace(o, path)
	}
	return o.Place
}

// Key is the place of the key itself at path.
func (o *Object) Key(path ...any) diag.Position {
	if o.Doc != nil {
		return o.Doc.Key(path...)
	}
	return o.Position(path...)
}

// Inside is the place of a line, counted from 0, of the text at path.
func (o *Object) Inside(line int, path ...any) diag.Position {
	if o.Doc != nil {
		return o.Doc.Inside(line, path...)
	}
	return o.Position(path...)
}

// Value is the field at path, nil when it is not there.
func (o *Object) Value(path ...any) any { return Value(o.Fields, path...) }

// Value is the part of v at path, nil when it is not there.
func Value(v any, path ...any) any {
	for _, part := range path {
		switch p := part.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p < 0 || p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// Text is the string at path, "" when there is none.
func (o *Object) Text(path ...any) string {
	s, _ := o.Value(path...).(string)
	return s
}

// Map is the mapping at path, nil when there is none.
func (o *Object) Map(path ...any) map[string]any {
	m, _ := o.Value(path...).(map[string]any)
	return m
}

// List is the list at path, nil when there is none.
func (o *Object) List(path ...any) []any {
	l, _ := o.Value(path...).([]any)
	return l
}

// Is tells the API group and kind of an object.
func (o *Object) Is(group, kind string) bool { return o.Group == group && o.Kind == kind }

// Guessed tells whether a text holds something that only the cluster knows.
func Guessed(text string) bool { return strings.Contains(text, "${") }

// Answer is what the world knows of an object's existence.
type Answer int

// The answers.
const (
	Absent Answer = iota
	Unknown
	Found
)

// World is one cluster.
type World struct {
	// Entry is the folder that Flux starts from.
	Entry string
	// Source is the namespace and name of the source by which the cluster reads this repository.
	Source struct{ Namespace, Name string }
	// Owners are in the order in which they were found; the entry point is first.
	Owners  []*Owner
	Objects []*Object
	// Prepared is the file by which something else than Flux installs charts and namespaces first; "" when nothing does.
	Prepared string
	// Findings are what kept parts of the world from being built.
	Findings diag.Findings

	byID map[id][]*Object
}

type id struct{ group, kind, namespace, name string }

// Add puts objects into the world.
func (w *World) Add(objects ...*Object) {
	if w.byID == nil {
		w.byID = map[id][]*Object{}
	}
	for _, o := range objects {
		w.Objects = append(w.Objects, o)
		key := id{o.Group, o.Kind, o.Namespace, o.Name}
		w.byID[key] = append(w.byID[key], o)
	}
}

// All are the objects with that identity: more than one when several owners apply it.
func (w *World) All(group, kind, namespace, name string) []*Object {
	return w.byID[id{group, kind, namespace, name}]
}

// Find looks for an object of the repository; nil when it holds none.
func (w *World) Find(group, kind, namespace, name string) *Object {
	if all := w.All(group, kind, namespace, name); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Lookup tells whether the cluster will hold an object. It is Unknown when something whose objects are not known could
// make it: a release may make anything in its namespace and outside of namespaces, a Kustomization anything anywhere.
func (w *World) Lookup(group, kind, namespace, name string) (Answer, *Object) {
	if o := w.Find(group, kind, namespace, name); o != nil {
		return Found, o
	}
	if Guessed(name) || Guessed(namespace) {
		return Unknown, nil
	}
	for _, owner := range w.Owners {
		if owner.Hides(group, kind, namespace) {
			return Unknown, nil
		}
	}
	return Absent, nil
}

// Hides tells whether an owner's objects are not known and some of a kind may be in a namespace ("" is outside of
// namespaces). Charts are taken not to make objects of Flux; Flux's own manifests hold only what runs Flux. Of a vendored
// chart the objects are known, but not those that its programs make when they run.
func (o *Owner) Hides(group, kind, namespace string) bool {
	switch {
	case o.OtherCluster:
		return false
	case o.Opaque == "" && o.Archive == "" || o.Namespace != "" && strings.HasSuffix(group, ".toolkit.fluxcd.io"):
		return false
	case o.FluxItself:
		return fluxKinds[kind] && (namespace == fluxNamespace || namespace == "") && !strings.HasSuffix(group, ".toolkit.fluxcd.io")
	}
	return o.Namespace == "" || o.Namespace == namespace || namespace == ""
}

// Hidden gives an owner that may make some of a kind in a namespace; nil when there is none.
func (w *World) Hidden(group, kind, namespace string) *Owner {
	for _, owner := range w.Owners {
		if owner.Hides(group, kind, namespace) {
			return owner
		}
	}
	return nil
}

// fluxKinds are what Flux's own manifests hold (flux install --export, 2.9).
var fluxKinds = set("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Deployment", "Namespace", "NetworkPolicy", "ResourceQuota", "Service", "ServiceAccount")

// fluxNamespace is where Flux's own manifests put theirs.
const fluxNamespace = "flux-system"

// Kind are all objects of a kind.
func (w *World) Kind(group, kind string) []*Object {
	var out []*Object
	for _, o := range w.Objects {
		if o.Group == group && o.Kind == kind {
			out = append(out, o)
		}
	}
	return out
}

// ID is the owner for messages.
func (o *Owner) ID() string {
	if o.Object == nil {
		return "the entry point " + o.Path
	}
	return o.Object.ID()
}

// Name is the name of the Kustomization or HelmRelease, as dependsOn gives it.
func (o *Owner) Name() string {
	if o.Object == nil {
		return o.Path
	}
	return o.Object.Name
}

package simulate

import (
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/helm"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

const ruleValues = "values-key"

// releases renders every HelmRelease of the world, those that charts bring too. One that two Kustomizations apply is one
// object of the cluster, and rendered once.
func (s *simulation) releases() {
	for i := 0; i < len(s.world.Objects); i++ {
		o := s.world.Objects[i]
		if !o.Is(groupHelm, "HelmRelease") || s.done[o.ID()] {
			continue
		}
		s.done[o.ID()] = true
		if !s.bounded() {
			return
		}
		if !s.tooDeep(o) {
			s.release(o)
		}
	}
}

func (s *simulation) release(o *world.Object) {
	owner := &world.Owner{Object: o}
	s.world.Owners = append(s.world.Owners, owner)
	var r release
	decode(o.Value("spec"), &r)
	owner.Namespace = r.namespace(o)
	if o.Map("spec", "kubeConfig") != nil {
		owner.OtherCluster, owner.Opaque = true, "it is installed in another cluster"
		return
	}
	if r.Install.CreateNamespace {
		made := world.New(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": r.namespace(o)}}, owner)
		made.Place = o.Position("spec", "install", "createNamespace")
		s.world.Add(made)
	}
	values, known := s.values(o, &r)
	owner.Values, owner.Guesses = values, !known
	dir, ok := s.chartFolder(o, &r, owner)
	owner.Locate = s.locator(o, &r, dir)
	if !ok {
		return
	}
	var own map[string]any
	ownKnown := true
	if owner.Archive == "" {
		owner.Path = dir
		own, ownKnown = s.valuesFiles(o, &r)
		ownKnown = ownKnown && !s.lostDefaults(o, &r, dir, own, values)
	} else {
		own, ownKnown = s.archivedValues(o, &r, dir)
	}
	t := &tracer{simulation: s, release: o, spec: &r, dir: dir, archived: owner.Archive != "", values: values, own: own, locate: owner.Locate, done: map[string]diag.Position{}}
	asked := t.asked(values, nil)
	asked.Locate = owner.Locate
	objects, findings, err := s.charts.Render(dir, own, asked)
	t.base = objects
	for _, f := range findings {
		if f.Severity != diag.Error && err == nil {
			s.add(owner.Outside(f), o)
		}
	}
	owner.Trace = t.trace
	owner.Unread = t.unread
	switch {
	case err != nil:
		owner.Opaque = err.Error()
		for _, f := range findings {
			s.add(owner.Outside(f), o)
		}
	case findings.Count(diag.Error) > 0:
		owner.Opaque, owner.Broken = "its chart does not render", true
		if known && ownKnown {
			for _, f := range findings {
				if f.Severity == diag.Error {
					if owner.Archive == "" {
						f = f.WithRelated(o.Position("spec"), "%s", o.ID())
					}
					s.add(owner.Outside(f), o)
				}
			}
		}
	case len(r.PostRenderers) > 0:
		s.postRender(owner, &r, objects)
	default:
		s.install(owner, &r, objects)
	}
}

// namespace is where the release's objects go.
func (r *release) namespace(o *world.Object) string {
	if r.TargetNamespace != "" {
		return r.TargetNamespace
	}
	return o.Namespace
}

// name is the release's name, as helm-controller makes it.
func (r *release) name(o *world.Object) string {
	switch {
	case r.ReleaseName != "":
		return r.ReleaseName
	case r.TargetNamespace != "":
		return r.TargetNamespace + "-" + o.Name
	}
	return o.Name
}

// chartName is the name of a chart that is elsewhere; "" when it cannot be known.
func (s *simulation) chartName(o *world.Object, r *release) string {
	switch {
	case r.Chart != nil:
		return path.Base(r.Chart.Spec.Chart)
	case r.ChartRef != nil && r.ChartRef.Kind == "OCIRepository":
		namespace := r.ChartRef.Namespace
		if namespace == "" {
			namespace = o.Namespace
		}
		if source := s.world.Find(groupSource, "OCIRepository", namespace, r.ChartRef.Name); source != nil {
			return path.Base(source.Text("spec", "url"))
		}
	}
	return ""
}

// chartSource is where a chart that is elsewhere comes from; nil when that cannot be known, or is a Bucket or another git
// repository. As in Flux, a version counts for Helm repositories only; of an OCIRepository a digest comes before a range,
// and a range before a tag.
func (s *simulation) chartSource(o *world.Object, r *release) *vendored.Source {
	switch {
	case r.Chart != nil && r.Chart.Spec.SourceRef.Kind == "HelmRepository":
		source := s.find(r.Chart.Spec.SourceRef.from(o))
		if source == nil || source.Text("spec", "url") == "" {
			return nil
		}
		return &vendored.Source{Repository: strings.TrimRight(source.Text("spec", "url"), "/"), Name: r.Chart.Spec.Chart, Version: strings.TrimSpace(r.Chart.Spec.Version)}
	case r.ChartRef != nil && r.ChartRef.Kind == "OCIRepository":
		source := s.find(r.ChartRef.from(o))
		if source == nil {
			return nil
		}
		repository, name := path.Split(strings.TrimRight(source.Text("spec", "url"), "/"))
		version := source.Text("spec", "ref", "digest")
		for _, field := range []string{"semver", "tag"} {
			if version == "" {
				version = source.Text("spec", "ref", field)
			}
		}
		return &vendored.Source{Repository: strings.TrimRight(repository, "/"), Name: name, Version: version}
	}
	return nil
}

// chartHere tells whether a release takes its chart from this repository.
func (s *simulation) chartHere(o *world.Object, r *release) bool {
	return r.Chart != nil && r.Chart.Spec.SourceRef.Kind == "GitRepository" &&
		s.thisRepository(r.Chart.Spec.SourceRef.from(o), confined(r.Chart.Spec.Chart))
}

// chartFolder finds the chart in the repository; false when it is elsewhere, or missing.
func (s *simulation) chartFolder(o *world.Object, r *release, owner *world.Owner) (string, bool) {
	if !s.chartHere(o, r) {
		owner.Chart, owner.From = s.chartName(o, r), s.chartSource(o, r)
		if owner.From != nil && !world.Guessed(owner.From.Repository+owner.From.Name+owner.From.Version) {
			if _, file, ok := s.Vendored.Find(*owner.From); ok {
				owner.Archive = file
				return file, true
			}
		}
		owner.Opaque = "its chart is not in this repository"
		return "", false
	}
	dir := confined(r.Chart.Spec.Chart)
	ignored := s.ignoredBy(r.Chart.Spec.SourceRef.from(o))
	chart := path.Join(dir, "Chart.yaml")
	if s.tree.Has(chart) && (ignored == nil || !ignored(chart)) {
		return dir, true
	}
	owner.Opaque, owner.Broken = "its chart does not exist", true
	if s.tree.Has(chart) {
		s.add(diag.Errorf(helm.RuleChart, o.Position("spec", "chart", "spec", "chart"), "chart %q of %s is in git, but the source that Flux reads leaves it out", r.Chart.Spec.Chart, o.ID()).
			WithHint("look at spec.ignore of the GitRepository and at .sourceignore"), o)
		return "", false
	}
	if why := s.tree.LeftOut(chart); why != "" {
		s.add(diag.Errorf(helm.RuleChart, o.Position("spec", "chart", "spec", "chart"), "chart %q of %s %s", r.Chart.Spec.Chart, o.ID(), why).
			WithHint("write the path of the folder itself"), o)
		return "", false
	}
	f := diag.Errorf(helm.RuleChart, o.Position("spec", "chart", "spec", "chart"), "chart %q of %s has no Chart.yaml", r.Chart.Spec.Chart, o.ID())
	if near := diag.Nearest(path.Base(dir), s.tree.Dir(path.Dir(dir))); near != "" {
		f = f.WithHint("did you mean %q?", "./"+path.Join(path.Dir(dir), near))
	} else {
		f = f.WithHint("write the chart's folder from the repository's root")
	}
	s.add(f, o)
	return "", false
}

// values are what Flux gives to the release: the references in their order, then the inline ones. Not known are those
// that only the cluster holds.
func (s *simulation) values(o *world.Object, r *release) (values map[string]any, known bool) {
	values, known = map[string]any{}, true
	for i, ref := range r.ValuesFrom {
		text, state := s.referenced(o, i, ref)
		if state != found {
			known = known && state == absent
			continue
		}
		if !ref.merge(&values, text) {
			known = false
			if s.reported(s.world.Find("", ref.Kind, o.Namespace, ref.Name), ref.key(), text) {
				continue
			}
			s.add(diag.Errorf(ruleValues, o.Position("spec", "valuesFrom", i), "the values of %s %q cannot be read as YAML", ref.Kind, ref.Name).
				WithHint("compare the key %q with what the chart takes", ref.key()), o)
		}
	}
	return merge(values, r.Values), known
}

// reported tells whether the rule yaml-syntax says that a text cannot be read: at the file that a generated object took it
// from, or inside the object.
func (s *simulation) reported(from *world.Object, key, text string) bool {
	if file := s.generatedFrom(from, text); file != "" {
		_, findings := s.docs.Documents(file)
		return len(findings) > 0
	}
	if ext := path.Ext(key); ext != ".yaml" && ext != ".yml" || yamlfile.MayBeTemplate(text) {
		return false
	}
	_, findings := yamlfile.Parse("", []byte(text))
	return len(findings) > 0
}

type state int

const (
	found state = iota
	absent
	unknown
)

func (ref *valueReference) key() string {
	if ref.ValuesKey == "" {
		return "values.yaml"
	}
	return ref.ValuesKey
}

func (s *simulation) referenced(o *world.Object, i int, ref valueReference) (string, state) {
	from := s.world.Find("", ref.Kind, o.Namespace, ref.Name)
	if from == nil {
		return "", unknown // a rule says whether anything can make it
	}
	if text, ok := from.Value("data", ref.key()).(string); ok && ref.Kind == "ConfigMap" {
		return text, found
	}
	keys := append(slices.Collect(maps.Keys(from.Map("data"))), slices.Collect(maps.Keys(from.Map("stringData")))...)
	if ref.Kind == "Secret" && (slices.Contains(keys, ref.key()) || len(keys) == 0 || shared(from)) {
		return "", unknown // its values are nobody's business, and its keys may come from elsewhere
	}
	if ref.Optional {
		return "", absent
	}
	slices.Sort(keys)
	at := o.Position("spec", "valuesFrom", i, "name")
	if ref.ValuesKey != "" {
		at = o.Position("spec", "valuesFrom", i, "valuesKey")
	}
	s.add(diag.Errorf(ruleValues, at, "%s has no key %q, so %s cannot be installed", from.ID(), ref.key(), o.ID()).
		WithHint("its keys are: %s", strings.Join(keys, ", ")).WithRelated(from.Position("metadata", "name"), "%s", from.ID()), o)
	return "", unknown
}

// shared tells whether Flux leaves the keys of others in an object (kustomize-controller, annotation ssa).
func shared(o *world.Object) bool {
	mode := o.Text("metadata", "annotations", "kustomize.toolkit.fluxcd.io/ssa")
	return mode != "" && mode != "Override"
}

// merge lays a reference's text over the values; false when it cannot be read.
func (ref *valueReference) merge(values *map[string]any, text string) bool {
	switch {
	case ref.TargetPath == "":
		var more map[string]any
		if yaml.Unmarshal([]byte(text), &more) != nil {
			return false
		}
		*values = merge(*values, more)
		return true
	case ref.Literal:
		return strvals.ParseLiteralInto(ref.TargetPath+"="+text, *values) == nil
	}
	return strvals.ParseInto(ref.TargetPath+"="+text, *values) == nil
}

// merge gives a with b laid over it: mappings are merged, anything else is replaced.
func merge(a, b map[string]any) map[string]any {
	out := copied(a)
	for key, value := range b {
		below, isMap := value.(map[string]any)
		above, wasMap := out[key].(map[string]any)
		if isMap && wasMap {
			value = merge(above, below)
		}
		out[key] = value
	}
	return out
}

// install puts what a chart rendered into the world, each object in the namespace that it gets.
func (s *simulation) install(owner *world.Owner, r *release, objects []helm.Object) {
	for _, rendered := range objects {
		if strings.Contains(rendered.Hook, "test") {
			continue
		}
		o := world.New(rendered.Fields, owner)
		o.Place = diag.Position{File: rendered.Template}
		r.CommonMetadata.put(o)
		if o.Namespace == "" && !world.ClusterScoped(o.Group, o.Kind) {
			o.Namespace = r.namespace(owner.Object)
		}
		owner.Applied = append(owner.Applied, o)
	}
	s.world.Add(owner.Applied...)
}

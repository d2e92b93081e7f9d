package plan

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/setter"
)

// policy is one image policy: what the renderer put at its markers, what stands on disk, and who wins.
type policy struct {
	name     string
	rendered map[string]string // marker key -> value
	sources  []source          // what stands on disk, files of the tree first
	// seeds by lock key: the policy's name for its version, NAME:name for the repository.
	seeds map[string]*seed
}

// seed is what the inputs give for a version or a repository.
type seed struct {
	now        string
	before     []string // of the lock
	fromInputs bool     // the inputs win over the disk
}

// changed tells whether the inputs were changed by hand since the lock was written. A merge may leave several seeds; if
// one of them is the seed now, nobody changed it. No seed at all means that the lock was lost, and the disk is right.
func (s *seed) changed() bool { return len(s.before) > 0 && !slices.Contains(s.before, s.now) }

// source is the values of one policy in one file, or on one side of a conflict in it.
type source struct {
	file   string
	values map[string]setter.Marker
}

// version gives the version that a source stands for: that of its tag, or of its whole reference.
func (s source) version(name string) (*semver.Version, bool) {
	tag := s.values[name+":tag"].Value
	if m, ok := s.values[name]; ok && tag == "" {
		tag = tagOf(m.Value)
	}
	v, err := semver.NewVersion(tag)
	return v, err == nil
}

// carry gives the files to write: the rendered ones, with the values on disk where those win.
func (p *planner) carry() map[string]*file {
	p.collectPolicies()
	p.checkReadable()
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.policies)) {
		maps.Copy(values, p.resolve(p.policies[name]))
	}
	wanted := make(map[string]*file, len(p.rendered))
	for _, name := range p.rendered {
		wanted[name] = p.fill(name, p.renderedFile(name), values)
	}
	return wanted
}

// fill gives the rendered file f with the values. Where the file on disk says the same already, it is that one: a bump
// by Flux costs no writing of YAML.
func (p *planner) fill(name string, f *file, values map[string]string) *file {
	if !p.differs(f, values) {
		return f
	}
	// The digest is that of the rendered file: only the blanked tokens differ.
	filled := &file{markers: retag(f.markers, values), digest: f.sum()}
	if have := p.found[name]; have != nil && have.err == nil && have.sameAs(filled) {
		return have
	}
	content, err := setter.SetMarkers(f.content, f.markers, values)
	if err != nil {
		p.refuse("bad-marker", name, "the values of its image-policy markers cannot be set: %v", err).
			Hint = "correct the values in the file on disk, or change the image in the inputs"
	}
	filled.content = content
	return filled
}

// checkReadable refuses a file that is no YAML any more when its values are known from nowhere else: overwriting it
// would quietly put an old version back.
func (p *planner) checkReadable() {
	for _, name := range p.rendered {
		have := p.found[name]
		if have == nil || have.err == nil || slices.ContainsFunc(have.sides, func(s *file) bool { return s.err == nil }) {
			continue
		}
		for _, m := range p.renderedFile(name).markers {
			key, _ := setter.Policy(m.Key)
			if len(p.policies[key].sources) > 0 {
				continue
			}
			p.refuse("unreadable-marker", name, "cannot be read as YAML, and only it has the value of %q: %v", m.Key, have.err).
				Hint = "repair it, or delete it to start again from the version in the inputs; then run `lvsgen render`"
			break
		}
	}
}

func (p *planner) differs(f *file, values map[string]string) bool {
	return slices.ContainsFunc(f.markers, func(m setter.Marker) bool { v, ok := values[m.Key]; return ok && v != m.Value })
}

// retag gives the markers with their new values. A value that was set is always written as a string. The places are
// not kept up to date: nobody needs them any more.
func retag(markers []setter.Marker, values map[string]string) []setter.Marker {
	out := slices.Clone(markers)
	for i, m := range out {
		if v, ok := values[m.Key]; ok && v != m.Value {
			out[i].Value, out[i].IsString = v, true
		}
	}
	return out
}

// collectPolicies groups the markers of the tree and of all owned files on disk by policy: a marker that moved to
// another file finds its value again.
func (p *planner) collectPolicies() {
	p.policies = map[string]*policy{}
	for _, name := range p.rendered {
		for _, m := range p.renderedFile(name).markers {
			key, _ := setter.Policy(m.Key)
			pol, ok := p.policies[key]
			if !ok {
				pol = &policy{name: key, rendered: map[string]string{}}
				p.policies[key] = pol
			}
			if _, seen := pol.rendered[m.Key]; !seen {
				pol.rendered[m.Key] = m.Value
			}
		}
	}
	for _, pol := range p.policies {
		pol.seeds = p.seedsOf(pol)
	}
	for _, names := range [][]string{p.rendered, p.dropped} {
		for _, name := range names {
			if f := p.found[name]; f != nil {
				p.collectSources(name, f)
			}
		}
	}
}

func (p *planner) collectSources(name string, f *file) {
	for _, side := range append([]*file{f}, f.sides...) {
		var order []string
		byPolicy := map[string]map[string]setter.Marker{}
		for _, m := range side.markers {
			key, _ := setter.Policy(m.Key)
			if p.policies[key] == nil {
				continue
			}
			if byPolicy[key] == nil {
				byPolicy[key] = map[string]setter.Marker{}
				order = append(order, key)
			}
			if _, seen := byPolicy[key][m.Key]; !seen {
				byPolicy[key][m.Key] = m
			}
		}
		for _, key := range order {
			p.policies[key].sources = append(p.policies[key].sources, source{name, byPolicy[key]})
		}
	}
}

// seedsOf gives the seeds of a policy: of its version, and of its repository where a marker stands for that.
func (p *planner) seedsOf(pol *policy) map[string]*seed {
	whole, hasWhole := pol.rendered[pol.name]
	version := cmp.Or(p.opts.Seeds[pol.name], p.opts.Seeds[pol.name+":tag"], pol.rendered[pol.name+":tag"],
		strings.TrimPrefix(suffixOf(whole), ":"), pol.rendered[pol.name+":digest"])
	name, hasName := pol.rendered[pol.name+":name"]
	if !hasName {
		name = nameOf(whole)
	}
	seeds := map[string]*seed{}
	if version != "" {
		seeds[pol.name] = &seed{now: version, before: p.lock.Seeds[pol.name]}
	}
	if (hasName || hasWhole) && name != "" {
		key := pol.name + ":name"
		seeds[key] = &seed{now: name, before: p.lock.Seeds[key]}
	}
	return seeds
}

// resolve gives the value of every marker of a policy.
func (p *planner) resolve(pol *policy) map[string]string {
	for _, s := range pol.seeds {
		s.fromInputs = len(pol.sources) == 0 || s.changed()
	}
	if len(pol.sources) == 0 {
		return nil
	}
	ranked := p.rank(pol)
	fromInputs := func(key string) bool { return pol.seeds[key] != nil && pol.seeds[key].fromInputs }
	out := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(pol.rendered)) {
		rendered := pol.rendered[key]
		found, at, ok := valueOf(ranked, key)
		if !ok {
			continue
		}
		_, part := setter.Policy(key)
		value := found.Value
		switch part {
		case setter.Name:
			if fromInputs(pol.name + ":name") {
				value = rendered
			}
		case setter.Image:
			name, suffix := nameOf(value), suffixOf(value)
			if fromInputs(pol.name + ":name") {
				name = nameOf(rendered)
			}
			if fromInputs(pol.name) {
				suffix = suffixOf(rendered)
			}
			value = name + suffix
		default:
			if fromInputs(pol.name) {
				value = rendered
			}
		}
		where := position(at, found)
		if value != found.Value {
			p.note("image-version-changed", where, "%s was %q on disk and is set to %q: the inputs were changed since the last render", key, found.Value, value)
		}
		if value != rendered && !sane(part, value) {
			p.refuse("bad-image-value", at, "value %q at marker %q is not %s", found.Value, key, meaning[part]).Position = where
			p.refused[len(p.refused)-1].Hint = "write a valid one there, or change the image in the inputs, which then wins"
		}
		out[key] = value
	}
	return out
}

// rank puts the sources in the order in which their values are taken. The highest semantic version comes first; what
// cannot be compared stays in place, so that in a conflict our side wins. Tag, name and digest come from one source
// where it has them all: they belong together.
func (p *planner) rank(pol *policy) []source {
	best := 0
	for i, s := range pol.sources[1:] {
		v, ok := s.version(pol.name)
		w, okBest := pol.sources[best].version(pol.name)
		if ok && okBest && v.GreaterThan(w) {
			best = i + 1
		}
	}
	ranked := slices.Concat(pol.sources[best:best+1], pol.sources[:best], pol.sources[best+1:])
	for _, key := range slices.Sorted(maps.Keys(pol.rendered)) {
		p.noteDifference(pol, ranked, key)
	}
	return ranked
}

// noteDifference says so when the files on disk do not agree about a value.
func (p *planner) noteDifference(pol *policy, ranked []source, key string) {
	taken, _, ok := valueOf(ranked, key)
	if !ok || pol.seeds[pol.name] != nil && pol.seeds[pol.name].fromInputs {
		return
	}
	for _, s := range ranked {
		if m, ok := s.values[key]; ok && m.Value != taken.Value {
			p.note("image-values-differ", position(s.file, m), "%s is %q here and %q elsewhere: %q is taken", key, m.Value, taken.Value, taken.Value)
		}
	}
}

func position(file string, m setter.Marker) diag.Position {
	return diag.Position{File: file, Line: m.Line, Column: m.Column}
}

func valueOf(ranked []source, key string) (setter.Marker, string, bool) {
	for _, s := range ranked {
		if m, ok := s.values[key]; ok {
			return m, s.file, true
		}
	}
	return setter.Marker{}, "", false
}

// nameOf gives an image reference's repository: what stands before the tag and the digest.
func nameOf(ref string) string {
	return strings.TrimSuffix(ref, suffixOf(ref))
}

// suffixOf gives an image reference's tag and digest with their separators.
func suffixOf(ref string) string {
	rest, _, _ := strings.Cut(ref, "@")
	slash := strings.LastIndexByte(rest, '/') // a colon before it belongs to a port
	if colon := strings.IndexByte(rest[slash+1:], ':'); colon >= 0 {
		return ref[slash+1+colon:]
	}
	return ref[len(rest):]
}

func tagOf(ref string) string {
	tag, _, _ := strings.Cut(suffixOf(ref), "@")
	return strings.TrimPrefix(tag, ":")
}

// The grammar of image references: https://github.com/distribution/reference (reference.go), without the limits of
// length that registries set themselves.
const (
	tagForm    = `[\w][\w.-]{0,127}`
	digestForm = `[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}`
	nameForm   = `(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[a-fA-F0-9:]+\])(?::[0-9]+)?/)?` +
		`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*`
)

var forms = map[setter.Part]*regexp.Regexp{
	setter.Tag:    regexp.MustCompile(`^` + tagForm + `$`),
	setter.Digest: regexp.MustCompile(`^` + digestForm + `$`),
	setter.Name:   regexp.MustCompile(`^` + nameForm + `$`),
	setter.Image:  regexp.MustCompile(`^` + nameForm + `(?::` + tagForm + `)?(?:@` + digestForm + `)?$`),
}

var meaning = map[setter.Part]string{
	setter.Tag: "an image tag", setter.Digest: "an image digest", setter.Name: "an image name", setter.Image: "an image reference",
}

// sane tells whether a value carried over from the disk may be what Flux wrote: it ends up in manifests, so anything
// else must not pass through lvsgen's hands.
func sane(part setter.Part, value string) bool { return forms[part].MatchString(value) }

// Package imagecopy is the rule image-copy.
package imagecopy

import (
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
	"github.com/lvs-cloud/lvsgen/gen/setter"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds copies of tags without a marker.
var Rule = &lint.Rule{
	Name:       "image-copy",
	Group:      5,
	Severities: []diag.Severity{diag.Warning},
	Title:      "A copy of an image's tag is not raised with the original",
	Why:        "Flux raises the tag behind the marker only. A second place with the same tag stays behind: a migration runs an old program, or the app reports an old version.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	ix := images.Of(p)
	marked := map[diag.Position]bool{}
	used := map[string]*images.Mark{}
	for i := range ix.Marks {
		m := &ix.Marks[i]
		marked[diag.Position{File: m.File, Line: m.Line}] = true
		if policy := ix.Policies[m.Policy]; policy != nil && policy.Image != "" && m.Marker != nil {
			used[policy.Image] = m
		}
	}
	for i := range ix.Marks {
		beside(p, &ix.Marks[i], marked)
	}
	seen := map[diag.Position]bool{}
	c := copies{Pass: p, ix: ix, used: used, marked: marked, seen: seen}
	for _, w := range p.Worlds {
		for _, owner := range w.Owners {
			c.listed(owner)
			c.overridden(w, owner)
		}
		for _, o := range w.Objects {
			if o.Doc == nil || !strings.HasPrefix(o.Group, "batch") && o.Group != "apps" && !o.Is("", "Pod") {
				continue
			}
			o.Doc.Texts(func(at []any, value string, place diag.Position) {
				name, tag := images.Split(value)
				line := diag.Position{File: place.File, Line: place.Line}
				if len(at) == 0 || at[len(at)-1] != "image" || tag == "" || used[name] == nil || marked[line] || seen[line] {
					return
				}
				seen[line] = true
				p.Warnf(place, o, "image %q of %s is a copy that Flux does not raise", value, o.ID()).
					Hint("put a marker behind it: {\"$imagepolicy\": %q}", used[name].Policy).See(used[name].At(), "the tag that Flux raises")
			})
		}
	}
}

// beside finds the same tag elsewhere in the file of a marker.
func beside(p *lint.Pass, m *images.Mark, marked map[diag.Position]bool) {
	tag := m.Tag()
	if strings.Count(tag, ".") < 2 || world.Guessed(tag) {
		return
	}
	docs, _ := p.Docs.Documents(m.File)
	for _, doc := range docs {
		doc.Texts(func(_ []any, value string, place diag.Position) {
			if value == tag && !marked[diag.Position{File: place.File, Line: place.Line}] {
				p.Warnf(place, nil, "%q is a copy of the tag, which Flux does not raise", value).
					Hint("put the same marker behind it, or read the tag where it is needed").See(m.At(), "the tag that Flux raises")
			}
		})
	}
}

// copies finds tags that stand apart from the place that Flux raises.
type copies struct {
	*lint.Pass
	ix           *images.Index
	used         map[string]*images.Mark
	marked, seen map[diag.Position]bool
}

// listed finds the images of kustomization files whose tag has no marker.
func (c copies) listed(owner *world.Owner) {
	for _, file := range owner.Files {
		base := path.Base(file)
		if owner.Namespace != "" || base != "kustomization.yaml" && base != "kustomization.yml" && base != "Kustomization" {
			continue
		}
		docs, _ := c.Docs.Documents(file)
		for _, doc := range docs {
			entries, _ := doc.Fields()["images"].([]any)
			for i, entry := range entries {
				fields, _ := entry.(map[string]any)
				name, _ := fields["newName"].(string)
				if name == "" {
					name, _ = fields["name"].(string)
				}
				at := doc.Position("images", i, "newTag")
				line := diag.Position{File: at.File, Line: at.Line}
				m := c.used[name]
				if m == nil || fields["newTag"] == nil || c.marked[line] || c.seen[line] {
					continue
				}
				c.seen[line] = true
				c.Warnf(at, owner.Object, "the tag %q of image %q is a copy that Flux does not raise", fmt.Sprint(fields["newTag"]), name).
					Hint("put a marker behind it: {\"$imagepolicy\": %q}", tagKey(m.Policy)).See(m.At(), "the tag that Flux raises")
			}
		}
	}
}

// tagKey is the marker of a policy that stands on a tag alone.
func tagKey(policy string) string { return policy + ":" + string(setter.Tag) }

// overridden finds a value of a release that takes the place of the one in a values file that Flux raises.
func (c copies) overridden(w *world.World, owner *world.Owner) {
	if owner.Object == nil || owner.Namespace == "" || owner.Object.Map("spec", "values") == nil {
		return
	}
	files := valuesFiles(w, owner)
	for i := range c.ix.Marks { // few releases have inline values beside a marked file
		m := &c.ix.Marks[i]
		if m.Marker == nil || m.Template || len(m.Path) == 0 || !slices.Contains(files, m.File) {
			continue
		}
		inline := world.Value(owner.Object.Value("spec", "values"), m.Path...)
		at := append([]any{"spec", "values"}, m.Path...)
		place := owner.Object.Position(at...)
		line := diag.Position{File: place.File, Line: place.Line}
		if inline == nil || c.marked[line] || c.seen[line] {
			continue
		}
		c.seen[line] = true
		c.Warnf(place, owner.Object, "the value %q of %s takes the place of the one that Flux raises", fmt.Sprint(inline), owner.Object.ID()).
			Hint("take it out").See(m.At(), "the tag that Flux raises")
	}
}

// valuesFiles are the files whose whole content a release has for values, below its inline ones: those under valuesFiles, the
// chart's own, and those that a ConfigMap or Secret of valuesFrom is generated of.
func valuesFiles(w *world.World, owner *world.Owner) []string {
	o := owner.Object
	files := []string{path.Join(owner.Path, "values.yaml")}
	for _, v := range o.List("spec", "chart", "spec", "valuesFiles") {
		name, _ := v.(string)
		files = append(files, strings.TrimPrefix(path.Clean("/"+name), "/"))
	}
	for _, v := range o.List("spec", "valuesFrom") {
		kind, name, key := world.Value(v, "kind"), world.Value(v, "name"), world.Value(v, "valuesKey")
		if key == nil {
			key = "values.yaml"
		}
		if world.Value(v, "targetPath") != nil {
			continue
		}
		if from := w.Find("", fmt.Sprint(kind), o.Namespace, fmt.Sprint(name)); from != nil {
			files = append(files, from.Sources[fmt.Sprint(key)])
		}
	}
	return files
}

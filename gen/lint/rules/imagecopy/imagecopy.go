// Package imagecopy is the rule image-copy.
package imagecopy

import (
	_ "embed"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
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
	for _, w := range p.Worlds {
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

// Package imagemarker is the rule image-marker.
package imagemarker

import (
	_ "embed"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
	"github.com/lvs-cloud/lvsgen/gen/setter"
)

// Rule finds markers that Flux does not see, and those that stand on the wrong field.
var Rule = &lint.Rule{
	Name:       "image-marker",
	Group:      5,
	Severities: []diag.Severity{diag.Error},
	Title:      "Flux does not see a marker, or would write the wrong thing there",
	Why:        "A marker must be the whole comment, valid JSON, behind a plain or quoted value of a YAML file. Anything else Flux passes over without a word. A marker of another part of the image makes Flux write a tag into a name, or a whole image into a tag.",
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
	for i := range ix.Marks {
		m := &ix.Marks[i]
		if m.Marker == nil && commentedOut.MatchString(m.Text) {
			continue // people keep such lines for later
		}
		if m.Marker == nil {
			message, hint := unseen(m)
			p.Errorf(m.At(), nil, "Flux does not see this marker: %s", message).Hint("%s", hint)
		} else if message, hint := misplaced(m); message != "" {
			p.Errorf(m.At(), nil, "%s", message).Hint("%s", hint)
		}
	}
}

// commentedOut is a line of YAML that is a comment as a whole, with its own comment behind the value.
var commentedOut = regexp.MustCompile(`^#[# ]*(- +)*["']?[\w.-]+["']?: +[^ #]\S* +#`)

// unseen says why Flux does not see a marker.
func unseen(m *images.Mark) (message, hint string) {
	comment := strings.TrimSpace(m.Text[strings.IndexByte(m.Text, '#')+1:])
	switch {
	case m.Template:
		return "a chart's template is no YAML to it", "put the tag into the values, and the marker there"
	case !images.Written(m.File):
		return "it reads files that end in .yaml or .yml only", "rename the file"
	case strings.Contains(comment, `'$imagepolicy'`):
		return "single quotes are no JSON", "write {\"$imagepolicy\": \"NAMESPACE:NAME:tag\"} with double quotes"
	case !strings.HasPrefix(comment, "{") || !strings.HasSuffix(comment, "}"):
		return "the marker must be the whole comment", "take the words beside it away"
	case strings.HasPrefix(m.Text, "#"):
		return "it stands on a line of its own", "put it behind the value"
	case strings.Contains(m.Text[:strings.IndexByte(m.Text, '#')], "}"):
		return "behind a map in braces it belongs to the map", "write the map on several lines, and the marker behind the tag"
	}
	return "it does not stand behind a value on one line, or names no policy and part", "write {\"$imagepolicy\": \"NAMESPACE:NAME:tag\"} behind the tag; the parts are tag, name and digest"
}

// misplaced says why the marked field is the wrong one.
func misplaced(m *images.Mark) (message, hint string) {
	value := m.Marker.Value
	tagged := m.Key == "tag" || m.Key == "newTag" || m.Key == "imageTag"
	switch {
	case setting.MatchString(m.Text):
		return "Flux writes a tag over " + quote(value) + ", which is none", "put the marker behind the tag"
	case m.Part == setter.Tag && (strings.Contains(value, "/") || m.Key == "repository" || m.Key == "newName"):
		return "the marker stands for a tag, and Flux writes it over the image's name " + quote(value), "put it behind the tag, or end it in :name"
	case m.Part == setter.Image && (tagged || version(value)):
		return "the marker stands for the whole image, and Flux writes name and tag over the tag " + quote(value), "end it in :tag"
	case m.Part == setter.Name && tagged:
		return "the marker stands for the image's name, and Flux writes it over the tag " + quote(value), "end it in :tag"
	}
	return "", ""
}

// setting are fields that never hold a tag: numbers and switches by their names.
var setting = regexp.MustCompile(`(?i)^(- +)?["']?\w*(port|replicas|seconds|enabled|count)["']?: +["']?(\d+|true|false)["']? +#`)

func version(value string) bool {
	_, err := semver.StrictNewVersion(strings.TrimPrefix(value, "v"))
	return err == nil
}

func quote(value string) string { return `"` + value + `"` }

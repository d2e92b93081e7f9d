// Package imagecommitmessage is the rule image-commit-message.
package imagecommitmessage

import (
	_ "embed"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
	"github.com/lvs-cloud/lvsgen/gen/lint/verdicts"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "image-commit-message",
	Group:      5,
	Severities: []diag.Severity{diag.Error},
	Title:      "The template of the automation's commit message does not work",
	Why: "Flux makes the message before it commits: when the template cannot be read, or asks for what Flux no longer has, " +
		"no image is raised any more. Flux 2.7 took away .Updated and .Changed.ImageResult.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

var at = []any{"spec", "git", "commit", "messageTemplate"}

// removed are the fields that Flux 2.7 took away, and what to write instead
// (github.com/fluxcd/image-automation-controller, CHANGELOG, 1.0.0).
var removed = []struct {
	field   *regexp.Regexp
	name    string
	instead string
}{
	{regexp.MustCompile(`\.Changed\.ImageResult\b`), ".Changed.ImageResult", ".Changed.Changes"},
	{regexp.MustCompile(`(^|[^A-Za-z0-9_])\.Updated\b`), ".Updated", ".Changed, as in {{ range .Changed.Changes }}{{ .OldValue }} -> {{ .NewValue }}{{ end }}"},
}

func check(p *lint.Pass) {
	seen := map[diag.Position]bool{}
	for _, w := range p.Worlds {
		for _, o := range w.Kind(images.Group, "ImageUpdateAutomation") {
			text := o.Text(at...)
			if text == "" || world.Guessed(text) || seen[o.Position(at...)] {
				continue
			}
			seen[o.Position(at...)] = true
			judge(p, o, text, since27(verdicts.Of(p, w).Targets[verdicts.Flux]))
		}
	}
}

// since27 tells whether Flux is surely not older than 2.7; a release that is not known is one of those that are maintained.
func since27(release string) bool {
	minor, is2 := strings.CutPrefix(release, "2.")
	n, err := strconv.Atoi(minor)
	return !is2 || err != nil || n >= 7
}

var line = regexp.MustCompile(`^template: message:(\d+):(?:\d+:)? *(.*)$`)

func judge(p *lint.Pass, o *world.Object, text string, strict bool) {
	if _, err := template.New("message").Funcs(sprig.HermeticTxtFuncMap()).Parse(text); err != nil {
		place, message := o.Position(at...), strings.TrimPrefix(err.Error(), "template: ")
		if m := line.FindStringSubmatch(err.Error()); m != nil {
			n, _ := strconv.Atoi(m[1])
			place, message = o.Inside(max(n-1, 0), at...), m[2]
		}
		p.Errorf(place, o, "the template of the commit message cannot be read: %s", message).
			Hint("it is a template of Go with the functions of Sprig")
		return
	}
	if !strict {
		return
	}
	for n, row := range strings.Split(text, "\n") {
		for _, r := range removed {
			if strings.Contains(row, "{{") && r.field.MatchString(row) {
				p.Errorf(o.Inside(n, at...), o, "Flux 2.7 and later do not have %s, so the automation stops", r.name).Hint("write %s", r.instead)
				return
			}
		}
	}
}

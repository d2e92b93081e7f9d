// Package chartunknownvalue is the rule chart-unknown-value.
package chartunknownvalue

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/facts"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds values that a chart passes over.
var Rule = &lint.Rule{
	Name:       "chart-unknown-value",
	Group:      6,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A value that the chart does not read",
	Why:        "Helm passes over values that no template reads, without a word: the cloud runs with the chart's default. Of charts in this repository, vendored ones too, keys are reported that nothing in the chart mentions and without which it renders to the same; of others those that are known to be passed over.",
	Bad:        bad,
	Good:       good,
	Check:      check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		for _, owner := range w.Owners {
			switch {
			case owner.Object == nil || owner.Namespace == "" || owner.Broken:
			case owner.Unread != nil:
				here(p, owner)
			default:
				known(p, owner)
			}
		}
	}
}

// known finds values that a chart from elsewhere is known to pass over. One that is in the wrong place brings its
// neighbours along: the first is enough.
func known(p *lint.Pass, owner *world.Owner) {
	seen := map[any]bool{}
	for _, d := range facts.DeadValues(owner.Chart) {
		if world.Value(owner.Values, d.Path...) == nil || !since(owner.Object, d.Since) || seen[d.Path[0]] {
			continue
		}
		seen[d.Path[0]] = true
		name := dotted(d.Path)
		p.Errorf(owner.Locate(d.Path), owner.Object, "chart %q does not read %s", owner.Chart, name).Hint("write %s", d.Instead)
	}
}

// here finds values that a chart of the repository does not read, or a vendored one. Of those, some are known to be passed over,
// with what to write instead.
func here(p *lint.Pass, owner *world.Owner) {
	name := owner.Path
	if owner.Archive != "" {
		name = owner.Chart
		known(p, owner)
	}
	for _, u := range owner.Unread() {
		if owner.Archive != "" && slices.ContainsFunc(facts.DeadValues(owner.Chart), func(d facts.Dead) bool { return d.Path[0] == u.Path[0] }) {
			continue
		}
		r := p.Warnf(owner.Locate(u.Path), owner.Object, "chart %q does not read the value %s", name, dotted(u.Path))
		switch {
		case u.Near != "":
			r.Hint("did you mean %q?", u.Near)
		case owner.Archive != "":
			r.Hint("compare with the values.yaml of the chart: helm show values %s", owner.Archive)
		default:
			r.Hint("take it out, or use it in a template")
		}
	}
}

// since tells whether a release's chart is at least of a version; false when that is not known.
func since(o *world.Object, version string) bool {
	if version == "" {
		return true
	}
	have, err := semver.NewVersion(o.Text("spec", "chart", "spec", "version"))
	return err == nil && !have.LessThan(semver.MustParse(version))
}

func dotted(at []any) string {
	var parts []string
	for _, part := range at {
		if s, ok := part.(string); ok {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ".")
}

// Package chartunknownvalue is the rule chart-unknown-value.
package chartunknownvalue

import (
	_ "embed"
	"path"
	"regexp"
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
	Why:        "Helm passes over values that no template reads, without a word: the cloud runs with the chart's default. Of charts of this repository keys are reported that nothing in the chart mentions; of vendored ones keys that nothing in the chart mentions and without which it renders to the same; of others those that are known to be passed over.",
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
			case owner.Path != "":
				own(p, owner)
			case owner.Unread != nil:
				archived(p, owner)
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

// archived finds values that a vendored chart does not read. Those that are known to be passed over say what to write.
func archived(p *lint.Pass, owner *world.Owner) {
	known(p, owner)
	for _, u := range owner.Unread() {
		if slices.ContainsFunc(facts.DeadValues(owner.Chart), func(d facts.Dead) bool { return d.Path[0] == u.Path[0] }) {
			continue
		}
		r := p.Warnf(owner.Locate(u.Path), owner.Object, "chart %q does not read the value %s", owner.Chart, dotted(u.Path))
		if u.Near != "" {
			r.Hint("did you mean %q?", u.Near)
		} else {
			r.Hint("compare with the values.yaml of the chart: helm show values %s", owner.Archive)
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

// own finds keys that nothing in a chart of this repository mentions.
func own(p *lint.Pass, owner *world.Owner) {
	text, sure := lint.Compute(p, folder(owner.Path), func(dir folder) chart { return read(p, string(dir)) }).get()
	if !sure {
		return
	}
	keys := make([]string, 0, len(owner.Values))
	for key := range owner.Values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if key == "global" || regexp.MustCompile(`(^|[^A-Za-z0-9_-])`+regexp.QuoteMeta(key)+`($|[^A-Za-z0-9_-])`).MatchString(text) {
			continue
		}
		r := p.Warnf(owner.Locate([]any{key}), owner.Object, "nothing in the chart %q reads the value %q", owner.Path, key)
		if near := diag.Nearest(key, defaults(p, owner.Path)); near != "" {
			r.Hint("did you mean %q?", near)
		} else {
			r.Hint("take it out, or use it in a template")
		}
	}
}

type folder string

// chart is the text of a chart's templates, values and schema.
type chart struct {
	text string
	sure bool
}

func (c chart) get() (string, bool) { return c.text, c.sure }

// whole finds templates that use all values at once: nobody knows which keys those read.
var whole = regexp.MustCompile(`\.Values([^A-Za-z0-9_.]|$)|\(\s*\.\s*\|`)

// read gathers what may read values. A chart with dependencies hands them on.
func read(p *lint.Pass, dir string) chart {
	if p.Tree.IsDir(path.Join(dir, "charts")) {
		return chart{}
	}
	docs, _ := p.Docs.Documents(path.Join(dir, "Chart.yaml"))
	for _, doc := range docs {
		if doc.Fields()["dependencies"] != nil {
			return chart{}
		}
	}
	var b strings.Builder
	gather(p, path.Join(dir, "templates"), &b)
	templates := b.String()
	for _, name := range []string{"values.yaml", "values.schema.json"} {
		content, _ := p.Tree.Read(path.Join(dir, name))
		b.Write(content)
		b.WriteByte('\n')
	}
	return chart{b.String(), !whole.MatchString(templates)}
}

func gather(p *lint.Pass, dir string, b *strings.Builder) {
	for _, name := range p.Tree.Dir(dir) {
		full := path.Join(dir, name)
		if p.Tree.IsDir(full) {
			gather(p, full, b)
			continue
		}
		content, _ := p.Tree.Read(full)
		b.Write(content)
		b.WriteByte('\n')
	}
}

func defaults(p *lint.Pass, dir string) []string {
	var out []string
	docs, _ := p.Docs.Documents(path.Join(dir, "values.yaml"))
	for _, doc := range docs {
		for key := range doc.Fields() {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

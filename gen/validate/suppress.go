package validate

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/config"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/ignore"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/invalidignore"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/unusedignore"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// enabled are the rules that lvsgen.yaml does not turn off.
func enabled(cfg *config.Config) []*lint.Rule {
	return slices.DeleteFunc(slices.Clone(rules.All), func(r *lint.Rule) bool { return cfg.Severities[r.Name] == config.Off })
}

// configured gives the findings that lvsgen.yaml wants, with the severities that it wants.
func configured(findings diag.Findings, cfg *config.Config) diag.Findings {
	var out diag.Findings
	for _, f := range findings {
		severity, off := cfg.Severity(f.Rule, f.Severity)
		if f.Severity = severity; !off && !cfg.Excluded(f.File) {
			out = append(out, f)
		}
	}
	return out
}

// origins are the places in the inputs that findings in rendered files come from.
type origins struct {
	// of gives the places by finding.
	of [][]diag.Related
	// known tells that the inputs could be asked.
	known bool
}

// suppressor matches findings with comments.
type suppressor struct {
	tree     *checkout.Tree
	comments map[string][]*ignore.Comment
	// used are the rules of comments that suppress something.
	used map[use]bool
}

type use struct {
	comment *ignore.Comment
	rule    string
}

// ignored splits findings into those that no comment suppresses and the number of the others. A finding in a rendered
// file is suppressed by a comment in the input that it comes from, too.
func (s *suppressor) ignored(findings diag.Findings, from origins) (left diag.Findings, suppressed int) {
	for i, f := range findings {
		hit := s.match(f.Rule, f.Position)
		for _, place := range from.of[i] {
			hit = s.match(f.Rule, place.Position) || hit
		}
		if hit {
			suppressed++
			continue
		}
		f.Related = append(slices.Clip(f.Related), from.of[i]...)
		left = append(left, f)
	}
	return left, suppressed
}

func (s *suppressor) match(rule string, at diag.Position) (hit bool) {
	for _, c := range s.in(at.File) {
		if c.Names(rule) && c.Covers(at) && c.Reason != "" {
			s.used[use{c, rule}], hit = true, true
		}
	}
	return hit
}

// in gives the comments of a file.
func (s *suppressor) in(file string) []*ignore.Comment {
	comments, ok := s.comments[file]
	if !ok {
		if content, err := s.tree.Read(file); err == nil {
			comments = ignore.Find(file, content)
		}
		s.comments[file] = comments
	}
	return comments
}

// mistakes are the findings about the comments themselves: in every file that was looked at, and in the inputs that those
// were rendered from. Whether a comment is used is not judged when not all findings are there.
func (s *suppressor) mistakes(cfg *config.Config, findings diag.Findings, from origins, partial bool) diag.Findings {
	var out diag.Findings
	names := ruleNames()
	inputs := s.inputs()
	for _, file := range slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(s.tree.Loaded(), maps.Keys(inputs))))) {
		if cfg.Excluded(file) {
			continue
		}
		for _, c := range s.in(file) {
			out = append(out, invalid(c, names)...)
			for _, rule := range c.Rules {
				judged := !partial && cfg.Severities[rule] != config.Off && slices.Contains(names, rule) && c.Reason != ""
				// Information is not traced to inputs, and without inputs nothing is.
				if inputs[file] && (!from.known || slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Rule == rule && f.Severity == diag.Info })) {
					judged = false
				}
				if judged && !s.used[use{c, rule}] {
					out = append(out, diag.Warnf(unusedignore.Rule.Name, c.At, "there is no finding of %s here", rule).
						WithHint("take the comment out, or move it to the line of the finding or right above it"))
				}
			}
		}
	}
	return out
}

// inputs are the CUE files that the rendered files among those that were looked at come from, and their neighbours.
func (s *suppressor) inputs() map[string]bool {
	folders := map[string]bool{}
	for _, file := range s.tree.Loaded() {
		content, err := s.tree.Read(file)
		if source := tree.Source(content); err == nil && s.tree.Has(source) {
			folders[path.Dir(source)] = true
		}
	}
	out := map[string]bool{}
	for folder := range folders {
		for _, name := range s.tree.Dir(folder) {
			if file := path.Join(folder, name); path.Ext(name) == ".cue" && s.tree.Has(file) {
				out[file] = true
			}
		}
	}
	return out
}

// invalid says why a comment has no effect.
func invalid(c *ignore.Comment, names []string) diag.Findings {
	rule := invalidignore.Rule.Name
	if len(c.Rules) == 0 {
		return diag.Findings{diag.Warnf(rule, c.At, "the comment names no rule").WithHint("write: lvsgen:ignore RULE reason")}
	}
	var out diag.Findings
	for _, name := range c.Rules {
		if slices.Contains(names, name) {
			continue
		}
		f := diag.Warnf(rule, c.At, "there is no rule %q", name).WithHint("lvsgen rules lists them")
		if near := diag.Nearest(name, names); near != "" {
			f = f.WithHint("did you mean %q?", near)
		}
		out = append(out, f)
	}
	if c.Reason == "" {
		out = append(out, diag.Warnf(rule, c.At, "the comment gives no reason, so it suppresses nothing").
			WithHint("write: lvsgen:ignore %s why it is right here", strings.Join(c.Rules, ",")))
	}
	return out
}

func ruleNames() []string {
	var out []string
	for _, r := range rules.All {
		out = append(out, r.Name)
	}
	return out
}

// unusedPaths are the paths of lvsgen.yaml that no file has.
func unusedPaths(cfg *config.Config, files []string) diag.Findings {
	var out diag.Findings
	for _, p := range cfg.Exclude {
		if !slices.ContainsFunc(files, p.Match) {
			out = append(out, diag.Warnf(unusedignore.Rule.Name, p.At, "no file is below %q", p.Glob).WithHint("take the line out"))
		}
	}
	return out
}

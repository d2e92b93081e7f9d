// Package imagebuildloop is the rule image-build-loop.
package imagebuildloop

import (
	_ "embed"
	"path"
	"regexp"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/images"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds workflows that push an image and run on the commit that writes its tag.
var Rule = &lint.Rule{
	Name:       "image-build-loop",
	Group:      5,
	Severities: []diag.Severity{diag.Error},
	Title:      "The commit of image automation starts the build of the image",
	Why:        "The build pushes a new tag, Flux commits it, and the commit starts the next build: one cloud made 58 commits in two hours.",
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
	seen := map[string]bool{}
	for _, push := range ix.Pushes {
		if seen[push.At.File] {
			continue
		}
		for i := range ix.Marks {
			m := &ix.Marks[i]
			policy := ix.Policies[m.Policy]
			if m.Marker == nil || policy == nil || policy.Image != push.Image || push.Sample != "" && !policy.Judge(push.Sample).Taken {
				continue
			}
			at, starts := trigger(push, m.File, ix)
			if !starts || guarded(p, push, ix) {
				continue
			}
			seen[push.At.File] = true
			p.Errorf(at, policy.Object, "the workflow pushes %s and runs when Flux commits its tag to %s: each build starts the next", push.Image, m.File).
				Hint("list only the sources of the image under paths, not the file with the marker").See(m.At(), "the tag that Flux commits")
			break
		}
	}
}

// trigger tells whether a push of file starts the workflow, and where that is said.
func trigger(push images.Push, file string, ix *images.Index) (diag.Position, bool) {
	doc := push.Doc
	on := doc.Fields()["on"]
	switch on := on.(type) {
	case string:
		return doc.Position("on"), on == "push"
	case []any:
		for i, event := range on {
			if event == "push" {
				return doc.Position("on", i), true
			}
		}
		return diag.Position{}, false
	}
	events, _ := on.(map[string]any)
	value, there := events["push"]
	if !there {
		return diag.Position{}, false
	}
	fields, _ := value.(map[string]any)
	at := doc.Key("on", "push")
	if branches, limited := texts(fields["branches"]); limited {
		if !anyBranch(branches, ix) {
			return at, false
		}
		at = doc.Position("on", "push", "branches")
	} else if fields["tags"] != nil {
		return at, false // tags alone: no branch starts it
	}
	if ignored, limited := texts(fields["paths-ignore"]); limited && matches(ignored, file) {
		return at, false
	}
	if paths, limited := texts(fields["paths"]); limited {
		return doc.Position("on", "push", "paths"), matches(paths, file)
	}
	return at, true
}

func texts(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []any:
		var out []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out, true
	}
	return nil, false
}

// anyBranch tells whether an automation pushes to one of the branches.
func anyBranch(branches []string, ix *images.Index) bool {
	for _, o := range ix.Automations {
		branch := o.Text("spec", "git", "push", "branch")
		if branch == "" {
			branch = o.Text("spec", "git", "checkout", "ref", "branch")
		}
		if branch != "" && matches(branches, branch) {
			return true
		}
	}
	return false
}

// matches tells whether GitHub's patterns take a name; the last pattern that matches counts, and ! takes it out again.
func matches(patterns []string, name string) bool {
	taken := false
	for _, pattern := range patterns {
		negative := strings.HasPrefix(pattern, "!")
		if glob(strings.TrimPrefix(pattern, "!")).MatchString(name) {
			taken = !negative
		}
	}
	return taken
}

// nothing matches no name.
var nothing = regexp.MustCompile(`$.^`)

// glob reads a pattern of GitHub's filters: ** is anything, * anything within a folder.
func glob(pattern string) *regexp.Regexp {
	text := regexp.QuoteMeta(pattern)
	text = strings.NewReplacer(`\*\*/`, `(.*/)?`, `\*\*`, `.*`, `\*`, `[^/]*`, `\?`, `?`, `\[`, `[`, `\]`, `]`, `\+`, `+`).Replace(text)
	re, err := regexp.Compile("^" + text + "$")
	if err != nil {
		return nothing
	}
	return re
}

// guarded tells whether Flux's commits are kept from starting the workflow in another way.
func guarded(p *lint.Pass, push images.Push, ix *images.Index) bool {
	content, err := p.Tree.Read(path.Clean(push.At.File))
	if err != nil {
		return true
	}
	for _, o := range ix.Automations {
		author := o.Text("spec", "git", "commit", "author", "name")
		if author != "" && strings.Contains(string(content), author) || skips(o) {
			return true
		}
	}
	return false
}

// skips tells whether the commit's message keeps GitHub from starting anything.
func skips(o *world.Object) bool {
	message := o.Text("spec", "git", "commit", "messageTemplate")
	for _, word := range []string{"[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]", "skip-checks: true"} {
		if strings.Contains(message, word) {
			return true
		}
	}
	return false
}

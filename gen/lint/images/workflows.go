package images

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Push is an image that a workflow pushes.
type Push struct {
	Doc *yamlfile.Document
	At  diag.Position
	// Image is its name, Tag its tag as it is written.
	Image, Tag string
	// Sample is such a tag; "" when it cannot be told.
	Sample string
}

// workflows finds what the workflows push of the images that are watched.
func (ix *Index) workflows(p *lint.Pass) {
	var watched []string
	for _, policy := range ix.Policies {
		if policy.Image != "" && !slices.Contains(watched, policy.Image) {
			watched = append(watched, policy.Image)
		}
	}
	slices.Sort(watched)
	for _, name := range p.Tree.Dir(".github/workflows") {
		file := path.Join(".github/workflows", name)
		docs, _ := p.Docs.Documents(file)
		content, err := p.Tree.Read(file)
		if len(docs) == 0 || err != nil {
			continue
		}
		lines := strings.Split(string(content), "\n")
		for i, line := range lines {
			for _, image := range watched {
				if tag := tagAfter(line, image); tag != "" && pushes(lines, i) {
					ix.Pushes = append(ix.Pushes, Push{Doc: docs[0], At: diag.Position{File: file, Line: i + 1}, Image: image, Tag: tag, Sample: sample(tag)})
				}
			}
		}
	}
}

// tagAfter gives the tag of an image in a line: "" when the line does not name it.
func tagAfter(line, image string) string {
	i := strings.Index(line, image+":")
	if i < 0 || i > 0 && !strings.ContainsRune(" \t\"'=,[", rune(line[i-1])) {
		return ""
	}
	rest := line[i+len(image)+1:]
	depth := 0
	for n, r := range rest {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth--
		case depth == 0 && strings.ContainsRune(" \t\"',]", r):
			return rest[:n]
		}
	}
	return rest
}

var tagsKey = regexp.MustCompile(`^\s*-?\s*tags\s*:`)

// pushes tells whether a line pushes: a command that says so, or an entry of an action's tags beside push: true.
func pushes(lines []string, i int) bool {
	if strings.Contains(lines[i], "push") {
		return true
	}
	for n := i; n >= 0 && n > i-20; n-- {
		if !tagsKey.MatchString(lines[n]) {
			continue
		}
		for m := max(0, n-20); m < min(len(lines), i+20); m++ {
			if strings.TrimSpace(lines[m]) == "push: true" {
				return true
			}
		}
		return false
	}
	return false
}

// samples stand for what GitHub fills in.
var samples = []struct {
	pattern *regexp.Regexp
	value   string
}{
	{regexp.MustCompile(`\$\{\{\s*github\.sha\s*\}\}|\$\{?GITHUB_SHA\}?`), "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
	{regexp.MustCompile(`\$\{\{\s*github\.run_number\s*\}\}|\$\{?GITHUB_RUN_NUMBER\}?`), "42"},
	{regexp.MustCompile(`\$\{\{\s*github\.run_id\s*\}\}|\$\{?GITHUB_RUN_ID\}?`), "1658821493"},
}

// sample gives a tag as CI will push it; "" when it holds what only CI knows.
func sample(tag string) string {
	for _, s := range samples {
		tag = s.pattern.ReplaceAllLiteralString(tag, s.value)
	}
	if strings.ContainsAny(tag, "$`{}") {
		return ""
	}
	return tag
}

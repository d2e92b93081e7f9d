package workflowsyntax

import (
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// FuzzJudge holds that no workflow makes the rule panic, and that a finding lies in the file.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{
		"on: push\njobs:\n  a:\n    runs-on: x\n    needs: a\n    steps:\n    - run: |\n        ${{ needs.b }\n",
		"on:\n  schedule:\n  - cron: x\njobs:\n- a\n", "on: [pusch]\n", "jobs: {a: {timeout-minutes: .nan}}\n", "on: &a [*a]\n", "name: ${{ a['\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		docs, findings := yamlfile.Parse("f.yml", content)
		if len(findings) > 0 {
			return
		}
		findings = append(judge("f.yml", content, docs), called(docs, func(string) bool { return false })...)
		for _, finding := range findings {
			if finding.Line > strings.Count(string(content), "\n")+1 {
				t.Errorf("line %d is behind the end: %s", finding.Line, finding.Message)
			}
		}
	})
}

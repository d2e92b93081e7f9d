package cloudinitsyntax

import (
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// FuzzJudge holds that no user data makes the rule panic, and that a finding lies in the file.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{
		"#cloud-config\nruncmd:\n- a: b\n- 1\n", "#cloud-config\nwrite_files:\n- path: a.service\n  content: |\n    x\n", "packages: []\n",
		"#cloud-config\nusers: [{}]\nwrite_files: [{content: {}}]\n", "#cloud-config\n- a\n", "#cloud-config\n---\na: 1\n---\nb: 1\n",
		"#cloud-config\nwrite_files:\n- path: b.yaml\n  content: \"a:\\n\\tb\"\n", "#cloud-config\nwrite_files:\n- path: b.json\n  content: |-\n    {\"a\" 1}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		docs, findings := yamlfile.Parse("f", content)
		for _, finding := range judge("f", content, docs, findings, terraform{}) {
			if finding.Line > strings.Count(string(content), "\n")+1 {
				t.Errorf("line %d is behind the end: %s", finding.Line, finding.Message)
			}
		}
	})
}

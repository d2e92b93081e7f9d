package dockerfilesyntax

import (
	"strings"
	"testing"
)

// FuzzJudge holds that no Dockerfile makes the rule panic, and that a finding lies in the file.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{
		"FROM a AS b\nCOPY --from=c x y\n", "RUN <<EOF\nx\n", "# escape=`\nFROM a `\n b\n", "FROM a\nONBUILD ONBUILD RUN x\n",
		"FROM a\nENV a\nLABEL\nADD x\n", "FROM a\nCOPY --from=99 x y\n", "FROM a\nCMD [\"x\n", "\xef\xbb\xbffrom a\n", "EXPOSE\n", "\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, finding := range judge("Dockerfile", content) {
			if finding.Line > strings.Count(string(content), "\n")+1 {
				t.Errorf("line %d is behind the end: %s", finding.Line, finding.Message)
			}
		}
	})
}

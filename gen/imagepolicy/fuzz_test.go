package imagepolicy_test

import (
	"slices"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/imagepolicy"
)

// FuzzChoose holds that no policy panics, that the tag that it takes is one of those given, and that their order does not
// decide.
func FuzzChoose(f *testing.F) {
	f.Add("", "", ">=1.0.0", "semver", "1.0.0", "2.0.0-rc.1")
	f.Add(`^main-[a-f0-9]+-(?P<ts>\d+)`, "$ts", "desc", "numerical", "main-ab-12", "main-ab-13")
	f.Add(`(`, "${x}", "asc", "alphabetical", "RELEASE.2024", "")
	f.Add(`(a{1000}){1000}`, "$1", "^1.x || ~2 - 3", "semver", "1", "v1.2.3+x")
	f.Fuzz(func(t *testing.T, pattern, extract, order, kind, one, two string) {
		spec := map[string]any{
			"filterTags": map[string]any{"pattern": pattern, "extract": extract},
			"policy":     map[string]any{kind: map[string]any{"range": order, "order": order}},
		}
		policy, problems := imagepolicy.Read(spec)
		tags := []string{one, two, one}
		taken, verdicts := policy.Choose(tags)
		if len(verdicts) != len(tags) || taken != "" && !slices.Contains(tags, taken) {
			t.Fatalf("%q of %q, %d verdicts", taken, tags, len(verdicts))
		}
		if len(problems) > 0 && policy.Kind == "semver" && policy.Range == "" && taken != "" {
			t.Fatalf("%q is taken by a policy without a range", taken)
		}
	})
}

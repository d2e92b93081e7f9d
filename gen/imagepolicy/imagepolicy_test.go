package imagepolicy_test

import (
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/imagepolicy"
)

func read(t *testing.T, text string) (*imagepolicy.Policy, []imagepolicy.Problem) {
	t.Helper()
	var spec map[string]any
	if err := yaml.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	return imagepolicy.Read(spec)
}

func TestChoose(t *testing.T) {
	const (
		versions = "policy: {semver: {range: '>=1.0.0'}}"
		seconds  = "filterTags: {pattern: '^(?P<ts>[0-9]+)-[0-9a-f]+$', extract: $ts}\npolicy: {numerical: {order: asc}}"
	)
	for _, tt := range []struct {
		name, policy string
		tags         []string
		want         string
	}{
		{"the highest version, not the last text", versions, []string{"1.9.0", "1.10.0"}, "1.10.0"},
		{"a leading v is a version", versions, []string{"1.0.0", "v2.0.0"}, "v2.0.0"},
		{"a suffix is a pre-release", versions, []string{"1.0.7-abc"}, ""},
		{"a range with a pre-release takes them", "policy: {semver: {range: '>=1.0.0-0'}}", []string{"1.0.0", "1.0.7-abc"}, "1.0.7-abc"},
		{"two numbers are no version", versions, []string{"1.2", "latest"}, ""},
		{"numbers are compared as numbers", seconds, []string{"9-ab", "10-ab"}, "10-ab"},
		{"descending takes the smallest", "policy: {numerical: {order: desc}}", []string{"3", "2", "10"}, "2"},
		{"one that is no number stops the policy", "policy: {numerical: {order: asc}}", []string{"3", "latest"}, ""},
		{"a filtered one does not", seconds, []string{"9-ab", "latest"}, "9-ab"},
		{"texts", "policy: {alphabetical: {order: asc}}", []string{"a", "c", "b"}, "c"},
		{"texts, descending", "policy: {alphabetical: {order: desc}}", []string{"b", "a"}, "a"},
		{"no order takes nothing", "policy: {}", []string{"1.0.0"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, problems := read(t, tt.policy)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			got, verdicts := p.Choose(tt.tags)
			if got != tt.want {
				t.Errorf("took %q, want %q: %+v", got, tt.want, verdicts)
			}
			for _, v := range verdicts {
				if !v.Taken && v.Reason == "" {
					t.Errorf("no reason against %q", v.Tag)
				}
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for policy, want := range map[string]int{
		"policy: {semver: {range: '>=2.0.0 <1.0.0'}}":                      1,
		"policy: {semver: {range: '>1.2.3 <1.2.4'}}":                       1,
		"policy: {semver: {range: 'latest'}}":                              1,
		"policy: {semver: {range: '<1.0.0'}}":                              0,
		"policy: {semver: {range: '<=0.0.0'}}":                             0,
		"policy: {semver: {range: '1.x || >=2.5.0 <3.0.0'}}":               0,
		"policy: {semver: {range: '!=1.0.0'}}":                             0,
		"policy: {semver: {range: '>=1.2.3-rc.1 <1.2.3'}}":                 0,
		"policy: {semver: {range: '~1.2'}}":                                0,
		"filterTags: {pattern: '('}\npolicy: {numerical: {order: asc}}":    1,
		"filterTags: {pattern: 'a', extract: $b}\npolicy: {numerical: {}}": 1,
	} {
		if _, problems := read(t, policy); len(problems) != want {
			t.Errorf("%s: %v, want %d problems", policy, problems, want)
		}
	}
}

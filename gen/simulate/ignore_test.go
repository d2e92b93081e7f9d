package simulate

import "testing"

// TestTakes holds what git says of the same patterns (gitignore(5)).
func TestTakes(t *testing.T) {
	for _, tt := range []struct {
		pattern, file string
		want          bool
	}{
		{"/*", "a/b.yaml", true},
		{"/a/", "a/b.yaml", true},
		{"/a/", "a", false},
		{"/a/*/*.yaml", "a/b/c.yaml", true},
		{"/a/*/*.yaml", "a/b/d/c.yaml", false},
		{"*.md", "a/b/c.md", true},
		{"chart", "a/chart/values.yaml", true},
		{"chart/", "a/chart", false},
		{"**/chart", "a/b/chart/x", true},
		{"a/**", "a/b/c", true},
		{"a/**/c", "a/c", true},
		{"b", "a/bc", false},
		{"[", "a", false},
	} {
		if got := takes(tt.pattern, tt.file); got != tt.want {
			t.Errorf("%q takes %q: %v, want %v", tt.pattern, tt.file, got, tt.want)
		}
	}
}

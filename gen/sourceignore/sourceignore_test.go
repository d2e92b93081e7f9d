package sourceignore_test

import (
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/sourceignore"
)

// TestIgnored holds the forms that clouds use: all out but some trees, files of an app, patterns of a folder's own file.
func TestIgnored(t *testing.T) {
	const ignore = "/*\n!/applications/\n/applications/*/*\n!/applications/*/*.yaml\n!/applications/*/chart/\n*.md\n"
	for name, want := range map[string]bool{
		"applications/shop/values.yaml":                  false,
		"applications/shop/app.rb":                       true,
		"applications/shop/config/settings.yaml":         true,
		"applications/shop/chart/templates/service.yaml": false,
		"applications/shop/chart/README.md":              true,
		"services/shop/service.yaml":                     true,
	} {
		if got := sourceignore.New(ignore, nil).Ignored(name); got != want {
			t.Errorf("%s: ignored %v, want %v", name, got, want)
		}
	}
	files := map[string]string{"applications/shop/.sourceignore": "draft.yaml\n"}
	for name, want := range map[string]bool{"applications/shop/draft.yaml": true, "applications/other/draft.yaml": false} {
		if got := sourceignore.New("", files).Ignored(name); got != want {
			t.Errorf("with a file of its own %s: ignored %v, want %v", name, got, want)
		}
	}
	const below = "/*\n!/clusters/prod\n"
	for name, want := range map[string]bool{"clusters/prod/apps.yaml": false, "clusters/test/apps.yaml": true, "apps/shop.yaml": true} {
		if got := sourceignore.New(below, nil).Ignored(name); got != want {
			t.Errorf("a folder of a folder that is left out: %s: ignored %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]bool{"platform/service.yaml": false, "docs/picture.png": true, ".github/workflows/ci.yaml": true} {
		if got := sourceignore.New("", nil).Ignored(name); got != want {
			t.Errorf("by default %s: ignored %v, want %v", name, got, want)
		}
	}
}

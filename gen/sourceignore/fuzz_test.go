package sourceignore_test

import (
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/sourceignore"
)

// FuzzIgnored holds that no pattern and no path panics, and that an answer is always the same.
func FuzzIgnored(f *testing.F) {
	f.Add("/*\n!/clusters\n", "**/a/**\n", "apps/shop/a.yaml")
	f.Add("[", "[a-\n\\", "a")
	f.Add("**/**/**/x", "!**", "a/b/c/x")
	f.Add("a\x00b\n\xff", " # x\n\\#", "-/ /\n")
	f.Fuzz(func(t *testing.T, spec, file, name string) {
		files := map[string]string{".sourceignore": file, "apps/.sourceignore": spec}
		first := sourceignore.New(spec, files).Ignored(name)
		if sourceignore.New(spec, files).Ignored(name) != first {
			t.Fatalf("%q is left out by one run and kept by the other", name)
		}
	})
}

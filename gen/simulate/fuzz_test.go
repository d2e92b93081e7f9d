package simulate

import (
	"strings"
	"testing"
)

// FuzzEvaluate holds that no text and no values make a substitution panic, that it is bounded and gives the same each time, and
// that a text without variables stays as it is (YAML has no zero bytes, at which
// the library ends).
func FuzzEvaluate(f *testing.F) {
	for _, seed := range []string{"${A}", "${A:=b}", "${A//x/y}", "$${A}", "${A:1:9223372036854775807}", "${B:=${A}}", "${A^^}", "${#A}", "${A#a*}", "${", "}", "$A", "${A%%*.}", "${ A }"} {
		f.Add(seed, "xyz", "")
	}
	f.Fuzz(func(t *testing.T, text, a, b string) {
		run := func() (string, error) {
			return evaluate(text, func(name string) (string, bool) {
				switch name {
				case "A":
					return a, true
				case "B":
					return b, b != ""
				}
				return "", false
			})
		}
		first, err := run()
		again, errAgain := run()
		if first != again || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q, %v; then %q, %v", first, err, again, errAgain)
		}
		if len(first) > MaxSubstituted {
			t.Fatalf("%d bytes", len(first))
		}
		if !strings.ContainsAny(text, "$\x00") && (err != nil || first != text) {
			t.Fatalf("%q became %q, %v", text, first, err)
		}
	})
}

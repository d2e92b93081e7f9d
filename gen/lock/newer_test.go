package lock

import (
	"strings"
	"testing"
)

// TestNewerLvsgen: an older lvsgen does not undo what a newer one wrote.
func TestNewerLvsgen(t *testing.T) {
	for text, want := range map[string]string{
		"lvsgen 0.9.0\nschema 1\n": "",
		"lvsgen 1.0.0\nschema 1\n": "",
		"lvsgen 1.0.1\nschema 1\n": "lvsgen 1.0.1 wrote it",
		"lvsgen 1.0.0\nschema 2\n": "(schema 2)",
	} {
		_, err := Parse([]byte(text), Tool{Version: "1.0.0", Schema: 1})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

package kube

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	yaml11 "sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/test/imageautomation"
)

// tricky are texts that some reader of YAML takes for something else, or that a careless writer breaks.
var tricky = []string{
	"", " ", "a", "yes", "No", "on", "OFF", "y", "n", "true", "False", "null", "~", "Null", "=", "<<", "-", "- a", "?", ": ", "a: b", "a:", "#", "a #b",
	"1", "1.0", "1.10", "01", "0x1F", "0o17", "1e3", ".5", "+1", "-1", "1_000", "12:30:45", "2026-11-23", "2026-11-23T10:00:00Z", ".inf", "-.Inf", ".NaN",
	"@a", "`a", "%a", "&a", "*a", "!a", "|", ">", "{a}", "[a]", "'", "\"", "'a'", "\"a\"", "\\", "a\\nb", "${x}", "$(x)", "{{ x }}", "a\tb", "\ta", "a\t",
	" a", "a ", "a\n", "a\nb", "a\nb\n", "a\nb\n\n", "\na", "\n", "a\n\nb\n", "a \nb\n", "  a\nb\n", "a\n  b\n", "- a\n  - b\n", "key:\n  - a\n", "a\r\nb",
	"é", "日本", "\u0085", "\u2028", "\ufeff", "\u00a0", "\x07", "\x7f", "0", "1.0.0", "1.2.3-rc.1", strings.Repeat("long ", 60), strings.Repeat("x", 200) + "\n" + strings.Repeat("y ", 100) + "z\n",
}

// TestTexts: every text arrives as it is, with readers of YAML 1.2 and 1.1, as a value, a key and in a list.
func TestTexts(t *testing.T) {
	for _, s := range tricky {
		out, err := Encode(M("kind", "X", "value", s, "list", []string{s, "b"}, "map", map[string]string{s: "c"}))
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		var got struct {
			Kind  string            `yaml:"kind" json:"kind"`
			Value string            `yaml:"value" json:"value"`
			List  []string          `yaml:"list" json:"list"`
			Map   map[string]string `yaml:"map" json:"map"`
		}
		for name, read := range map[string]func() error{
			"1.2": func() error { return yaml.Unmarshal(out, &got) },
			"1.1": func() error { return yaml11.UnmarshalStrict(out, &got) },
		} {
			got.Value, got.List, got.Map = "", nil, nil
			if err := read(); err != nil || got.Value != s || len(got.List) != 2 || got.List[0] != s || got.Map[s] != "c" {
				t.Errorf("%q does not survive YAML %s: %v, %v\n%s", s, name, got, err, out)
			}
		}
	}
}

// TestFixedPoint: Flux's image automation, which rewrites whole files, leaves them as they are.
func TestFixedPoint(t *testing.T) {
	for _, s := range tricky {
		out, err := Encode(M("list", []string{"a"}, "value", s, "nested", M("empty", Map{}, "none", []string{}, "text", s)))
		if err != nil {
			t.Fatal(err)
		}
		again, err := imageautomation.Rewrite(out, "")
		if err != nil || !bytes.Equal(again, out) {
			t.Errorf("%q: %v\n%s\nbecomes\n%s", s, err, out, again)
		}
	}
}

func TestNumbersAndOrder(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	out, err := Encode(map[string]any{
		"spec": map[string]any{"b": 1.0, "a": 2.5, "c": huge, "d": nil, "e": true}, "metadata": map[string]any{"name": "x"}, "kind": "K", "apiVersion": "v1",
	}, M("second", 2))
	const want = "apiVersion: v1\nkind: K\nmetadata:\n  name: x\nspec:\n  a: 2.5\n  b: 1\n  c: 123456789012345678901234567890\n  d: null\n  e: true\n---\nsecond: 2\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
	if _, err := Encode(M("f", func() {})); err == nil {
		t.Error("a function has a YAML form")
	}
}

package definitions_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/definitions"
)

const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.org, labels: {a: b}}
spec:
  group: example.org
  names: {kind: Shop, plural: shops}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        description: a shop
        properties:
          description: {type: string, description: of the shop}
`

// TestParse holds what is taken of a text, what is counted, and what is refused and where.
func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		text         string
		taken, other int
		finding      string
	}{
		"one":             {crd, 1, 0, ""},
		"several":         {crd + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n" + strings.ReplaceAll(crd, "shops", "markets"), 2, 1, ""},
		"a list":          {"apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSuffix(crd, "\n"), "\n", "\n  ") + "\n", 1, 0, ""},
		"another name":    {strings.Replace(crd, "shops.example.org", "shop.example.org", 1), 0, 0, "shop.example.org"},
		"no storage":      {strings.Replace(crd, "storage: true", "storage: false", 1), 0, 0, "storage"},
		"no YAML":         {"a: [", 0, 0, "YAML"},
		"nothing":         {"", 0, 0, ""},
		"no mapping":      {"- a\n", 0, 1, ""},
		"spec is a list":  {"kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\nspec: []\n", 0, 0, "spec"},
		"of old Versions": {strings.Replace(crd, "apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1", 1), 0, 0, "v1beta1"},
	} {
		out, others, findings := definitions.Parse("f.yaml", []byte(test.text))
		if len(out) != test.taken || others != test.other {
			t.Errorf("%s: %d definitions and %d others, want %d and %d: %v", name, len(out), others, test.taken, test.other, findings)
		}
		if (test.finding == "") != (len(findings) == 0) || len(findings) > 0 && !strings.Contains(findings[0].Message, test.finding) {
			t.Errorf("%s: %v, want %q", name, findings, test.finding)
		}
	}
}

// TestEncode holds that the schema's descriptions go, that a field of that name stays, and that the file is a fixed point.
func TestEncode(t *testing.T) {
	out, _, findings := definitions.Parse("f.yaml", []byte(crd))
	if len(out) != 1 {
		t.Fatal(findings)
	}
	content, err := out[0].Encode()
	if err != nil {
		t.Fatal(err)
	}
	if text := string(content); strings.Contains(text, "a shop") || strings.Contains(text, "of the shop") || strings.Contains(text, "labels") || !strings.Contains(text, `"description": {`) {
		t.Errorf("the file:\n%s", text)
	}
	if out[0].File() != ".lvsgen/schemas/shops.example.org.json" {
		t.Errorf("its file is %s", out[0].File())
	}
	stable(t, out[0])
}

// stable holds that the file of a definition is read as the same definition.
func stable(t *testing.T, d *definitions.Definition) {
	t.Helper()
	content, err := d.Encode()
	if err != nil {
		return // too large
	}
	again, others, findings := definitions.Parse(d.File(), content)
	if len(again) != 1 || others != 0 || len(findings) > 0 {
		t.Fatalf("its file is read as %d definitions, %d others, %v:\n%s", len(again), others, findings, content)
	}
	if second, err := again[0].Encode(); err != nil || !bytes.Equal(content, second) {
		t.Fatalf("its file changes: %v\n%s\nthen\n%s", err, content, second)
	}
}

// FuzzParse holds that no text panics, that findings lie in it, and that what is taken is a fixed point.
func FuzzParse(f *testing.F) {
	f.Add([]byte(crd))
	f.Add([]byte("kind: List\nitems: [{kind: CustomResourceDefinition}, 1, null]\n"))
	f.Add([]byte("kind: CustomResourceDefinition\nspec: {versions: [{schema: {openAPIV3Schema: {properties: {a: 1}}}}]}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		out, _, findings := definitions.Parse("f.yaml", content)
		for _, finding := range findings {
			if finding.Line > bytes.Count(content, []byte("\n"))+1 {
				t.Errorf("line %d is behind the end: %s", finding.Line, finding.Message)
			}
		}
		for _, d := range out {
			stable(t, d)
		}
	})
}

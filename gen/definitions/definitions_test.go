package definitions_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/definitions"
)

const widget = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
  labels: {a: b}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        description: What a widget is.
        properties:
          spec:
            type: object
            properties:
              description: {type: string, description: Goes, default: <none>}
              size: {type: integer, minimum: 1}
  - name: v1beta1
    served: false
    storage: false
    schema: {openAPIV3Schema: {type: object}}
`

const beta = "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n"

var list = "kind: List\napiVersion: v1\nitems:\n- {kind: ConfigMap}\n-\n  " + strings.ReplaceAll(strings.TrimSpace(widget), "\n", "\n  ") + "\n"

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		want   []string // names
		others int
		// found are where and what the findings are, as LINE: TEXT.
		found []string
	}{
		"one":              {widget, []string{"widgets.example.com"}, 0, nil},
		"beside others":    {"kind: ConfigMap\n---\n" + widget, []string{"widgets.example.com"}, 1, nil},
		"in a List":        {list, []string{"widgets.example.com"}, 1, nil},
		"none":             {"kind: ConfigMap\n", nil, 1, nil},
		"nothing":          {"", nil, 0, nil},
		"of v1beta1":       {beta, nil, 0, []string{"1: a CustomResourceDefinition of v1beta1"}},
		"of no version":    {"kind: CustomResourceDefinition\n", nil, 0, []string{"1: a CustomResourceDefinition has the apiVersion"}},
		"no YAML":          {"a: [\n", nil, 0, []string{": "}},
		"another name":     {strings.Replace(widget, "name: widgets", "name: gadgets", 1), nil, 0, []string{"4: Kubernetes refuses this CustomResourceDefinition: metadata.name"}},
		"nothing served":   {strings.Replace(widget, "served: true", "served: false", 1), nil, 0, []string{"10: widgets.example.com serves no version"}},
		"no type":          {strings.Replace(widget, "{type: integer, ", "{", 1), nil, 0, []string{"23: Kubernetes refuses this CustomResourceDefinition: spec.versions"}},
		"one of two wrong": {widget + "---\n" + beta, []string{"widgets.example.com"}, 0, []string{"29: a CustomResourceDefinition of v1beta1"}},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, others, findings := definitions.Parse("a.yaml", []byte(test.text))
			if got := names(parsed); !slices.Equal(got, test.want) || others != test.others {
				t.Errorf("got %q and %d others, want %q and %d", got, others, test.want, test.others)
			}
			if len(findings) != len(test.found) {
				t.Fatalf("findings: %v", findings)
			}
			for i, f := range findings {
				if got := strings.TrimPrefix(f.Position.String(), "a.yaml:"); !strings.HasPrefix(line(got)+": "+f.Message, test.found[i]) && test.found[i] != ": " {
					t.Errorf("got %s: %s, want %s", got, f.Message, test.found[i])
				}
			}
		})
	}
}

func line(position string) string {
	before, _, _ := strings.Cut(position, ":")
	return before
}

func names(all []*definitions.Definition) []string {
	var out []string
	for _, d := range all {
		out = append(out, d.Name)
	}
	return out
}

// TestEncode holds that descriptions of the schema go, and that a field of that name, a default and what is served stay.
func TestEncode(t *testing.T) {
	parsed, _, findings := definitions.Parse("a.yaml", []byte(widget))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	d := parsed[0]
	if d.Kind != "Widget" || d.Group != "example.com" || !slices.Equal(d.Versions, []string{"v1"}) || d.File() != ".lvsgen/schemas/widgets.example.com.json" {
		t.Errorf("%+v in %s", d, d.File())
	}
	content, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for _, gone := range []string{"What a widget is", "Goes", "labels"} {
		if strings.Contains(text, gone) {
			t.Errorf("%q is still there:\n%s", gone, text)
		}
	}
	for _, kept := range []string{`"description": {`, `"default": "<none>"`, `"minimum": 1`, `"v1beta1"`} {
		if !strings.Contains(text, kept) {
			t.Errorf("no %s in\n%s", kept, text)
		}
	}
}

func TestEncodeTooLarge(t *testing.T) {
	d := &definitions.Definition{Name: "a.b", Fields: map[string]any{"x": strings.Repeat("a", definitions.MaxSize)}}
	if _, err := d.Encode(); err == nil || !strings.Contains(err.Error(), "3072 KiB") {
		t.Error(err)
	}
}

// repository holds files; those without content cannot be read.
type repository map[string]string

func (r repository) Dir(dir string) []string {
	var out []string
	for name := range r {
		if path.Dir(name) == dir {
			out = append(out, path.Base(name))
		}
	}
	slices.Sort(out)
	return out
}

func (r repository) Read(name string) ([]byte, error) {
	if r[name] == "" {
		return nil, fs.ErrPermission
	}
	return []byte(r[name]), nil
}

func TestRead(t *testing.T) {
	in := func(name string) string { return path.Join(definitions.Dir, name) }
	found, findings := definitions.Read(repository{
		in("widgets.example.com.json"): widget, in("other.json"): widget, in("two.json"): list, in("unread.json"): "",
		in("README.md"): "x", in("beta.json"): beta, "else/widgets.example.com.json": beta,
	})
	if got := names(found); !slices.Equal(got, []string{"widgets.example.com"}) {
		t.Errorf("found %q", got)
	}
	want := []string{"README.md: nothing reads", "beta.json: a CustomResourceDefinition of v1beta1", "other.json: the file holds not just", "two.json: the file holds not just", "unread.json: the schema cannot be read"}
	if len(findings) != len(want) {
		t.Fatalf("findings: %v", findings)
	}
	for i, f := range findings {
		if got := path.Base(f.File) + ": " + f.Message; !strings.HasPrefix(got, want[i]) {
			t.Errorf("got %s, want %s", got, want[i])
		}
	}
}

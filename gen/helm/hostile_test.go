package helm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
)

// archive packs files, names and contents by turns.
func archive(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	packed := tar.NewWriter(zipped)
	for i := 0; i < len(files); i += 2 {
		if err := packed.WriteHeader(&tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := packed.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const chartFile = "apiVersion: v2\nname: c\nversion: 1.0.0\n"

// TestHostileCharts holds what becomes of charts that are made to exhaust memory or to reach outside.
func TestHostileCharts(t *testing.T) {
	nested := archive(t, "c/Chart.yaml", chartFile)
	for range 7 {
		nested = archive(t, "c/Chart.yaml", chartFile, "c/charts/c.tgz", nested)
	}
	doubling := `{"$defs":{"a0":{}`
	for i := range 40 {
		doubling += fmt.Sprintf(`,"a%d":{"allOf":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%d"}]}`, i+1, i, i)
	}
	doubling += `},"$ref":"#/$defs/a40"}`
	bomb := strings.Repeat("\x00", 5<<20-1)
	var packed []string
	for i := range 14 {
		packed = append(packed, fmt.Sprintf("c/%d", i), bomb)
	}
	tests := map[string]struct {
		file, content, want string
	}{
		"archives in archives":          {"charts/c.tgz", nested, "more than 5 deep"},
		"an archive that is a bomb":     {"charts/c.tgz", archive(t, packed...), "not read to its end"},
		"an archive of empty files":     {"charts/c.tgz", archive(t, strings.Split(strings.Repeat("c/x,,", MaxChartFiles+2)+"c/y,", ",")...), "not read to its end"},
		"an archive that climbs":        {"charts/c.tgz", archive(t, "c/../../../etc/passwd", "x"), "parent directory"},
		"an archive from the root":      {"charts/c.tgz", archive(t, "c//etc/passwd", "x"), "absolute path"},
		"no archive":                    {"charts/c.tgz", "x", "cannot be read"},
		"a schema that doubles":         {schemaFile, doubling, "more than 1000000 checks"},
		"a schema in a file":            {schemaFile, `{"$ref":"file:///etc/passwd"}`, "only the schema itself is read"},
		"a schema beside":               {schemaFile, `{"$ref":"other.json"}`, "only the schema itself is read"},
		"a schema in the network":       {schemaFile, `{"$ref":"https://127.0.0.1:1/x.json"}`, "the values are not judged by it"},
		"a metaschema in the network":   {schemaFile, `{"$schema":"http://127.0.0.1:1/x.json"}`, "the values are not judged by it"},
		"a schema that is deep":         {schemaFile, strings.Repeat(`{"not":`, 100_000) + "{}" + strings.Repeat("}", 100_000), "cannot be used"},
		"values that are a bomb":        {"values.yaml", "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "more than 1000000 values"},
		"values of millions of numbers": {"values.yaml", "a: [" + strings.Repeat("1,", 3_000_000) + "1]\n", "may hold more than"},
		"values that are deep":          {"values.yaml", "a: " + strings.Repeat("[", 100_000) + "\n", "depth"},
		"a dependency outside":          {"Chart.yaml", chartFile + "dependencies: [{name: x, version: 1.0.0, repository: 'file://../../../etc'}]\n", "leads to no chart"},
		"a name that climbs":            {"Chart.yaml", "apiVersion: v2\nname: ../../x\nversion: 1.0.0\n", "this is no chart"},
		"no template":                   {"templates/a.yaml", "{{ if true }}" + strings.Repeat("{{ if true }}", 200_000), "unexpected EOF"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"c/Chart.yaml": {Data: []byte(chartFile)}}
			files["c/"+test.file] = &fstest.MapFile{Data: []byte(test.content)}
			tree, err := checkout.Open(files)
			if err != nil {
				t.Fatal(err)
			}
			_, findings, err := New(tree).Render("c", nil, &Release{Name: "c", Namespace: "c"})
			if err != nil || len(findings) == 0 || !strings.Contains(findings[0].Message, test.want) {
				t.Fatalf("findings %.300v, error %v, want %q", findings, err, test.want)
			}
		})
	}
}

// FuzzRender holds that no template and no values panic or hang.
func FuzzRender(f *testing.F) {
	for _, snippet := range snippets {
		f.Add(snippet, "name: x\n")
	}
	f.Fuzz(func(t *testing.T, template, values string) {
		tree, err := checkout.Open(fstest.MapFS{
			"c/Chart.yaml": {Data: []byte(chartFile)}, "c/values.yaml": {Data: []byte(values)}, "c/templates/a.yaml": {Data: []byte(template)},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _, _ = New(tree).Render("c", nil, &Release{Name: "c", Namespace: "c"})
	})
}

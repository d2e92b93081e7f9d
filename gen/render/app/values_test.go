package app

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/test/imageautomation"
)

// imageAutomation rewrites a file as Flux would.
func imageAutomation(t *testing.T, file, tag string) string {
	t.Helper()
	out, err := imageautomation.Rewrite([]byte(file), tag)
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	return string(out)
}

// TestValuesAreAFixedPoint asks that image automation changes the tag and no other byte.
func TestValuesAreAFixedPoint(t *testing.T) {
	for _, a := range append(samples(), randoms(1000)...) {
		file := files(t, terraform, a)["values.yaml"]
		if got := imageAutomation(t, file, ""); got != file {
			t.Errorf("%s: image automation rewrites %s", a.Name, firstDifference(file, got))
		}
		want := strings.Replace(file, a.Image.Version, "9.9.9", 1)
		if a.Image.Pin {
			want = file
		}
		if got := imageAutomation(t, file, "9.9.9"); got != want {
			t.Errorf("%s: image automation rewrites %s", a.Name, firstDifference(want, got))
		}
	}
}

// firstDifference shows the first line that two texts do not share, and the two before it.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d: %q to %q", i+1, w[max(0, i-2):i+1], g[min(max(0, i-2), len(g)):min(i+1, len(g))])
		}
	}
	return "the end"
}

// TestMarker is on the tag's line, once, unless the image is pinned.
func TestMarker(t *testing.T) {
	const marker = `# {"$imagepolicy": "flux-system:site:tag"}`
	file := files(t, terraform, newApp("site", web))["values.yaml"]
	line := regexp.MustCompile(`(?m)^  tag: "?1\.2\.3"? ` + regexp.QuoteMeta(marker) + `$`)
	if strings.Count(file, marker) != 1 || !line.MatchString(file) {
		t.Errorf("no marker on the tag:\n%s", file)
	}
	pinned := newApp("site", web, func(a *model.App) { a.Image.Pin = true })
	if strings.Contains(files(t, terraform, pinned)["values.yaml"], "imagepolicy") {
		t.Error("a pinned image has a marker")
	}
}

// TestSchemaRefuses mistakes anywhere in the values.
func TestSchemaRefuses(t *testing.T) {
	a := newApp("everything", everything)
	f := files(t, terraform, a)
	c := loadChart(t, f)
	for _, mistake := range []string{
		`{replica: 2}`, `{image: {Tag: "1"}}`, `{image: {tag: 1.5}}`, `{replicas: two}`, `{port: 70000}`, `{port: "80"}`,
		`{resources: {request: {}}}`, `{resources: {requests: {gpu: "1"}}}`, `{env: {A: text}}`, `{env: {A: {value: 1}}}`,
		`{env: {A: {secret: x}}}`, `{env: {A-B: {value: x}}}`, `{env: {A: {value: x, key: y}}}`, `{files: {relative: x}}`,
		`{storage: {size: 1Gi, pth: /x}}`, `{probes: {startSecond: 5}}`, `{metrics: {ports: 1}}`, `{ingress: {host: x}}`,
		`{ingress: {paths: []}}`, `{access: {app: []}}`, `{security: {user: -1}}`, `{security: {user: root}}`,
		`{workers: {w: {command: []}}}`, `{workers: {w: {command: [x], replica: 1}}}`, `{traces: {url: x}}`,
		`{cronJobs: {c: {command: [x], schedule: "@daily", timeZone: UTC, concurrency: never}}}`, `{disruptionBudget: {minAvailable: 1}}`,
	} {
		values, err := chartutil.ReadValues([]byte(f["values.yaml"]))
		if err != nil {
			t.Fatal(err)
		}
		wrong, err := chartutil.ReadValues([]byte(mistake))
		if err != nil {
			t.Fatal(err)
		}
		if err := chartutil.ValidateAgainstSchema(c, chartutil.CoalesceTables(wrong, values)); err == nil {
			t.Errorf("the schema takes %s", mistake)
		}
	}
}

// TestDefaultsTurnNothingOn: the chart's own values have every key of the schema, and give what the smallest app has.
func TestDefaultsTurnNothingOn(t *testing.T) {
	a := newApp("smallest")
	f := files(t, terraform, a)
	defaults, err := chartutil.ReadValues([]byte(f["chart/values.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal([]byte(f["chart/values.schema.json"]), &schema); err != nil {
		t.Fatal(err)
	}
	for key := range schema.Properties {
		if _, there := defaults[key]; !there {
			t.Errorf("chart/values.yaml does not show %q", key)
		}
	}
	for key := range defaults {
		if _, there := schema.Properties[key]; !there {
			t.Errorf("values.schema.json does not know %q", key)
		}
	}
	if err := chartutil.ValidateAgainstSchema(loadChart(t, f), defaults); err != nil {
		t.Error(err)
	}
}

func TestMerge(t *testing.T) {
	under := kube.M("a", kube.M("b", 1, "c", []string{"x"}), "f", map[string]string{"p": "q"}, "gone", true)
	under = under.Marked("tag", "1", "marker")
	got := merge(under, map[string]any{
		"a": map[string]any{"c": []any{"y"}, "d": map[string]any{"e": nil}}, "f": map[string]any{"r": "s"}, "gone": nil, "tag": "2",
	})
	want := kube.M("a", kube.M("b", 1, "c", []any{"y"}, "d", kube.Map(nil)), "f", kube.M("p", "q", "r", "s"), "tag", "2")
	if !reflect.DeepEqual(plain(got), plain(want)) {
		t.Errorf("%v, want %v", got, want)
	}
	if got[len(got)-1].Comment != "" {
		t.Error("a tag of the app's own values keeps Flux's marker")
	}
	if field(under, "a", "b") != 1 || field(under, "gone") != true {
		t.Error("merge changes its argument")
	}
}

// TestOwnValuesBringTemplates: an app that turns something on by its own values gets the template for it.
func TestOwnValuesBringTemplates(t *testing.T) {
	a := newApp("shop", web, func(a *model.App) {
		a.Values = map[string]any{
			"replicas": float64(2),
			"cronJobs": map[string]any{"x": map[string]any{
				"schedule": "@daily", "timeZone": "Etc/UTC", "concurrency": "Forbid", "command": []any{"x"},
			}},
		}
	})
	o := release(t, files(t, terraform, a), a)
	if len(o.budgets) != 1 || len(o.cronJobs) != 1 {
		t.Errorf("%d budgets, %d cron jobs", len(o.budgets), len(o.cronJobs))
	}
}

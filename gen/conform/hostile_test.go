package conform_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lvs-cloud/lvsgen/test/verdicts"
)

// nested is a value that is depth lists or mappings deep.
func nested(depth int, wrap func(any) any) any {
	var v any = "x"
	for range depth {
		v = wrap(v)
	}
	return v
}

func list(v any) any    { return []any{v} }
func mapping(v any) any { return map[string]any{"properties": v} }

// Objects that nobody would write get some verdict, and nothing falls over.
func TestHostileObjects(t *testing.T) {
	const depth = 20000 // parsers of YAML and JSON end at 10000
	judge := newest(object(t, widgets))
	long := strings.Repeat("a", 1<<20)
	many := make([]any, 20000)
	for i := range many {
		many[i] = map[string]any{"name": "n" + strconv.Itoa(i)}
	}
	for _, value := range []any{nested(depth, list), nested(depth, mapping), long, many, []any{nil}, map[string]any{"": nil}, map[string]any{long: long}, -1.5, 1e300, uint64(1) << 63, true} {
		for _, kind := range [][2]string{{"v1", "ConfigMap"}, {"apps/v1", "Deployment"}, {"example.com/v1", "Widget"}, {"apiextensions.k8s.io/v1", "CustomResourceDefinition"}} {
			for _, field := range []string{"metadata", "spec", "data", "status"} {
				fields := map[string]any{"apiVersion": kind[0], "kind": kind[1], "metadata": map[string]any{"name": "a"}}
				fields[field] = value
				if !judge.Judge(fields).Known {
					t.Errorf("%v: not known", kind)
				}
			}
		}
	}
	fields := object(t, widget("{size: 3}"))
	fields["spec"].(map[string]any)["parts"] = many
	if got := said(judge.Judge(fields)); got != "" {
		t.Errorf("many parts: %s", got)
	}
}

// Several goroutines get the verdicts that one gets.
func TestConcurrency(t *testing.T) {
	cases, err := verdicts.Load("testdata/verdicts")
	if err != nil {
		t.Fatal(err)
	}
	want := make([]string, len(cases))
	alone := newest()
	for i := 0; i < len(cases); i += 7 {
		want[i] = said(alone.Judge(object(t, string(cases[i].YAML))))
	}
	shared := newest()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := 0; i < len(cases); i += 7 {
				if got := said(shared.Judge(object(t, string(cases[i].YAML)))); got != want[i] {
					t.Errorf("%s: got %q, want %q", cases[i].Name, got, want[i])
				}
			}
		})
	}
	group.Wait()
}

// FuzzJudge asks for one thing: a verdict, and the same one again.
func FuzzJudge(f *testing.F) {
	cases, err := verdicts.Load("testdata/verdicts")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		data, err := c.JSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	judge := newest()
	f.Fuzz(func(t *testing.T, data []byte) {
		var fields map[string]any
		if json.Unmarshal(data, &fields) != nil {
			return
		}
		if first, second := said(judge.Judge(fields)), said(judge.Judge(fields)); first != second {
			t.Errorf("first %q, then %q", first, second)
		}
	})
}

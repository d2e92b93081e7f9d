package main

import (
	"encoding/json"
	"testing"
)

// TestStrip holds what is taken out of a schema, and what looks like it and stays.
func TestStrip(t *testing.T) {
	for name, test := range map[string]struct{ given, want string }{
		"spoken keywords go, at every depth": {
			`{"description":"d","title":"t","example":1,"externalDocs":{},"type":"object","properties":{"a":{"items":{"description":"d","type":"string"},"type":"array"},"b":{"additionalProperties":{"description":"d","type":"string"}},"c":{"anyOf":[{"description":"d"}],"not":{"title":"t"}}}}`,
			`{"properties":{"a":{"items":{"type":"string"},"type":"array"},"b":{"additionalProperties":{"type":"string"}},"c":{"anyOf":[{}],"not":{}}},"type":"object"}`,
		},
		"a property of that name stays": {
			`{"properties":{"description":{"description":"d","type":"string"},"title":{"type":"string"}},"required":["description"]}`,
			`{"properties":{"description":{"type":"string"},"title":{"type":"string"}},"required":["description"]}`,
		},
		"defaults, enums and rules are data": {
			`{"default":{"description":"d","title":"<t>"},"enum":[{"title":"t"}],"x-kubernetes-validations":[{"message":"m","rule":"self.title != ''"}]}`,
			`{"default":{"description":"d","title":"<t>"},"enum":[{"title":"t"}],"x-kubernetes-validations":[{"message":"m","rule":"self.title != ''"}]}`,
		},
		"a reference is a name": {
			`{"allOf":[{"$ref":"#/components/schemas/io.k8s.X"}],"description":"d"}`, `{"$ref":"io.k8s.X"}`,
		},
		"a reference with a default keeps its form": {
			`{"allOf":[{"$ref":"#/components/schemas/io.k8s.X"}],"default":{}}`, `{"allOf":[{"$ref":"io.k8s.X"}],"default":{}}`,
		},
		"numbers stay as they are written": {`{"maximum":9223372036854775807,"minimum":1.50}`, `{"maximum":9223372036854775807,"minimum":1.50}`},
		"a boolean is a schema too":        {`{"additionalProperties":false}`, `{"additionalProperties":false}`},
	} {
		var schema map[string]any
		if err := decode([]byte(test.given), &schema); err != nil {
			t.Fatal(err)
		}
		strip(schema)
		if got, err := canonical(schema); err != nil || string(got) != test.want {
			t.Errorf("%s:\n%s, %v\nwant\n%s", name, got, err, test.want)
		}
	}
}

func TestOpenStatus(t *testing.T) {
	for given, want := range map[string]string{
		`{"properties":{"spec":{},"status":{"type":"object"}},"required":["status"]}`:        `{"properties":{"spec":{},"status":{}}}`,
		`{"properties":{"spec":{},"status":{"type":"object"}},"required":["spec","status"]}`: `{"properties":{"spec":{},"status":{}},"required":["spec"]}`,
		`{"properties":{"data":{}},"required":["data"]}`:                                     `{"properties":{"data":{}},"required":["data"]}`,
	} {
		var schema map[string]any
		if err := decode([]byte(given), &schema); err != nil {
			t.Fatal(err)
		}
		openStatus(schema)
		if got, err := canonical(schema); err != nil || string(got) != want {
			t.Errorf("%s becomes %s, %v", given, got, err)
		}
	}
}

func TestCustomResourceDefinition(t *testing.T) {
	var s served
	s.definitions = map[string]json.RawMessage{}
	err := s.addCRD([]byte(`{"kind":"CustomResourceDefinition","spec":{"group":"example.com","scope":"Cluster","names":{"kind":"Widget","plural":"widgets"},"versions":[
		{"name":"v1","served":true,"schema":{"openAPIV3Schema":{"type":"object","description":"d"}}},
		{"name":"v1beta1","served":true,"deprecated":true,"schema":{"openAPIV3Schema":{"type":"object"}}},
		{"name":"v1alpha2","served":true,"deprecated":true,"deprecationWarning":"use v1","schema":{"openAPIV3Schema":{"type":"object"}}},
		{"name":"v1alpha1","served":false,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"example.com/v1\tWidget\tCluster\twidgets\texample.com/v1/Widget\t\t",
		"example.com/v1alpha2\tWidget\tCluster\twidgets\texample.com/v1alpha2/Widget\tuse v1\t",
		"example.com/v1beta1\tWidget\tCluster\twidgets\texample.com/v1beta1/Widget\texample.com/v1beta1 Widget is deprecated\t",
	}
	if len(s.kinds) != len(want) {
		t.Fatalf("%d kinds: %+v", len(s.kinds), s.kinds)
	}
	for i, k := range s.kinds {
		if k.fields() != want[i] {
			t.Errorf("%q, want %q", k.fields(), want[i])
		}
	}
	if text := string(s.definitions["example.com/v1/Widget"]); text != `{"type":"object"}` {
		t.Error(text)
	}
}

// TestWarning holds the words of the API server.
func TestWarning(t *testing.T) {
	k := kind{apiVersion: "example.k8s.io/v1beta1", kind: "Widget"}
	for want, cycle := range map[string]lifecycle{
		"": {deprecated: 38, removed: 41},
		"example.k8s.io/v1beta1 Widget is deprecated in v1.37+":                                                      {deprecated: 37},
		"example.k8s.io/v1beta1 Widget is deprecated in v1.34+, unavailable in v1.40+":                               {deprecated: 34, removed: 40},
		"example.k8s.io/v1beta1 Widget is deprecated in v1.34+, unavailable in v1.40+; use example.k8s.io/v1 Widget": {deprecated: 34, removed: 40, replacement: "example.k8s.io/v1 Widget"},
	} {
		if got := cycle.warning(k, 37); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

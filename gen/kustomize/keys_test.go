package kustomize_test

import (
	"reflect"
	"testing"
	"testing/fstest"
)

// TestKeysOfNumbers holds that keys which YAML takes for numbers or truth values are texts after a build by kustomize's library, as
// they are in a file that is read without it and as an API server gets them.
func TestKeysOfNumbers(t *testing.T) {
	manifest := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tcp, namespace: a}\ndata: {9000: b, true: c, 1.5: d, x: e}\nlist: [{1: {2: 3}}]\n"
	var all []map[string]any
	for _, more := range []string{"", "labels: []\n"} { // with labels, kustomize's library builds
		result, _ := built(t, fstest.MapFS{
			"apps/kustomization.yaml": {Data: []byte("resources: [m.yaml]\n" + more)}, "apps/m.yaml": {Data: []byte(manifest)},
		})
		if len(result.Objects) != 1 {
			t.Fatalf("%+v", result)
		}
		all = append(all, result.Objects[0].Fields)
	}
	if !reflect.DeepEqual(all[0], all[1]) {
		t.Errorf("own build %#v\nkustomize %#v", all[0], all[1])
	}
}

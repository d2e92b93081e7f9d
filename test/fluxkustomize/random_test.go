package fluxkustomize

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandom compares random folders and Kustomizations, the same ones in every run.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		files, spec := random(r)
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			judge(t, write(t, files, spec), spec)
			if t.Failed() {
				t.Logf("files: %q\nspec: %v", files, spec)
			}
		})
	}
}

// random makes a folder of objects, perhaps with a base, a component and lists, and what a Kustomization asks for.
func random(r *rand.Rand) (map[string]string, object) {
	chance := func(n int) bool { return r.IntN(n) == 0 }
	files, spec := map[string]string{}, object{"path": "./app"}
	resources := []string{}
	for i := range 1 + r.IntN(4) {
		name := fmt.Sprintf("file%d.yaml", i)
		files["app/"+name] = randomObject(r, i)
		resources = append(resources, name)
	}
	if chance(3) {
		files["base/kustomization.yaml"] = "resources: [x.yaml]\ncommonAnnotations: {from: base}\n"
		files["base/x.yaml"] = randomObject(r, 9)
		resources = append(resources, "../base")
	}
	if chance(12) {
		resources = append(resources, "absent.yaml")
	}
	if chance(2) {
		files["app/kustomization.yaml"] = "resources: [" + strings.Join(resources, ", ") + "]\n" + randomFields(r)
	}
	set := func(key string, value any) {
		if chance(3) {
			spec[key] = value
		}
	}
	set("targetNamespace", "target")
	set("namePrefix", "p-")
	set("nameSuffix", "-s")
	set("images", []any{object{"name": "example.org/a", "newTag": fmt.Sprint(r.IntN(9))}})
	set("components", []any{"../part"})
	set("ignoreMissingComponents", true)
	set("patches", []any{object{
		"target": object{"kind": []string{"Deployment", "ConfigMap", "Service"}[r.IntN(3)]},
		"patch":  "- {op: add, path: /metadata/labels, value: {patched: \"yes\"}}\n",
	}})
	set("postBuild", object{"substitute": object{"a": []string{"1", "text", "true", "a # b", "- x"}[r.IntN(5)], "b": "two"}})
	if chance(2) {
		files["part/kustomization.yaml"] = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n" + randomFields(r)
	}
	return files, spec
}

func randomFields(r *rand.Rand) string {
	return []string{
		"", "namespace: listed\n", "namePrefix: l-\n", "commonLabels: {by: list}\n", "images: [{name: example.org/a, newName: example.org/b}]\n",
		"configMapGenerator: [{name: made, literals: [k=v]}]\n", "generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: [{name: made, literals: [k=v], namespace: own}]\n",
		"labels: [{pairs: {x: \"${a}\"}}]\n", "patches: [{target: {kind: ConfigMap, name: o1}, patch: '- {op: remove, path: /data/two}'}]\n",
	}[r.IntN(9)]
}

func randomObject(r *rand.Rand, i int) string {
	namespace := []string{"", "namespace: one", "namespace: two"}[r.IntN(3)]
	value := []string{"plain", "'${a}'", "${b:=default}", "'$${kept}'", "'${c}'", `"${a}-${b}"`, "'line: ${b}'", "12", "'12'"}[r.IntN(9)]
	switch r.IntN(4) {
	case 0:
		return strings.ReplaceAll(deployment, "example.org/web", "example.org/a")
	case 1:
		return service
	case 2:
		return fmt.Sprintf("apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: o%d, %s}\nspec: {value: %s, list: [1, 2.5, true, null]}\n", i, namespace, value)
	}
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: o%d\n  %s\ndata:\n  one: %s\n  two: |\n    ${b}\n    two\n", i, namespace, value)
}

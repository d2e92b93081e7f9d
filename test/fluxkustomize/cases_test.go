package fluxkustomize

import "testing"

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "example.org/web:1.0.0"}
      - {name: side, image: "example.org/side@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"}
`

const settings = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {name: "${name}", port: "${port:=80}", literal: "$${kept}", nested: "${empty:-${name}}"}
`

// cases are what a Kustomization can ask for, each by itself and some together.
var cases = map[string]struct {
	files map[string]string
	spec  object
}{
	"folder without a list":               {map[string]string{"app/a.yaml": deployment, "app/below/b.yml": plainMap, "app/notes.txt": "none"}, object{}},
	"folder below with a list":            {map[string]string{"app/a.yaml": deployment, "app/below/kustomization.yaml": "resources: [b.yaml]\n", "app/below/b.yaml": plainMap, "app/below/c.yaml": deployment}, object{}},
	"list":                                {map[string]string{"app/kustomization.yml": "resources: [a.yaml]\n", "app/a.yaml": deployment, "app/b.yaml": plainMap}, object{}},
	"two lists":                           {map[string]string{"app/kustomization.yml": "resources: [a.yaml]\n", "app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": deployment}, object{}},
	"listed file is missing":              {map[string]string{"app/kustomization.yaml": "resources: [a.yaml, b.yaml]\n", "app/a.yaml": deployment}, object{}},
	"list outside":                        {map[string]string{"app/kustomization.yaml": "resources: [../../a.yaml]\n"}, object{}},
	"file of another folder":              {map[string]string{"app/kustomization.yaml": "resources: [../other/a.yaml]\n", "other/a.yaml": deployment}, object{}},
	"empty folder":                        {map[string]string{"app/notes.txt": "none"}, object{}},
	"generator alone":                     {map[string]string{"app/kustomization.yaml": "configMapGenerator: [{name: made, literals: [a=b], files: [x=x.txt, x.txt]}]\ngeneratorOptions: {disableNameSuffixHash: true, labels: {l: m}}\n", "app/x.txt": "text\n"}, object{}},
	"generator with a hash":               {map[string]string{"app/kustomization.yaml": "configMapGenerator: [{name: made, literals: [a=b]}]\n"}, object{}},
	"generator of secrets":                {map[string]string{"app/kustomization.yaml": "secretGenerator: [{name: made, envs: [x.env]}]\n", "app/x.env": "A=b\n"}, object{}},
	"generator of odd literals":           {map[string]string{"app/kustomization.yaml": "configMapGenerator: [{name: made, literals: ['a=\"b\"', 'c=d=e', 'f=']}]\ngeneratorOptions: {disableNameSuffixHash: true}\n"}, object{}},
	"twice":                               {map[string]string{"app/a.yaml": deployment, "app/b.yaml": deployment}, object{}},
	"no kind":                             {map[string]string{"app/a.yaml": "a: b\n"}, object{}},
	"empty documents":                     {map[string]string{"app/a.yaml": "---\n---\n" + plainMap + "---\n# none\n"}, object{}},
	"list of objects":                     {map[string]string{"app/a.yaml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}\n"}, object{}},
	"target namespace":                    {map[string]string{"app/a.yaml": deployment, "app/n.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"}, object{"targetNamespace": "elsewhere"}},
	"prefix and suffix":                   {map[string]string{"app/a.yaml": deployment, "app/b.yaml": service}, object{"namePrefix": "a-", "nameSuffix": "-z"}},
	"strategic patch":                     {map[string]string{"app/a.yaml": deployment}, object{"patches": []any{object{"patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 3}\n"}}}},
	"strategic patch by selector":         {map[string]string{"app/a.yaml": deployment, "app/b.yaml": plainMap}, object{"patches": []any{object{"target": object{"kind": "Deployment", "labelSelector": "app=web"}, "patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: any}\nspec: {template: {spec: {containers: [{name: web, env: [{name: A, value: b}]}]}}}\n"}}}},
	"patch that deletes":                  {map[string]string{"app/a.yaml": deployment, "app/b.yaml": plainMap}, object{"patches": []any{object{"target": object{"kind": "Deployment"}, "patch": "$patch: delete\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: any}\n"}}}},
	"JSON patch":                          {map[string]string{"app/a.yaml": deployment}, object{"patches": []any{object{"target": object{"kind": "Deployment", "name": "w.*"}, "patch": "- {op: add, path: /spec/replicas, value: 2}\n- {op: replace, path: /spec/template/spec/containers/0/image, value: x}\n"}}}},
	"JSON patch that cannot be":           {map[string]string{"app/a.yaml": deployment}, object{"patches": []any{object{"target": object{"kind": "Deployment"}, "patch": "- {op: remove, path: /spec/none}\n"}}}},
	"image":                               {map[string]string{"app/a.yaml": deployment}, object{"images": []any{object{"name": "example.org/web", "newTag": "2.0.0"}}}},
	"image by digest":                     {map[string]string{"app/a.yaml": deployment}, object{"images": []any{object{"name": "example.org/side", "newName": "other", "digest": "sha256:34a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"}}}},
	"image over one of the list":          {map[string]string{"app/a.yaml": deployment, "app/kustomization.yaml": "resources: [a.yaml]\nimages: [{name: example.org/web, newName: kept, newTag: 1.5.0}]\n"}, object{"images": []any{object{"name": "example.org/web", "newTag": "2.0.0"}}}},
	"image beside one of the list":        {map[string]string{"app/a.yaml": deployment, "app/kustomization.yaml": "resources: [a.yaml]\nimages: [{name: example.org/web, newName: example.org/new}]\n"}, object{"images": []any{object{"name": "example.org/new", "newTag": "2.0.0"}}}},
	"component":                           {map[string]string{"app/a.yaml": deployment, "part/kustomization.yaml": component}, object{"components": []any{"../part"}}},
	"component that is missing":           {map[string]string{"app/a.yaml": deployment}, object{"components": []any{"../part"}}},
	"component missing, ignored":          {map[string]string{"app/a.yaml": deployment}, object{"components": []any{"../part"}, "ignoreMissingComponents": true}},
	"component among resources":           {map[string]string{"app/kustomization.yaml": "resources: [a.yaml, ../part]\n", "app/a.yaml": deployment, "part/kustomization.yaml": component}, object{}},
	"component whose patch has no target": {map[string]string{"app/a.yaml": deployment, "part/kustomization.yaml": component + "patches: [{target: {kind: StatefulSet}, patch: '- {op: remove, path: /spec}'}]\n"}, object{"components": []any{"../part"}}},
	"component in the list":               {map[string]string{"app/kustomization.yaml": "resources: [a.yaml]\ncomponents: [../part]\n", "app/a.yaml": deployment, "part/kustomization.yaml": component}, object{}},
	"overlay":                             {map[string]string{"app/kustomization.yaml": "resources: [../base]\nnamePrefix: x-\nnamespace: here\nlabels: [{pairs: {team: one}, includeSelectors: true}]\nreplicas: [{name: web, count: 4}]\n", "base/kustomization.yaml": "resources: [a.yaml, b.yaml]\n", "base/a.yaml": deployment, "base/b.yaml": service}, object{"targetNamespace": "over"}},
	"replacement":                         {map[string]string{"app/kustomization.yaml": "resources: [a.yaml, c.yaml]\nreplacements: [{source: {kind: ConfigMap, fieldPath: data.a}, targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}]}]\n", "app/a.yaml": deployment, "app/c.yaml": plainMap}, object{}},
	"substitution":                        {map[string]string{"app/a.yaml": settings}, object{"postBuild": object{"substitute": object{"name": "two words"}}}},
	"substitution of nothing":             {map[string]string{"app/a.yaml": settings}, object{"postBuild": object{"substitute": object{}}}},
	"variable that nothing sets":          {map[string]string{"app/a.yaml": settings}, object{"postBuild": object{"substitute": object{"other": "x"}}}},
	"substitution to numbers":             {map[string]string{"app/a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: ${port}}]}\n"}, object{"postBuild": object{"substitute": object{"port": "8080"}}}},
	"substitution to a list":              {map[string]string{"app/a.yaml": "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: web}\nspec: {hosts: ${hosts}}\n"}, object{"postBuild": object{"substitute": object{"hosts": "[a, b]"}}}},
	"substitution that breaks":            {map[string]string{"app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: ${name}}\n"}, object{"postBuild": object{"substitute": object{"name": "a: b: c"}}}},
	"functions":                           {map[string]string{"app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: '${name^^}', b: '${name:1:2}', c: '${name/a/b}', d: '${#name}'}\n"}, object{"postBuild": object{"substitute": object{"name": "abcabc"}}}},
	"shell that cannot be read":           {map[string]string{"app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: '${name[@]}'}\n"}, object{"postBuild": object{"substitute": object{"name": "x"}}}},
	"disabled by a label":                 {map[string]string{"app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\ndata: {a: '${none}'}\n"}, object{"postBuild": object{"substitute": object{"name": "x"}}}},
	"disabled by an annotation":           {map[string]string{"app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\ndata: {a: '${none}'}\n"}, object{"postBuild": object{"substitute": object{"name": "x"}}}},
	"everything": {
		map[string]string{"app/a.yaml": deployment, "app/b.yaml": service, "app/c.yaml": settings, "part/kustomization.yaml": component},
		object{
			"targetNamespace": "over", "namePrefix": "a-", "nameSuffix": "-z", "components": []any{"../part"},
			"images":    []any{object{"name": "example.org/web", "newTag": "3.0.0"}},
			"patches":   []any{object{"target": object{"kind": "Deployment"}, "patch": "- {op: add, path: /spec/replicas, value: 2}\n"}},
			"postBuild": object{"substitute": object{"name": "x"}},
		},
	},
}

const (
	plainMap  = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: default}\ndata: {a: b}\n"
	service   = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
	component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {by: part}}]\n"
)

func TestCases(t *testing.T) {
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			spec := object{"path": "./app"}
			for key, value := range c.spec {
				spec[key] = value
			}
			judge(t, write(t, c.files, spec), spec)
		})
	}
}

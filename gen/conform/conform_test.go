package conform_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/apis"
	"github.com/lvs-cloud/lvsgen/gen/conform"
)

func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return fields
}

// said are the problems of an object, one a line: sort, field and message.
func said(v conform.Verdict) string {
	if !v.Known {
		return "the kind is not known"
	}
	var lines []string
	for _, p := range v.Problems {
		lines = append(lines, by[p.Sort]+" at "+p.Field()+": "+p.Message)
	}
	return strings.Join(lines, "\n")
}

func expect(t *testing.T, judge *conform.Judge, text, want string) {
	t.Helper()
	got := said(judge.Judge(object(t, text)))
	if want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("got  %q\nwant %q of\n%s", got, want, text)
	}
}

func newest(definitions ...map[string]any) *conform.Judge {
	return conform.New(apis.Embedded(), conform.Targets{"kubernetes": "1.36", "flux": "2.9"}, definitions)
}

// The field mode of emptyDir is of Kubernetes 1.37, workloadRef of a Pod ended with 1.35.
func TestTargets(t *testing.T) {
	const newField = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: nginx}]
  volumes: [{name: a, emptyDir: {mode: 448}}]
`
	const never = "\n  containerz: []\n"
	for _, c := range []struct{ release, text, want string }{
		{"1.35", newField, "unknown-field at spec.volumes[0].emptyDir.mode"},
		{"1.36", newField, "unknown-field at spec.volumes[0].emptyDir.mode"},
		{"1.37", newField, ""},
		{"", newField, ""},
		{"1.99", newField, ""}, // in no catalog: as if it were not known
		{"", strings.TrimRight(newField, "\n") + never, "unknown-field at spec.containerz"},
		{"1.99", strings.TrimRight(newField, "\n") + never, "unknown-field at spec.containerz"},
	} {
		expect(t, conform.New(apis.Embedded(), conform.Targets{"kubernetes": c.release}, nil), c.text, c.want)
	}
}

const widgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            x-kubernetes-validations:
            - rule: "!has(self.low) || self.low <= self.size"
              message: low must not be above size
            - rule: "!(has(self.a) && has(self.b))"
              message: a and b exclude each other
            properties:
              size: {type: integer, minimum: 1}
              low: {type: integer}
              a: {type: string}
              b: {type: string}
              note: {type: string, nullable: true}
              level: {type: string, default: info}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string}}
  - name: v2
    served: false
    storage: false
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

func widget(spec string) string {
	return "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: apps}\nspec: " + spec + "\n"
}

func TestDefinitionsOfTheTree(t *testing.T) {
	expect(t, newest(), widget("{size: 1}"), "the kind is not known")
	judge := newest(object(t, widgets))
	expect(t, judge, widgets, "")
	for spec, want := range map[string]string{
		"{size: 3, low: 2}":                  "",
		"{size: 3.0}":                        "",
		"{size: 3, note: null, level: null}": "",
		"{size: 3, a: null}":                 "invalid-field at spec.a",
		"{size: three}":                      "invalid-field at spec.size",
		"{size: 0}":                          "invalid-field at spec.size",
		"{low: 1}":                           `invalid-field at spec: lacks "size"`,
		"{size: 3, lwo: 2}":                  "unknown-field at spec.lwo",
		"{size: 3, low: 4}":                  "invalid-object at spec: low must not be above size",
		"{size: 3, a: x, b: z}":              "invalid-object at spec: a and b exclude each other",
		"{size: 3, parts: [{name: a}, {name: b}]}":     "",
		"{size: 3, parts: [{name: a}, {name: a}]}":     "invalid-object at spec.parts[1]",
		"{size: 3, parts: [{name: a}, {nmae: a}]}":     "unknown-field at spec.parts[1].nmae",
		"{size: '${size}', low: 4}":                    "",
		"{size: '${size}', low: four}":                 "invalid-field at spec.low",
		"{size: 3, a: 'ENC[AES256_GCM,data:eA==]'}":    "",
		"{size: 'ENC[AES256_GCM,data:eA==,type:int]'}": "",
		"'${spec}'": "",
	} {
		expect(t, judge, widget(spec), want)
	}
	expect(t, judge, strings.Replace(widget("{size: 1}"), "example.com/v1", "example.com/v2", 1), "the kind is not known")
}

// The field that is to go is found for each of those that contradict each other.
func TestEither(t *testing.T) {
	verdict := newest(object(t, widgets)).Judge(object(t, widget("{size: 3, a: x, b: z}")))
	if len(verdict.Problems) != 1 {
		t.Fatalf("got %s", said(verdict))
	}
	want := [][]any{{"spec", "a"}, {"spec", "b"}}
	if got := verdict.Problems[0].Either; !slices.EqualFunc(got, want, slices.Equal[[]any]) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A CustomResourceDefinition of the repository is what the cluster has, whatever the catalog says of the kind.
func TestTreeBeatsCatalog(t *testing.T) {
	const policy = `
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux, namespace: flux-system}
spec: {interval: 5m, url: https://example.com/flux, ours: true}
`
	expect(t, newest(), policy, "unknown-field at spec.ours")
	own := object(t, widgets)
	spec := own["spec"].(map[string]any)
	spec["group"], spec["names"] = "source.toolkit.fluxcd.io", map[string]any{"kind": "GitRepository", "plural": "gitrepositories"}
	version := spec["versions"].([]any)[0].(map[string]any)
	version["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
	expect(t, newest(own), policy, "")
}

// Definitions that are broken, empty or open are left out, and nothing falls over.
func TestOddDefinitions(t *testing.T) {
	for _, schema := range []string{
		`{type: object, properties: {spec: {$ref: "https://example.com/x"}}}`,
		`{type: object, properties: {spec: {type: object, properties: {size: {type: integer, pattern: "["}}}}}`,
		`{type: object, properties: {spec: {type: nothing}}}`,
		`{type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true, x-kubernetes-validations: [{rule: "self.nothing >"}]}}}`,
		`{type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true, x-kubernetes-validations: "text"}}}`,
		`"${schema}"`, `[]`, `{}`, `null`, `{properties: []}`,
	} {
		definition := object(t, widgets)
		version := definition["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
		version["schema"] = object(t, "openAPIV3Schema: "+schema)
		if got := said(newest(definition).Judge(object(t, widget("{size: 3}")))); strings.Contains(got, "invalid-object") {
			t.Errorf("%s: %s", schema, got)
		}
	}
	newest(nil, map[string]any{}, object(t, "spec: {versions: text}"), object(t, "spec: {versions: [text, {name: 3}]}"))
}

// What only the cluster knows may be anything, and is never wrong.
func TestGuesses(t *testing.T) {
	for _, text := range []string{`
apiVersion: apps/v1
kind: Deployment
metadata: {name: '${name}', namespace: '${ns}', labels: {'${key}': a, app: '${a b}'}}
spec:
  replicas: '${replicas}'
  selector: {matchLabels: {app: '${app}'}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: ${c:-web}
        image: ${image}
        ports: [{containerPort: '${port}', name: '${portname}'}]
        resources: {requests: {cpu: '${cpu}m', memory: '${m:=64}Mi'}, limits: {memory: 1Mi}}
        securityContext: '${context}'
`, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: '${app}'}}
  template:
    metadata: {labels: {app: web}}
    spec:
      volumes: [{name: '${volume}', emptyDir: {}}]
      containers: [{name: web, image: nginx, volumeMounts: [{name: data, mountPath: /a}]}]
`, `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: '${type}', ports: '${ports}', clusterIP: '${ip}'}
`, `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: '${type}', selector: {app: web}}
`, `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: '${type}', externalName: '${host}', ports: [{port: 80, targetPort: '${port}', nodePort: '${node}'}]}
`, `
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: 'ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]'}
`, `
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/tls
data: {tls.crt: 'ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]', tls.key: '${key}'}
`, `
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/tls
data: {'${name}': eA==, tls.crt: eA==}
`, `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, annotations: '${annotations}'}
data: '${data}'
`, `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: '${host}'
    http: {paths: [{path: '${path}', pathType: '${pathType}', backend: {service: {name: '${s}', port: {number: '${n}'}}}}]}
`, `
apiVersion: batch/v1
kind: CronJob
metadata: {name: dump}
spec:
  schedule: '${minute} * * * *'
  jobTemplate: {spec: {template: {spec: {restartPolicy: '${policy}', containers: [{name: a, image: a}]}}}}
`, `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: ['${mode}'], resources: {requests: {storage: '${size}Gi'}}, storageClassName: '${class}'}
`, `
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: '${interval}', prune: '${prune}', path: '${path}', sourceRef: {kind: '${kind}', name: '${name}'}}
`} {
		expect(t, newest(), text, "")
	}
}

// A guess at a place that has nothing to say about the mistake hides nothing.
func TestMistakesBesideGuesses(t *testing.T) {
	const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {note: '${note}'}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - {name: web, image: 'nginx:${tag}', args: ['${a}'], env: [{name: A, value: '${b}'}]}
`
	expect(t, newest(), deployment, "invalid-object at spec.selector.matchLabels.app")
	expect(t, newest(), strings.Replace(deployment, "args:", "agrs:", 1), "unknown-field at spec.template.spec.containers[0].agrs")
	expect(t, newest(), "apiVersion: v1\nkind: Service\nmetadata: {name: '${a}'}\nspec: {ports: [{port: 80000}]}\n", "invalid-field at spec.ports[0].port")
	expect(t, newest(), "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: text}\n",
		"invalid-field at stringData[.dockerconfigjson]")
}

// SOPS's own field is no field of a Secret: what Flux decrypts, the caller takes it from.
func TestFieldOfSOPS(t *testing.T) {
	expect(t, newest(), "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nsops: {mac: text}\n", "unknown-field at sops")
}

func TestOddObjects(t *testing.T) {
	for _, text := range []string{"{}", "null", "apiVersion: v1", "kind: ConfigMap", "{apiVersion: 3, kind: {}}", "{apiVersion: v1, kind: Nothing}", "{apiVersion: a/b/c, kind: x}"} {
		if v := newest().Judge(object(t, text)); v.Known {
			t.Errorf("%s: a kind is known", text)
		}
	}
	expect(t, newest(), "{apiVersion: v1, kind: ConfigMap}", "invalid-field at metadata.name: is missing")
	expect(t, newest(), "{apiVersion: v1, kind: ConfigMap, metadata: text}", "invalid-field at metadata")
	expect(t, newest(), "{apiVersion: v1, kind: ConfigMap, metadata: []}", "invalid-field at metadata")
	expect(t, newest(), "{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, spec: {interval: 5m, url: https://example.com/a}}", "metadata")
	expect(t, newest(), "{apiVersion: v1, kind: ConfigMap, metadata: {generateName: a-}}", "")
}

// The object stays as it is.
func TestJudgeChangesNothing(t *testing.T) {
	fields := object(t, widget("{size: 3, note: null, parts: [{name: a}]}")+"status: {phase: up}\n")
	before, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	newest(object(t, widgets)).Judge(fields)
	after, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Errorf("got  %s\nwant %s", after, before)
	}
}

func TestField(t *testing.T) {
	for want, path := range map[string][]any{
		"":                            nil,
		"spec.containers[0].image":    {"spec", "containers", 0, "image"},
		"metadata.labels[a.b/c]":      {"metadata", "labels", "a.b/c"},
		"data[log level]":             {"data", "log level"},
		"spec.template[kubernetes.a]": {"spec", "template", "kubernetes.a"},
	} {
		if got := (conform.Problem{Path: path}).Field(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

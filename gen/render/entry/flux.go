package entry

import (
	"fmt"
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/flux"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// releases keeps Flux itself at the pinned release. Nothing depends on it: Flux is there when the first unit is applied.
func (r *renderer) releases() kube.Map {
	return kube.Object(r.apis.Kustomize, "Kustomization", unit.Namespace, "flux").
		Set("spec", kube.M(
			"interval", flux.Interval,
			"retryInterval", flux.RetryInterval,
			"timeout", flux.Timeout,
			"path", "./",
			"prune", true,
			"wait", true,
			"sourceRef", kube.M("kind", "OCIRepository", "name", manifestsName),
		).Marked("deletionPolicy", "Orphan", "without Flux nobody would put Flux back").
			Set("patches", r.patches()))
}

// patches fit the release to one small node.
func (r *renderer) patches() []kube.Map {
	deployment := func(name string) kube.Map { return kube.M("kind", "Deployment", "name", name) }
	gates := "--feature-gates=" + strings.Join(r.apis.KustomizeGates, ",")
	return []kube.Map{
		{
			{Key: "target", Value: kube.M("kind", "Deployment", "labelSelector", "app.kubernetes.io/part-of=flux")},
			{Key: "patch", Value: resources},
		},
		{
			{Key: "target", Value: deployment("source-controller")},
			{Key: "patch", Value: memoryLimit("It holds the artifact and the charts in memory.", "512Mi")},
		},
		{
			{Key: "target", Value: deployment("(kustomize|helm)-controller")},
			{Key: "patch", Value: memoryLimit("A first install builds and renders everything at once; a limit promises nothing, so Flux's own is kept.", "1Gi")},
		},
		{
			{Key: "target", Value: deployment("kustomize-controller")},
			{Key: "patch", Value: arguments(
				"--requeue-dependency=5s", "--concurrent=6", "--no-remote-bases=true", gates)},
		},
		{
			{Key: "target", Value: deployment("helm-controller")},
			{Key: "patch", Value: arguments(
				"--requeue-dependency=5s", "--concurrent=6", "--feature-gates=CancelHealthCheckOnNewRevision=true")},
		},
		{
			{Key: "target", Value: deployment("source-watcher")},
			{Key: "patch", Value: idle},
		},
		{
			{Key: "target", Value: kube.M("kind", "Namespace", "name", unit.Namespace)},
			{Key: "patch", Value: keepNamespace},
		},
	}
}

// The patches. Each says why in a comment that stays in the file.
const (
	resources = `# Flux asks for 100m of CPU per controller: on a small node that is room for apps. GOMEMLIMIT follows the memory limit.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: all
spec:
  template:
    spec:
      containers:
      - name: manager
        resources:
          requests:
            cpu: 20m
            memory: 64Mi
          limits:
            cpu: null
            memory: 256Mi
`
	idle = `# No unit uses ExternalArtifacts. Scaled down rather than left out: the node's first install brings it too.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: source-watcher
spec:
  replicas: 0
`
	keepNamespace = `# Deleting it would delete the keys and every source with it.
apiVersion: v1
kind: Namespace
metadata:
  name: flux-system
  annotations:
    kustomize.toolkit.fluxcd.io/prune: disabled
`
)

// memoryLimit is the patch that gives a controller another memory limit than the others, and says why.
func memoryLimit(why, limit string) string {
	return "# " + why + `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: all
spec:
  template:
    spec:
      containers:
      - name: manager
        resources:
          limits:
            memory: ` + limit + "\n"
}

// whyArguments are the reasons for the flags of the controllers, by flag.
var whyArguments = map[string]string{
	"--requeue-dependency": "Look again after 5s at what a unit waits for; the default of 30s adds up along a chain.",
	"--concurrent":         "What waits for health holds a worker: a few broken apps must not stop the others.",
	"--no-remote-bases":    "All that is applied is in this repository, where it can be checked.",
	"--feature-gates":      "A commit that repairs a unit starts at once, not after the timeout of the broken one.",
}

// arguments appends flags to a controller's own. Of a flag that is given twice the last one counts; feature gates add up.
func arguments(flags ...string) string {
	var b strings.Builder
	for _, flag := range flags {
		name, _, _ := strings.Cut(flag, "=")
		fmt.Fprintf(&b, "# %s\n- op: add\n  path: /spec/template/spec/containers/0/args/-\n  value: %s\n", whyArguments[name], flag)
	}
	return b.String()
}

// pathOf is a folder as Flux writes it.
func pathOf(folder string) string { return "./" + path.Clean(folder) }

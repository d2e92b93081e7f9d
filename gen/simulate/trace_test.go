package simulate_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

const releaseOfChart = `
-- cluster/sync.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./cluster, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
-- cluster/release.yaml --
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: flux-system}
spec:
  values:
    account: inline
  chart:
    spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}
-- chart/Chart.yaml --
apiVersion: v2
name: shop
version: 0.1.0
-- chart/values.yaml --
account: unused
secret: own
-- chart/templates/pod.yaml --
apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  serviceAccountName: {{ .Values.account }}
  nodeName: "fixed"
  priorityClassName: {{ printf "%s-%s" .Release.Name "low" }}
  {{- with .Values.secret }}
  imagePullSecrets:
  - name: {{ . }}
  {{- end }}
`

// TestTrace holds where the fields of a rendered object are said to come from: the value that counts, or the line of the
// template that makes them.
func TestTrace(t *testing.T) {
	s := opened(t, txtar.Parse([]byte(releaseOfChart)))
	pod := s.Run(s.Entries()[0]).Find("", "Pod", "flux-system", "shop")
	if pod == nil {
		t.Fatal("the chart was not rendered")
	}
	for want, path := range map[string][]any{
		"cluster/release.yaml:6":     {"spec", "serviceAccountName"},
		"chart/templates/pod.yaml:7": {"spec", "nodeName"},
		"chart/templates/pod.yaml:8": {"spec", "priorityClassName"},
		"chart/values.yaml:2":        {"spec", "imagePullSecrets", 0, "name"},
	} {
		if at := pod.Position(path...); fmt.Sprintf("%s:%d", at.File, at.Line) != want {
			t.Errorf("%v: %s, want %s", path, at, want)
		}
	}
}

// TestTraceIsBounded holds that a repository with ever more fields to trace costs no ever more renderings: after some
// thousands the template is given without a line.
func TestTraceIsBounded(t *testing.T) {
	archive := txtar.Parse([]byte(releaseOfChart))
	text := "# " + strings.Repeat("a long comment ", 20_000) + "\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n"
	const fields = 100
	for i := range fields {
		text += fmt.Sprintf("  k%d: {{ printf \"%%s\" \"v%d\" }}\n", i, i)
	}
	archive.Files = append(archive.Files, txtar.File{Name: "chart/templates/settings.yaml", Data: []byte(text)})
	s := opened(t, archive)
	settings := s.Run(s.Entries()[0]).Find("", "ConfigMap", "flux-system", "settings")
	lines, without := 0, 0
	for i := range fields {
		if settings.Position("data", fmt.Sprintf("k%d", i)).Line > 0 {
			lines++
		} else {
			without++
		}
	}
	if lines < 20 || without == 0 {
		t.Errorf("%d places with a line, %d without", lines, without)
	}
}

package capacity

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// cloud reads a whole cloud of this repository.
func cloud(t *testing.T, dir string) *model.Inputs {
	t.Helper()
	in, findings := load.Load(os.DirFS(dir), load.Options{})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return in
}

// TestCloudsFit: the reference cloud, the example for a small node and the cloud of all fields fit their nodes.
func TestCloudsFit(t *testing.T) {
	for _, dir := range []string{"../..", "../../examples/lite", "../../test/clouds/everything"} {
		table := Of(cloud(t, dir))
		for _, c := range table.Checks {
			if !c.Fits || c.Has == 0 {
				t.Errorf("%s: %s is %s, may be %s", dir, c.Of, Show(c.Has, c.Unit), Show(c.May, c.Unit))
			}
		}
		if len(table.Ways) > 0 {
			t.Errorf("%s fits, and is told to %v", dir, table.Ways)
		}
	}
}

// TestLargerCloudDoesNotFit: the reference cloud is what does not fit the small node, and the message says so.
func TestLargerCloudDoesNotFit(t *testing.T) {
	in := cloud(t, "../..")
	server := in.Cluster.Servers["main"]
	server.Type = "cx23"
	in.Cluster.Servers["main"] = server
	in.Cluster.Volume.Size = 30
	findings := Findings(in)
	if len(findings) != 2 {
		t.Fatalf("%d findings: %v", len(findings), findings)
	}
	for i, want := range []string{`use type "cx33"`, "write volume.size: 40"} {
		if findings[i].Severity != "warning" || !strings.Contains(findings[i].Hint, want) {
			t.Errorf("%v: %s", findings[i].Severity, findings[i].Hint)
		}
	}
	table := Of(in)
	if way := table.without(false); !strings.Contains(way, `"mimir"`) || strings.Contains(way, `"longhorn"`) || strings.Contains(way, `"traefik"`) {
		t.Errorf("%q", way)
	}
}

// TestFlux holds the figures of Flux equal to the patches that are rendered.
func TestFlux(t *testing.T) {
	in := cloud(t, "../..")
	rendered, err := os.ReadFile("../../clusters/prod/flux-system.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(rendered)
	for _, want := range []string{"cpu: 20m", "memory: 64Mi"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%d times %q in the patches", strings.Count(text, want), want)
		}
	}
	// Of six controllers one may have 512 MiB, two 1 GiB, and three 256 MiB.
	for limit, times := range map[string]int{"memory: 256Mi": 1, "memory: 512Mi": 1, "memory: 1Gi": 1} {
		if strings.Count(text, limit) != times {
			t.Errorf("%d times %q in the patches", strings.Count(text, limit), limit)
		}
	}
	flux := in.Cluster.Capacity.Parts["flux"]
	want := amount("20m", "64Mi").Times(int64(flux.Containers))
	if got := amount(flux.Requests.CPU, flux.Requests.Memory); got != want || flux.Containers != 6 {
		t.Errorf("requests %v, the patches give %v", got, want)
	}
	if got := size(flux.Limits.Memory); got != size("512Mi")+2*size("1Gi")+3*size("256Mi") {
		t.Errorf("limits %d", got)
	}
}

func TestVisit(t *testing.T) {
	tests := map[string]struct {
		yaml       string
		cpu        int64
		memory     string
		containers int64
		unlimited  int64
		claims     string
		job        string
	}{
		"a chart":              {yaml: "webhook: {resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 96Mi}}}", cpu: 10, memory: "32Mi", containers: 1},
		"replicas":             {yaml: "replicaCount: 3\nresources: {requests: {memory: 1Gi}}", memory: "3Gi", containers: 3, unlimited: 3},
		"no replicas":          {yaml: "read: {replicas: 0, resources: {requests: {memory: 1Gi}}}"},
		"off":                  {yaml: "cache: {enabled: false, resources: {requests: {memory: 1Gi}}, persistence: {size: 5Gi}}"},
		"a limit alone":        {yaml: "resources: {limits: {memory: 64Mi}}", memory: "64Mi", containers: 1},
		"nothing":              {yaml: "resources: {}\nrequests: {storage: 1Gi}\nlimits: 5"},
		"a text":               {yaml: "spec: {valuesContent: \"resources:\\n  requests: {cpu: 1, memory: 16Mi}\\n\"}", cpu: 1000, memory: "16Mi", containers: 1, unlimited: 1},
		"no YAML in a text":    {yaml: "text: \"requests: [\""},
		"odd quantities":       {yaml: "resources: {requests: {cpu: much, memory: true}}", containers: 1, unlimited: 1},
		"a file for a program": {yaml: "kind: ConfigMap\ndata: {file: \"requests: {memory: 1Gi}\"}"},
		"a chart's volume":     {yaml: "persistence: {enabled: true, size: 5Gi}", claims: "5Gi"},
		"a volume that is off": {yaml: "persistence: {enabled: false, size: 5Gi}"},
		"a claim":              {yaml: "kind: PersistentVolumeClaim\nspec: {resources: {requests: {storage: 2Gi}}}", claims: "2Gi"},
		"an operator's":        {yaml: "kind: Cluster\nspec: {instances: 2, storage: {size: 4Gi}, resources: {requests: {memory: 1Gi}, limits: {memory: 1Gi}}}", memory: "2Gi", containers: 2, claims: "8Gi"},
		"a stateful set": {yaml: `kind: StatefulSet
spec:
  replicas: 2
  template: {spec: {containers: [{resources: {requests: {cpu: 5m, memory: 10Mi}, limits: {memory: 20Mi}}}]}}
  volumeClaimTemplates: [{spec: {resources: {requests: {storage: 3Gi}}}}]`, cpu: 10, memory: "20Mi", containers: 2, claims: "6Gi"},
		"an init container": {yaml: `kind: Deployment
spec: {template: {spec: {
  initContainers: [{resources: {requests: {memory: 30Mi}}}, {resources: {requests: {memory: 20Mi}}}],
  containers: [{resources: {requests: {memory: 10Mi}, limits: {memory: 20Mi}}}]}}}`, memory: "30Mi", containers: 1},
		"a job": {yaml: `kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{resources: {requests: {memory: 64Mi}}}]}}}}}`, job: "64Mi"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var v any
			if err := yaml.Unmarshal([]byte(test.yaml), &v); err != nil {
				t.Fatal(err)
			}
			var n needs
			n.visit(v, 1)
			var claims int64
			for _, c := range n.claims {
				claims += c.size
			}
			if want := amount("", test.memory); n.requests.Memory != want.Memory || n.requests.CPU != test.cpu || n.containers != test.containers ||
				n.unlimited != test.unlimited || claims != size(test.claims) || n.job.Memory != size(test.job) {
				t.Errorf("%+v, claims %d", n, claims)
			}
		})
	}
}

// TestNoServer: what cannot be added up gives no table, and no finding.
func TestNoServer(t *testing.T) {
	in := cloud(t, "../../examples/lite")
	in.Cluster.Servers = nil
	if Of(in) != nil || Findings(in) != nil {
		t.Error("a sum without a server")
	}
}

package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lvs-cloud/lvsgen/gen/vendored/charttest"
)

// deployment is the template of the charts of the scripts.
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      containers:
      - name: app
        image: registry.example.org/app:1.0.0
`

// servers are those of the scripts that run.
type servers struct{ charts *charttest.Server }

// chartServer HTTP OCI starts a Helm repository and an OCI registry with the charts cache and mail, and sets two variables
// to their addresses. It ends with the script.
func chartServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: chartserver HTTP OCI")
	}
	s := charttest.New()
	ts.Defer(s.Close)
	ts.Value(servers{}).(*servers).charts = s
	for _, version := range []string{"1.0.0", "1.1.0"} {
		publish(ts, false, []string{"cache", version})
	}
	publish(ts, false, []string{"mail", "2.0.0"})
	ts.Setenv(args[0], s.HTTP())
	ts.Setenv(args[1], s.OCI())
}

// publish NAME VERSION puts a chart into them.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: publish NAME VERSION")
	}
	ts.Check(ts.Value(servers{}).(*servers).charts.Publish(args[0], args[1], map[string]string{
		"values.yaml": "replicas: 1\n", "templates/deployment.yaml": deployment,
	}))
}

// expand FILE puts the variables of the script into a file.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o644))
}

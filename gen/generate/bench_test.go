package generate_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/test/inputs"
)

// manyApps is a cloud of n apps in a realistic mix: most are the smallest app, some have more.
func manyApps(n int) fstest.MapFS {
	files := inputs.Cloud(&txtar.Archive{Files: []txtar.File{
		{Name: "applications/shop/app.cue", Data: []byte("(absent)")},
		{Name: "clusters/prod/cluster.cue", Data: []byte(`package cloud

clusters: prod: {
	servers: main: type: "cx33"
	volume: size: 50
	sshKeys: ops: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
	services: {traefik: {}, "cert-manager": {}}
}
`)},
	}})
	for i := range n {
		name := fmt.Sprintf("app-%05d", i)
		more := ""
		switch i % 5 {
		case 1:
			more = "\tprobes: {ready: \"/readyz\", live: \"/healthz\"}\n\tenv: LOG_LEVEL: \"info\"\n"
		case 2:
			more = "\treplicas: 2\n\tresources: \"medium\"\n\tmetrics: {}\n"
		case 3:
			more = "\tsecrets: api: keys: [\"token\"]\n\tenv: TOKEN: {from: \"secret\", name: \"api\", key: \"token\"}\n\tworkers: mail: command: [\"mail\"]\n"
		}
		files["applications/"+name+"/app.cue"] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"package cloud\n\napps: %q: {\n\thost: \"%s.example.org\"\n\tport: 8080\n\timage: version: \"1.0.%d\"\n%s}\n", name, name, i, more)}
	}
	return files
}

// BenchmarkTree is render without the disk: inputs in memory to all files in memory.
func BenchmarkTree(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		files := manyApps(n)
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tree, _, findings, err := generate.Tree(files, load.Options{})
				if err != nil || findings.Count(diag.Error) > 0 || tree.Len() < 10*n {
					b.Fatal(err, findings)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/float64(n), "ms/app")
		})
	}
}

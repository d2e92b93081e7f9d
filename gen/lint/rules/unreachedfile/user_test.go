package unreachedfile_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/unreachedfile"
	"github.com/lvs-cloud/lvsgen/gen/simulate"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// TestUser holds that the finding names who needs what nothing applies.
func TestUser(t *testing.T) {
	tree, err := checkout.Open(fstest.MapFS{
		"cluster/sync.yaml": {Data: []byte(`apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./cluster, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
`)},
		"cluster/kustomization.yaml": {Data: []byte("resources: [sync.yaml, job.yaml]\n")},
		"cluster/job.yaml": {Data: []byte(`apiVersion: v1
kind: Pod
metadata: {name: job, namespace: default}
spec:
  containers:
  - name: job
    image: job
    envFrom: [{secretRef: {name: mail}}]
`)},
		"cluster/mail.yaml": {Data: []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: mail, namespace: default}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := simulate.New(tree)
	repo := &lint.Repository{Tree: tree, Docs: s.Documents(), Worlds: []*world.World{s.Run(s.Entries()[0])}}
	findings, err := lint.Run(repo, []*lint.Rule{unreachedfile.Rule})
	if err != nil || len(findings) != 1 {
		t.Fatalf("%d findings, %v", len(findings), err)
	}
	related := findings[0].Related
	if len(related) != 1 || related[0].File != "cluster/job.yaml" || related[0].Line != 8 || !strings.Contains(related[0].Message, `Pod default/job needs Secret "mail"`) {
		t.Errorf("related: %+v", related)
	}
}

package tree_test

import (
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/tree"
)

func TestHeader(t *testing.T) {
	for _, c := range []struct{ path, content, want string }{
		{"a/b.yaml", "x: 1\n", tree.Header("cloud.cue") + "x: 1\n"},
		{"a/b.yml", "#cloud-config\nx: 1\n", "#cloud-config\n" + tree.Header("cloud.cue") + "x: 1\n"},
		{"a/b.yml", "#cloud-configuration\n", tree.Header("cloud.cue") + "#cloud-configuration\n"},
		{"a/b.sh", "#!/bin/sh\ntrue\n", "#!/bin/sh\n" + tree.Header("cloud.cue") + "true\n"},
		{"a/b.json", "{}\n", "{}\n"},
	} {
		var files tree.Tree
		if err := files.Add(tree.File{Path: c.path, Content: []byte(c.content), Source: "cloud.cue"}); err != nil {
			t.Fatal(err)
		}
		f, _ := files.Get(c.path)
		if string(f.Content) != c.want {
			t.Errorf("%s: got %q, want %q", c.path, f.Content, c.want)
		}
		if tree.HasHeader(f.Content) != tree.CanHoldComment(c.path) {
			t.Errorf("%s: the header of %q is not seen", c.path, f.Content)
		}
	}
}

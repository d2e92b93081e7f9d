package node_test

import (
	"os/exec"
	"testing"
	"testing/fstest"

	"github.com/lvs-cloud/lvsgen/gen/node"
)

// TestAssignments lets a shell read the values back.
func TestAssignments(t *testing.T) {
	values := []string{"", "plain", "it's", "'", "a\nb\n", "$(id) `id` ${HOME} \\ \" #", "\x01\xff"}
	for _, value := range values {
		text := node.Assignments("A", "before", "B", value, "C", "after")
		out, err := exec.Command("sh", "-c", text+"printf '%s|' \"$A\" \"$B\" \"$C\"").Output()
		if err != nil || string(out) != "before|"+value+"|after|" {
			t.Errorf("%q: %q, %v", value, out, err)
		}
	}
}

func TestFiles(t *testing.T) {
	files, err := node.Files(fstest.MapFS{
		"usr/local/sbin/x": {Data: []byte("#!/bin/sh\n")}, "etc/x.conf": {Data: []byte("x\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []node.File{{Path: "/etc/x.conf", Mode: 0o644, Content: "x\n"}, {Path: "/usr/local/sbin/x", Mode: 0o755, Content: "#!/bin/sh\n"}}
	if len(files) != 2 || files[0] != want[0] || files[1] != want[1] {
		t.Errorf("got %v", files)
	}
}

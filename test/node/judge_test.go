package node

import (
	"path/filepath"
	"strings"
	"testing"
)

// each runs the test for every rendered cloud.
func each(t *testing.T, test func(t *testing.T, root string, u *UserData)) {
	t.Helper()
	trees, err := Trees("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(trees) < 2 {
		t.Errorf("only %q are judged", trees)
	}
	for _, root := range trees {
		t.Run(filepath.Base(root), func(t *testing.T) { test(t, root, read(t, root)) })
	}
}

func TestSchema(t *testing.T) {
	each(t, func(t *testing.T, _ string, u *UserData) {
		faults, err := JudgeUserData(u.Text)
		if err != nil || len(faults) > 0 {
			t.Errorf("%v %q", err, faults)
		}
		if size := packed(t, u.Text); size > 32*1024 {
			t.Errorf("%d bytes, as Terraform packs it", size)
		}
	})
}

func TestSchemaRefuses(t *testing.T) {
	good := string(read(t, "../..").Text)
	for _, c := range []struct{ from, to, want string }{
		{"\nruncmd:", "\nrun_cmd:", `"run_cmd" is no key`},
		{"\nruncmd:", "\napt_update: true\nruncmd:", "apt_update: DEPRECATED"},
		{"\n- - systemctl\n  - enable\n  - --now\n  - lvsgen-node.service", "\n- echo Next: x", "runcmd.0"},
		{"permissions: \"0644\"", "permissions: 644", "permissions"},
		{"encoding: b64", "encoding: base65", "encoding"},
		{"- path: /etc/lvsgen/volume.env", "- file: /etc/lvsgen/volume.env", "path"},
	} {
		broken := strings.Replace(good, c.from, c.to, 1)
		if broken == good {
			t.Fatalf("the user data has no %q", c.from)
		}
		faults, err := JudgeUserData([]byte(broken))
		if err != nil || !strings.Contains(strings.Join(faults, "\n"), c.want) {
			t.Errorf("%s: got %v %q", c.to, err, faults)
		}
	}
	if _, err := Parse([]byte("# a comment first\n" + good)); err == nil {
		t.Error("user data that does not start with #cloud-config was taken")
	}
}

func TestScripts(t *testing.T) {
	each(t, func(t *testing.T, _ string, u *UserData) {
		packages := strings.Fields(u.Files["/etc/lvsgen/packages"].Content)
		// Made by the setups of k3s and the registry, which look whether they are there; what runs before does not call
		// them.
		earlier := append([]string{"k3s", "/usr/local/bin/k3s"}, released...)
		for name := range u.Files {
			if strings.HasPrefix(name, "/usr/local/sbin/") {
				earlier = append(earlier, name)
			}
		}
		scripts := u.Scripts()
		if len(scripts) < 8 {
			t.Errorf("only %q are judged", scripts)
		}
		for _, name := range scripts {
			f := u.Files[name]
			if out, err := JudgeScript(f.Content); err != nil || out != "" {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
			commands, err := Commands(name, f.Content)
			if err != nil {
				t.Fatal(err)
			}
			known := packages
			if name == "/usr/local/sbin/lvsgen-node" {
				known = nil // it installs them
			}
			if missing, err := Missing(commands, known, earlier); err != nil || len(missing) > 0 {
				t.Errorf("%s calls %q, which are not there: %v", name, missing, err)
			}
			if strings.HasPrefix(f.Content, "#!") == (f.Mode&0o111 == 0) {
				t.Errorf("%s has the mode %o", name, f.Mode)
			}
		}
	})
}

func TestScriptsRefused(t *testing.T) {
	if out, err := JudgeScript("#!/bin/bash\nrm -r $1\n"); err != nil || !strings.Contains(out, "SC2086") {
		t.Errorf("shellcheck: %v %q", err, out)
	}
	commands, err := Commands("x", "f() { never-seen; }\nif ! f | sed x; then echo \"$(unheard-of a)\" >/x; fi\nA=1 git status\n")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "commands", commands, []string{"git", "never-seen", "sed", "unheard-of"})
	missing, err := Missing(commands, []string{"curl"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "missing", missing, []string{"git of package git", "never-seen", "unheard-of"})
	if _, err := Commands("x", "if true; then"); err == nil {
		t.Error("a script that does not end was taken")
	}
}

// systemdFaults is what systemd says of the units of a machine. It says nothing of a good one.
// exposure lets systemd judge how much lvsgen-flux.service could do.
// window reads the upgrade window of the cluster as its author wrote it, with the schema's defaults.
// TestRestartIsInTheWindow asks systemd when the restart comes, in winter and in summer.

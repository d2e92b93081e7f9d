package workflow

import (
	"bytes"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"mvdan.cc/sh/v3/syntax"
)

// lint gives what actionlint, with shellcheck for the scripts, finds in a workflow.
func lint(t *testing.T, name string, content []byte) []string {
	t.Helper()
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Fatal(err, "; test/install.sh installs it")
	}
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: shellcheck})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := linter.Lint(name, content, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range findings {
		out = append(out, f.Error())
	}
	return out
}

func TestActionlint(t *testing.T) {
	seen := 0
	for _, cloud := range clouds(t) {
		for name, content := range workflows(t, cloud) {
			seen++
			for _, finding := range lint(t, name, content) {
				t.Errorf("%s: %s", cloud, finding)
			}
		}
	}
	if seen < 8 {
		t.Errorf("saw %d workflows", seen)
	}
}

// TestBrokenCopies: actionlint and shellcheck see what they are there for.
func TestBrokenCopies(t *testing.T) {
	files := workflows(t, repository)
	for _, c := range []struct{ file, old, new, want string }{
		{"build.yml", "needs.find.outputs.images != '[]'", "needs.found.outputs.images != '[]'", "found"},
		{"build.yml", "${{ steps.find.outputs.images }}", "${{ steps.fnd.outputs.images }}", "fnd"},
		{"build.yml", `docker push "$repository:$version"`, `docker push $repository:$version`, "SC2086"},
		{"build.yml", "contents: read", "content: read", "content"},
		{"infrastructure.yml", "cancel-in-progress", "cancel-in-progres", "cancel-in-progres"},
		{"infrastructure.yml", "sha256sum | cut", "sha256sum || cut (", "SC10"},
		{"rebuild.yml", "workflow_dispatch", "workflow_dispatched", "workflow_dispatched"},
		{"validate.yml", "pull_request:", "pull_requests:", "pull_requests"},
	} {
		broken := bytes.Replace(files[c.file], []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(broken, files[c.file]) {
			t.Errorf("%s does not hold %q", c.file, c.old)
			continue
		}
		if found := strings.Join(lint(t, c.file, broken), "\n"); !strings.Contains(found, c.want) {
			t.Errorf("%s with %q: want a finding with %q, got %q", c.file, c.new, c.want, found)
		}
	}
}

var pinned = regexp.MustCompile(`^\s*- uses: \S+@[0-9a-f]{40} # v\d`)

// TestRules: what actionlint does not ask for. Actions are at a commit, nobody gets more rights than he needs, no text
// of an event gets into a script, and secrets are given to single steps.
func TestRules(t *testing.T) {
	rights := map[string]map[string]string{
		"build.yml/find": {"contents": "read"}, "build.yml/image": {"contents": "read"},
		"rebuild.yml/find": {"contents": "read"}, "rebuild.yml/images": {"contents": "read"}, "rebuild.yml/complete": {},
		"validate.yml/validate":    {"contents": "read"},
		"infrastructure.yml/plan":  {"contents": "read"},
		"infrastructure.yml/apply": {"contents": "read"}, "infrastructure.yml/approve": {"issues": "write"},
	}
	for _, cloud := range clouds(t) {
		for name, content := range workflows(t, cloud) {
			for line := range strings.Lines(string(content)) {
				if strings.Contains(line, "uses:") && !pinned.MatchString(line) {
					t.Errorf("%s/%s: not at a commit: %s", cloud, name, line)
				}
			}
			w := open(t, cloud, name)
			if w.Permissions == nil || len(w.Permissions) > 0 {
				t.Errorf("%s/%s: the workflow has rights of its own: %v", cloud, name, w.Permissions)
			}
			for id, j := range w.Jobs {
				want, known := rights[name+"/"+id]
				if !known || len(want) != len(j.Permissions) {
					t.Errorf("%s/%s: job %s has the rights %v", cloud, name, id, j.Permissions)
				}
				for scope, right := range want {
					if j.Permissions[scope] != right {
						t.Errorf("%s/%s: job %s has the rights %v", cloud, name, id, j.Permissions)
					}
				}
				if j.Timeout == 0 || len(j.Env) > 0 {
					t.Errorf("%s/%s: job %s has no timeout, or variables for all steps", cloud, name, id)
				}
				for _, s := range j.Steps {
					checkStep(t, cloud+"/"+name+": job "+id+": step "+s.Name, s)
				}
			}
		}
	}
}

func checkStep(t *testing.T, where string, s step) {
	t.Helper()
	if strings.Contains(s.Uses, "checkout@") && s.With["persist-credentials"] != "false" {
		t.Errorf("%s leaves its token in the checkout", where)
	}
	if s.Run == "" {
		return
	}
	if s.Shell != "bash" || strings.Contains(s.Run, "${{") {
		t.Errorf("%s: shell %q, script\n%s", where, s.Shell, s.Run)
	}
	if strings.Count(s.Run, "\n") > 1 && !strings.Contains(s.Run, "\nset -euo pipefail\n") && !strings.HasPrefix(s.Run, "set -euo pipefail\n") {
		t.Errorf("%s is not strict", where)
	}
}

// commands are what the scripts may call: programs that the runners of GitHub have, and the shell's own.
var commands = strings.Fields(`awk cat cut date docker gh git grep go head jq lvsgen mktemp printf rm sed sha256sum sleep tar tee terraform tr
	cd compgen declare echo exit read set trap true continue break local umask`)

// TestCommands lists the commands of every script: each is one that is there.
func TestCommands(t *testing.T) {
	for _, cloud := range clouds(t) {
		for name := range workflows(t, cloud) {
			for id, j := range open(t, cloud, name).Jobs {
				for _, s := range j.Steps {
					if s.Run == "" {
						continue
					}
					file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(s.Run), s.Name)
					if err != nil {
						t.Errorf("%s/%s: %v", cloud, name, err)
						continue
					}
					for _, unknown := range unknownCommands(file) {
						t.Errorf("%s/%s: job %s, step %q calls %q", cloud, name, id, s.Name, unknown)
					}
				}
			}
		}
	}
}

func unknownCommands(file *syntax.File) []string {
	known := map[string]bool{}
	for _, name := range commands {
		known[name] = true
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if f, ok := n.(*syntax.FuncDecl); ok {
			known[f.Name.Value] = true
		}
		return true
	})
	var out []string
	syntax.Walk(file, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			if name := call.Args[0].Lit(); !known[name] {
				out = append(out, name)
			}
		}
		return true
	})
	return out
}

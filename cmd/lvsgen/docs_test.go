package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is one fenced example of a page.
type block struct {
	language string
	line     int
	lines    []string
}

// blocks gives the fenced examples of a page.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out []block
	open := false
	for i, line := range strings.Split(string(data), "\n") {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open:
			open = false
		case fence:
			open = true
			out = append(out, block{language: language, line: i + 1})
		case open:
			last := &out[len(out)-1]
			last.lines = append(last.lines, line)
		}
	}
	return out
}

// TestDocs runs every example of the README and the guide, page by page, each in a cloud of its own: CUE files are
// written to the path in their first line and rendered, YAML files are written and the cloud is judged with them, commands are executed.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../../docs/guide/*.md")
	if err != nil || len(pages) < 5 {
		t.Fatal(pages, err)
	}
	pages = append(pages, "../../README.md")
	examples := 0
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			dir := t.TempDir()
			d := docs{t: t, page: page, dir: filepath.Join(dir, "cloud")}
			d.must(dir, "lvsgen", "init", "cloud", "--domain", "lvs.me.uk", "--acme-email", "ops@lvs.me.uk",
				"--git-url", "ssh://git@example.org/cloud",
				"--ssh-key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")
			d.must(d.dir, "git", "init", "-q")
			d.must(d.dir, "git", "add", "-A")
			d.must(d.dir, "git", "commit", "-qm", "start")
			for _, b := range blocks(t, page) {
				switch b.language {
				case "cue":
					examples++
					d.file(b)
				case "yaml":
					examples++
					d.plain(b)
				case "sh":
					examples++
					d.commands(b)
				}
			}
		})
	}
	if examples < 18 {
		t.Errorf("only %d examples were run", examples)
	}
}

type docs struct {
	t    *testing.T
	page string
	dir  string
}

// must runs a command.
func (d docs) must(dir, name string, args ...string) {
	d.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org")
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("%s: %s %v: %v\n%s", d.page, name, args, err, out)
	}
}

// file writes an example and renders it.
func (d docs) file(b block) {
	d.t.Helper()
	name := d.write(b, "// ", ".cue")
	d.must(d.dir, "lvsgen", "render")
	d.must(d.dir, "cue", "fmt", "--check", name)
}

// plain writes an example that is not rendered, and judges the cloud with it.
func (d docs) plain(b block) {
	d.t.Helper()
	d.write(b, "# ", ".yaml")
	d.must(d.dir, "lvsgen", "validate", "--fail-on", "warning")
}

// write writes an example to the file that its first line names.
func (d docs) write(b block, comment, extension string) (name string) {
	d.t.Helper()
	name, ok := strings.CutPrefix(b.lines[0], comment)
	if !ok || !strings.HasSuffix(name, extension) {
		d.t.Fatalf("%s:%d: the first line of an example names its file, not %q", d.page, b.line, b.lines[0])
	}
	target := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(target, []byte(strings.Join(b.lines[1:], "\n")+"\n"), 0o644); err != nil {
		d.t.Fatal(err)
	}
	return name
}

// commands runs the lines of a shell example. Those of this repository's Makefile are only looked up, and nothing is
// installed from the network.
func (d docs) commands(b block) {
	d.t.Helper()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, line := range b.lines {
		command, _, _ := strings.Cut(line, "  #")
		words := strings.Fields(command)
		switch {
		case len(words) == 0:
		case words[0] == "make":
			if !regexp.MustCompile(`(?m)^` + words[1] + `:`).Match(makefile) {
				d.t.Errorf("%s:%d: there is no target %q", d.page, b.line, words[1])
			}
		case words[0] == "go":
			if want := "github.com/lvs-cloud/lvsgen/cmd/lvsgen@latest"; words[len(words)-1] != want {
				d.t.Errorf("%s:%d: %q does not install %s", d.page, b.line, line, want)
			}
		case strings.HasPrefix(command, "lvsgen init "):
			d.must(d.t.TempDir(), "sh", "-c", command)
		default:
			d.must(d.dir, "sh", "-c", command)
		}
	}
}

// TestReadmeMessage compares the message that the README shows with the real one.
func TestReadmeMessage(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "cloud")
	d := docs{t: t, page: "README.md", dir: dir}
	d.must(filepath.Dir(dir), "lvsgen", "init", "cloud", "--domain", "lvs.me.uk", "--acme-email", "ops@lvs.me.uk", "--git-url", "ssh://git@example.org/cloud",
		"--ssh-key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")
	app := "package cloud\n\napps: shop: {\n\thots: \"shop.lvs.me.uk\"\n\timage: version: \"1.0.0\"\n}\n"
	if err := os.MkdirAll(filepath.Join(dir, "applications/shop"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "applications/shop/app.cue"), []byte(app), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("lvsgen", "-C", dir, "render")
	out, _ := cmd.Output()
	for _, line := range strings.Split(string(out), "\n") {
		if line == "" || strings.HasPrefix(line, "  see ") || strings.HasPrefix(line, "1 error") || strings.HasPrefix(line, "  |   ^") {
			continue
		}
		if !bytes.Contains(data, []byte(line+"\n")) {
			t.Errorf("README.md does not show the line %q", line)
		}
	}
}

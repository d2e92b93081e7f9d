package main

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/apply"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/report"
)

// initTemplates are the files of a new cloud; .tmpl is taken off their names, and "dot-" becomes ".".
//
//go:embed all:templates
var initTemplates embed.FS

// answers are what a new cloud needs to know.
type answers struct {
	Domain, ACMEEmail, GitURL, SSHKey string
	RegistryHost, BucketPrefix        string
	Location, ServerType              string
	VolumeSize                        int

	// Off are lines of cloud.cue that keep lvsgen away from files that are there already.
	Off []string
}

// optional are the rendered files that a repository may have of its own when it becomes a cloud, and the line of cloud.cue
// that leaves each to its owner.
var optional = []struct{ file, off string }{
	{".pre-commit-config.yaml", "preCommit: enabled: false"},
	{"renovate.json", "github: renovate: false"},
	{".github/workflows/build.yml", "github: workflows: build: false"},
	{".github/workflows/infrastructure.yml", "github: workflows: infrastructure: false"},
	{".github/workflows/rebuild.yml", "github: workflows: rebuild: false"},
	{".github/workflows/validate.yml", "github: workflows: validate: false"},
}

// keep leaves the optional files that dir has to their owner, and says so.
func (a *answers) keep(out io.Writer, dir string) {
	for _, o := range optional {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(o.file))); err == nil {
			a.Off = append(a.Off, o.off)
			fmt.Fprintf(out, "keep %s (cloud.cue says: %s)\n", o.file, o.off)
		}
	}
}

// question is one answer that has no default.
type question struct {
	flag, text string
	value      *string
}

func initCommand() *cobra.Command {
	a := answers{}
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Start a new cloud: cloud.cue, one cluster, one demo app, hooks and workflows",
		Long: "Init writes a new cloud into DIR and renders it. What is not given by flags is asked for when lvsgen runs on a\n" +
			"terminal. Files that are there already are never overwritten.",
		Example: "  lvsgen init cloud --domain example.org --acme-email ops@example.org \\\n" +
			"    --git-url ssh://git@github.com/example/cloud --ssh-key \"$(cat ~/.ssh/id_ed25519.pub)\"",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return hinted{errors.New("init takes the folder of the new cloud"), "such as: lvsgen init cloud, or lvsgen init ."}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.ask(cmd.InOrStdin(), cmd.ErrOrStderr()); err != nil {
				return err
			}
			return initCloud(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args[0], a)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.Domain, "domain", "", "the `domain` of the cloud, such as example.org")
	f.StringVar(&a.ACMEEmail, "acme-email", "", "the `address` that Let's Encrypt writes to")
	f.StringVar(&a.GitURL, "git-url", "", "the `URL` of this repository, ssh:// or https://")
	f.StringVar(&a.SSHKey, "ssh-key", "", "the public `key` that may log in to the node")
	f.StringVar(&a.RegistryHost, "registry-host", "", "the `host` of the registry (default: registry.<domain>)")
	f.StringVar(&a.BucketPrefix, "bucket-prefix", "", "the `prefix` of the bucket names (default: from the domain)")
	f.StringVar(&a.Location, "location", "fsn1", "the `place` at Hetzner: fsn1, nbg1 or hel1")
	f.StringVar(&a.ServerType, "server-type", "cx33", "the server's `type`")
	f.IntVar(&a.VolumeSize, "volume-size", 50, "the volume's size in GB")
	return cmd
}

// ask completes the answers: from a terminal, or with an error that names the flags.
func (a *answers) ask(in io.Reader, out io.Writer) error {
	questions := []question{
		{"--domain", "Domain of the cloud (example.org)", &a.Domain},
		{"--acme-email", "E-mail address for Let's Encrypt", &a.ACMEEmail},
		{"--git-url", "URL of the git repository (ssh://git@github.com/you/cloud)", &a.GitURL},
		{"--ssh-key", "Public SSH key of the operator (ssh-ed25519 AAAA...)", &a.SSHKey},
	}
	questions = slices.DeleteFunc(questions, func(q question) bool { return *q.value != "" })
	if len(questions) > 0 && !terminal(in) {
		var flags []string
		for _, q := range questions {
			flags = append(flags, q.flag)
		}
		return hinted{fmt.Errorf("init needs %s", strings.Join(flags, ", ")), "give the flags, or run it on a terminal to be asked; see: lvsgen init --help"}
	}
	lines := bufio.NewScanner(in)
	for _, q := range questions {
		for *q.value == "" {
			fmt.Fprintf(out, "%s: ", q.text)
			if !lines.Scan() {
				return errors.Join(fmt.Errorf("no answer to: %s", q.text), lines.Err())
			}
			*q.value = strings.TrimSpace(lines.Text())
		}
	}
	if a.RegistryHost == "" {
		a.RegistryHost = "registry." + a.Domain
	}
	if a.BucketPrefix == "" {
		a.BucketPrefix = strings.ReplaceAll(a.Domain, ".", "-")
	}
	return nil
}

// initCloud writes the files of a new cloud and renders it.
func initCloud(ctx context.Context, stdout, stderr io.Writer, dir string, a answers) error {
	a.keep(stdout, dir)
	files, err := a.files()
	if err != nil {
		return err
	}
	for _, name := range sortedNames(files) {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			if strings.HasPrefix(name, ".") {
				fmt.Fprintf(stdout, "keep %s (it should have:%s)\n", name, indented(files[name]))
				delete(files, name)
				continue
			}
			hint := "init overwrites nothing: move the file away"
			if name == "cloud.cue" {
				hint = "this is a cloud already; to render it: lvsgen render"
			}
			return hinted{fmt.Errorf("%s exists already", filepath.Join(dir, name)), hint}
		}
	}
	if err := judge(ctx, stdout, dir, files); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range sortedNames(files) {
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(name, files[name], 0o644); err != nil {
			return err
		}
		fmt.Fprintf(stdout, "create %s\n", name)
	}
	return render(ctx, stdout, stderr, dir, renderFlags{format: "text"})
}

// indented gives the lines of a file that are no comments, each on a line of its own.
func indented(content []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString("\n  " + strings.TrimRight(line, "\n"))
		}
	}
	return b.String()
}

// judge refuses answers that the schema refuses, and a folder that already has files where lvsgen would write, before
// anything is written.
func judge(ctx context.Context, stdout io.Writer, dir string, files map[string][]byte) error {
	root := fstest.MapFS{}
	for name, content := range files {
		root[name] = &fstest.MapFile{Data: content}
	}
	t, _, findings, err := generate.Tree(root, load.Options{})
	if err != nil {
		return err
	}
	if t == nil {
		report.Text(stdout, findings.Sorted(), root, colored(stdout))
		fmt.Fprintln(stdout, "these are the files that the answers make; nothing was written")
		return exitCode(exitFindings)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil // there is nothing in the way
	}
	result, err := apply.Check(ctx, dir, t, apply.Options{})
	if err != nil {
		return err
	}
	if len(result.Refused) > 0 {
		report.Text(stdout, result.Refused.Sorted(), nil, colored(stdout))
		fmt.Fprintln(stdout, "nothing was written; start the cloud in an empty folder")
		return exitCode(exitFindings)
	}
	return nil
}

// Module is the path of the new cloud's CUE module: below its domain, or, while that is not a domain, below a stand-in,
// so that the message is about the domain.
func (a *answers) Module() string {
	if strings.ContainsFunc(a.Domain, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-", r) }) ||
		!strings.Contains(a.Domain, ".") {
		return "cloud.example/cloud"
	}
	return a.Domain + "/cloud"
}

// files are the input files of a new cloud.
func (a *answers) files() (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(initTemplates, "templates", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := initTemplates.ReadFile(name)
		if err != nil {
			return err
		}
		t, err := template.New(name).Delims("<<", ">>").Funcs(template.FuncMap{"quote": strconv.Quote}).Parse(string(text))
		if err != nil {
			return err
		}
		var b strings.Builder
		if err := t.Execute(&b, a); err != nil {
			return err
		}
		target := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".tmpl")
		files[strings.ReplaceAll(target, "dot-", ".")] = []byte(b.String())
		return nil
	})
	return files, err
}

func sortedNames(files map[string][]byte) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

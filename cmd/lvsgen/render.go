package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/apply"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/plan"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/version"
)

// renderFlags are the flags of render.
type renderFlags struct {
	check  bool
	hook   bool
	adopt  []string
	format string
}

func renderCommand(dir *string) *cobra.Command {
	var flags renderFlags
	cmd := &cobra.Command{
		Use:   "render",
		Short: "Write the repository from the CUE files",
		Long: "Render evaluates the CUE files and brings the generated files up to date. Files that lvsgen does not own are\n" +
			"never touched: a file that was edited by hand is refused, with the command that would take it over.\n\n" +
			"Exit codes: 0 done (with --check: nothing to do), 1 findings, refusals or drift, 2 wrong usage or an error.\n" +
			"With --hook: 1 when anything was written, or is written but not staged.",
		Example: "  lvsgen render\n  lvsgen render --check\n  lvsgen render --adopt applications/shop/values.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.format != "text" && flags.format != "json" {
				return hinted{fmt.Errorf("unknown format %q", flags.format), "the formats are text and json"}
			}
			if flags.check && flags.hook {
				return hinted{fmt.Errorf("--check and --hook exclude each other"), "--check is for CI, --hook for the pre-commit hook"}
			}
			root, err := findRoot(*dir)
			if err != nil {
				return err
			}
			return render(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), root, flags)
		},
	}
	cmd.Flags().BoolVar(&flags.check, "check", false, "write nothing; exit 1 when a file is not what render would write")
	cmd.Flags().BoolVar(&flags.hook, "hook", false, "for the pre-commit hook: exit 1 when anything was written, or is not staged")
	cmd.Flags().StringArrayVar(&flags.adopt, "adopt", nil, "take over this `file`, which lvsgen does not own or which was edited (repeatable); a copy is kept as file.orig")
	cmd.Flags().StringVar(&flags.format, "format", "text", "output `format`: text or json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// render is the verb. Everything happens under the repository's lock, the reading of the inputs too.
func render(ctx context.Context, stdout, stderr io.Writer, dir string, flags renderFlags) error {
	bounds, err := limits()
	if err != nil {
		return err
	}
	adopt, err := adoptPaths(dir, flags.adopt)
	if err != nil {
		return err
	}
	waiting := func() { fmt.Fprintln(stderr, "waiting for another lvsgen in this repository to end") }
	return apply.Locked(ctx, dir, !flags.check, waiting, func(repository *apply.Repository) error {
		return renderLocked(ctx, repository, renderOutput{stdout: stdout, flags: flags, dir: dir}, bounds, adopt, newProgress(stderr))
	})
}

func renderLocked(ctx context.Context, repository *apply.Repository, out renderOutput, bounds load.Limits, adopt []string, progress *progress) error {
	root, err := os.OpenRoot(out.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	t, in, findings, err := generate.Tree(root.FS(), load.Options{Limits: bounds, Progress: progress.show})
	progress.clear()
	if err != nil {
		return err
	}
	if t == nil {
		return out.refuse(findings)
	}
	findings = append(findings, secret.Findings(secret.States(root.FS(), in))...)
	if findings.Count(diag.Error) > 0 {
		return out.refuse(findings)
	}
	opts := plan.Options{Adopt: adopt, Seeds: generate.Seeds(in), Tool: lock.Tool{Version: version.Release, Schema: version.Schema}}
	var result *apply.Result
	if out.flags.check {
		result = repository.Check(t, opts)
	} else if result, err = repository.Write(t, opts); err != nil {
		return err
	}
	if result.Plan == nil {
		return out.refuse(append(findings, result.Refused...))
	}
	out.files, out.inputs = t.Len(), in.Files
	return out.done(ctx, append(findings, result.Plan.Notes...), result.Plan)
}

// adoptPaths makes the paths of --adopt relative to the root: a user gives them as the shell completes them.
func adoptPaths(dir string, paths []string) ([]string, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(root, abs)
		if _, statErr := os.Lstat(abs); statErr != nil {
			rel, err = filepath.Clean(p), nil // given relative to the root, as the message names it
		}
		if err != nil || !filepath.IsLocal(rel) {
			return nil, hinted{fmt.Errorf("--adopt %q is not inside the repository", p), "name a file of the repository"}
		}
		out = append(out, filepath.ToSlash(rel))
	}
	return out, nil
}

// renderOutput says what came of it.
type renderOutput struct {
	stdout io.Writer
	flags  renderFlags
	dir    string
	// files is how many files are rendered, inputs are those that they are rendered from.
	files  int
	inputs []string
}

// refuse reports why nothing was written.
func (o renderOutput) refuse(findings diag.Findings) error {
	if err := o.print(findings, nil); err != nil {
		return err
	}
	if o.flags.format == "text" {
		fmt.Fprintf(o.stdout, "%s, nothing was written\n", count(findings.Count(diag.Error), "error"))
	}
	return exitCode(exitFindings)
}

// done reports the changes.
func (o renderOutput) done(ctx context.Context, findings diag.Findings, p *plan.Plan) error {
	changes := changesOf(p)
	var unstaged []string
	if o.flags.hook {
		var err error
		if unstaged, err = unstagedFiles(ctx, o.dir, o.inputs); err != nil {
			return err
		}
	}
	if err := o.print(findings, changes, unstaged...); err != nil {
		return err
	}
	text := o.flags.format == "text"
	switch {
	case o.flags.check:
		if p.Clean() {
			return nil
		}
		if text {
			fmt.Fprintf(o.stdout, "%s out of date; run: lvsgen render\n", count(len(changes), "file"))
		}
		return exitCode(exitFindings)
	case o.flags.hook:
		return o.hook(changes, unstaged, text)
	case text && p.Clean():
		fmt.Fprintf(o.stdout, "nothing to do: %s up to date\n", count(o.files, "file"))
	case text:
		fmt.Fprintf(o.stdout, "%s written or deleted, lvsgen owns %s\n", count(len(changes), "file"), count(o.files, "file"))
	}
	return nil
}

// hook ends a commit that would leave generated files behind.
func (o renderOutput) hook(changes []report.Change, unstaged []string, text bool) error {
	if len(changes) == 0 && len(unstaged) == 0 {
		return nil
	}
	if text {
		var words []string
		for _, path := range merge(changes, unstaged) {
			words = append(words, plan.QuotePath(path))
		}
		if len(changes) > 0 {
			fmt.Fprintf(o.stdout, "lvsgen wrote %s; add them to the commit:\n", count(len(changes), "file"))
		} else {
			fmt.Fprintln(o.stdout, "generated files, or what they are generated from, are not part of the commit; add them:")
		}
		fmt.Fprintf(o.stdout, "  %s\n", addCommand(o.dir, words))
	}
	return exitCode(exitFindings)
}

func (o renderOutput) print(findings diag.Findings, changes []report.Change, unstaged ...string) error {
	findings = findings.Sorted()
	if o.flags.format == "json" {
		return report.JSON(o.stdout, report.Document{Findings: findings, Changes: changes, Unstaged: unstaged, Summary: report.Summary{Files: o.files}})
	}
	report.Text(o.stdout, findings, os.DirFS(o.dir), colored(o.stdout))
	for _, c := range changes {
		fmt.Fprintf(o.stdout, "%s %s\n", c.Action, c.Path)
	}
	return nil
}

func changesOf(p *plan.Plan) []report.Change {
	var changes []report.Change
	for _, op := range p.Operations {
		if op.Action != plan.RemoveTemp && op.Action != plan.RemoveDirectory {
			changes = append(changes, report.Change{Path: op.Path, Action: string(op.Action)})
		}
	}
	if p.LockChanged {
		changes = append(changes, report.Change{Path: lock.Name, Action: string(plan.Update)})
	}
	return changes
}

// count says "1 file" or "3 files".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// maxWords is how many paths a printed command names.
const maxWords = 40

// addCommand is the git command that puts the paths into the commit, from wherever the user stands.
func addCommand(dir string, paths []string) string {
	at := "git "
	if wd, err := os.Getwd(); err != nil || filepath.Clean(dir) != wd && filepath.Clean(dir) != "." {
		at = "git -C " + plan.QuotePath(dir) + " "
	}
	if len(paths) > maxWords {
		return at + "add -A"
	}
	return at + "add -A -- " + strings.Join(paths, " ")
}

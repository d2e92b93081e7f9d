package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/validate"
	"github.com/lvs-cloud/lvsgen/gen/version"
)

// formats are the forms that validate reports in.
var formats = []string{"text", "json", "sarif", "junit", "github"}

// severities are the values of --fail-on and --min-severity, worst first.
var severities = []string{string(diag.Error), string(diag.Warning), string(diag.Info)}

type validateFlags struct {
	format      string
	failOn      string
	minSeverity string
	clusters    []string
}

func validateCommand(dir *string) *cobra.Command {
	var flags validateFlags
	cmd := &cobra.Command{
		Use:   "validate [DIR]",
		Short: "Judge the repository on disk: would it come up from an empty cluster?",
		Long: "Validate does what Flux will do with the files on disk, starting from an empty cluster, and reports what would be\n" +
			"refused, what would never become ready, and what would be ignored in silence. It needs no cluster and no network,\n" +
			"and works on any Flux repository.\n\n" +
			"Exit codes: 0 clean, 1 findings, 2 wrong usage or an error.",
		Example: "  lvsgen validate\n  lvsgen validate path/to/repository --format github",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			at := *dir
			if len(args) == 1 {
				at = args[0]
			}
			return runValidate(cmd.OutOrStdout(), repositoryRoot(at), flags)
		},
	}
	cmd.Flags().StringVar(&flags.format, "format", "text", "output `format`: "+strings.Join(formats, ", "))
	cmd.Flags().StringVar(&flags.failOn, "fail-on", "error", "exit 1 from this `severity` on: error, warning or info")
	cmd.Flags().StringVar(&flags.minSeverity, "min-severity", "warning", "show findings from this `severity` on: error, warning or info")
	cmd.Flags().StringArrayVar(&flags.clusters, "cluster", nil, "only the cluster whose entry point is this `folder` (repeatable)")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	for _, name := range []string{"fail-on", "min-severity"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(severities, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

func (f *validateFlags) check() error {
	if !slices.Contains(formats, f.format) {
		return hinted{fmt.Errorf("unknown format %q", f.format), "the formats are " + strings.Join(formats, ", ")}
	}
	for flag, value := range map[string]string{"--fail-on": f.failOn, "--min-severity": f.minSeverity} {
		if !slices.Contains(severities, value) {
			return hinted{fmt.Errorf("%s is %q", flag, value), "the severities are " + strings.Join(severities, ", ")}
		}
	}
	return nil
}

// repositoryRoot is the folder that is judged: the cloud's repository around the working directory, or, for a
// repository without cloud.cue, the working directory itself.
func repositoryRoot(dir string) string {
	if dir != "" {
		return dir
	}
	if root, err := findRoot(""); err == nil {
		return root
	}
	return "."
}

func runValidate(stdout io.Writer, dir string, flags validateFlags) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return hinted{fmt.Errorf("cannot read the repository: %w", err), "name a folder: lvsgen validate DIR"}
	}
	defer root.Close()
	result, err := validate.Repository(root.FS(), validate.Options{Clusters: flags.clusters})
	if err != nil {
		return err
	}
	shown := atLeast(result.Findings, flags.minSeverity)
	if err := flags.write(stdout, root.FS(), shown, result); err != nil {
		return err
	}
	if len(atLeast(result.Findings, flags.failOn)) > 0 {
		return exitCode(exitFindings)
	}
	return nil
}

func atLeast(findings diag.Findings, severity string) diag.Findings {
	limit := slices.Index(severities, severity)
	var out diag.Findings
	for _, f := range findings {
		if slices.Index(severities, string(f.Severity)) <= limit {
			out = append(out, f)
		}
	}
	return out
}

func (f *validateFlags) write(w io.Writer, root fs.FS, shown diag.Findings, result *validate.Result) error {
	switch f.format {
	case "json":
		return report.JSON(w, report.Document{Findings: shown, Summary: report.Summary{Files: result.Files, Objects: result.Objects}})
	case "sarif":
		return report.SARIF(w, shown, result.Rules, version.Release)
	case "junit":
		return report.JUnit(w, shown)
	case "github":
		return report.GitHub(w, shown)
	}
	report.Text(w, shown, root, colored(w))
	_, err := fmt.Fprintln(w, summary(result))
	return err
}

// summary is the last line: what was looked at, and what came of it.
func summary(r *validate.Result) string {
	looked := fmt.Sprintf("%s in %s", count(r.Objects, "object"), count(len(r.Clusters), "cluster"))
	errors, warnings := r.Findings.Count(diag.Error), r.Findings.Count(diag.Warning)
	if errors+warnings == 0 {
		return looked + ": nothing to report"
	}
	return fmt.Sprintf("%s: %s, %s", looked, count(errors, "error"), count(warnings, "warning"))
}

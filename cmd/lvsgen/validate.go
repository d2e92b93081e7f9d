package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/provenance"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/validate"
	"github.com/lvs-cloud/lvsgen/gen/version"
)

// formats are the forms that validate reports in.
var formats = []string{"text", "json", "sarif", "junit", "github"}

// severities are the values of --min-severity, worst first; --fail-on has one more.
var (
	severities = []string{string(diag.Error), string(diag.Warning), string(diag.Info)}
	failLevels = append(slices.Clone(severities), "never")
)

type validateFlags struct {
	format      string
	failOn      string
	minSeverity string
	clusters    []string
	baseline    baselineFlags
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
			flags.baseline.named, flags.baseline.write = cmd.Flags().Changed("baseline"), cmd.Flags().Changed("write-baseline")
			if err := flags.check(); err != nil {
				return err
			}
			at := *dir
			if len(args) == 1 {
				at = args[0]
			}
			return runValidate(cmd.OutOrStdout(), cmd.ErrOrStderr(), repositoryRoot(at), flags)
		},
	}
	cmd.Flags().StringVar(&flags.format, "format", "text", "output `format`: "+strings.Join(formats, ", "))
	cmd.Flags().StringVar(&flags.failOn, "fail-on", "error", "exit 1 from this `severity` on: error, warning, info or never")
	cmd.Flags().StringVar(&flags.minSeverity, "min-severity", "warning", "show findings from this `severity` on: error, warning or info")
	cmd.Flags().StringArrayVar(&flags.clusters, "cluster", nil, "only the cluster whose entry point is this `folder` (repeatable)")
	flags.baseline.add(cmd)
	for name, values := range map[string][]string{"format": formats, "fail-on": failLevels, "min-severity": severities} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

func (f *validateFlags) check() error {
	if !slices.Contains(formats, f.format) {
		return hinted{fmt.Errorf("unknown format %q", f.format), "the formats are " + strings.Join(formats, ", ")}
	}
	if f.baseline.write && len(f.clusters) > 0 {
		return hinted{errors.New("--write-baseline and --cluster exclude each other"), "a baseline holds the findings of all clusters"}
	}
	if !slices.Contains(failLevels, f.failOn) {
		return hinted{fmt.Errorf("--fail-on is %q", f.failOn), "the severities are " + strings.Join(failLevels, ", ")}
	}
	if !slices.Contains(severities, f.minSeverity) {
		return hinted{fmt.Errorf("--min-severity is %q", f.minSeverity), "the severities are " + strings.Join(severities, ", ")}
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

func runValidate(stdout, stderr io.Writer, dir string, flags validateFlags) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return hinted{fmt.Errorf("cannot read the repository: %w", err), "name a folder: lvsgen validate DIR"}
	}
	defer root.Close()
	log.SetOutput(io.Discard) // Helm's library logs what a chart does with its values, which findings say
	opts := validate.Options{Clusters: flags.clusters}
	if _, err := fs.Stat(root.FS(), "cloud.cue"); err == nil {
		opts.Trace = func(findings diag.Findings) ([][]diag.Related, bool) { return provenance.Trace(root.FS(), findings) }
	}
	known, err := flags.baseline.read(dir, root.FS())
	if err == nil {
		opts.Baseline = known
		var result *validate.Result
		if result, err = validate.Repository(root.FS(), opts); err == nil {
			return flags.finish(stdout, stderr, dir, root.FS(), result)
		}
	}
	// What is wrong with the files that say how to judge is told like findings, but nothing was judged.
	if mistakes, ok := errors.AsType[diag.Findings](err); ok {
		if err := flags.write(stdout, root.FS(), mistakes, &validate.Result{}); err != nil {
			return err
		}
		return exitCode(exitUsage)
	}
	return err
}

// finish reports what was found, or writes it into a baseline.
func (f *validateFlags) finish(stdout, stderr io.Writer, dir string, root fs.FS, result *validate.Result) error {
	if f.baseline.write {
		return f.baseline.save(stdout, dir, result)
	}
	shown := atLeast(result.Findings, f.minSeverity)
	if failing := f.failing(result); len(failing) > len(shown) {
		shown = failing // what ends with exit code 1 is never hidden
	}
	if err := f.write(stdout, root, shown, result); err != nil {
		return err
	}
	if f.format == "text" {
		if _, err := fmt.Fprint(stdout, summary(result), "\n", unrendered(result)); err != nil {
			return err
		}
	}
	f.baseline.tellFixed(stderr, result)
	if len(f.failing(result)) > 0 {
		return exitCode(exitFindings)
	}
	return nil
}

// failing are the findings that end with exit code 1.
func (f *validateFlags) failing(result *validate.Result) diag.Findings {
	if f.failOn == "never" {
		return nil
	}
	return atLeast(result.Findings, f.failOn)
}

func atLeast(findings diag.Findings, severity string) diag.Findings {
	var out diag.Findings
	for _, f := range findings {
		if f.Severity.AtLeast(diag.Severity(severity)) {
			out = append(out, f)
		}
	}
	return out
}

func (f *validateFlags) write(w io.Writer, root fs.FS, shown diag.Findings, result *validate.Result) error {
	switch f.format {
	case "json":
		return report.JSON(w, report.Document{Findings: shown, Summary: report.Summary{
			Files: result.Files, Objects: result.Objects, Unrendered: result.Unrendered, Ignored: result.Ignored, Baseline: result.Known,
		}})
	case "sarif":
		return report.SARIF(w, shown, result.Rules, version.Release)
	case "junit":
		return report.JUnit(w, shown)
	case "github":
		return report.GitHub(w, shown)
	}
	report.Text(w, shown, root, colored(w))
	return nil
}

// unrendered is the line about releases of which nothing is known; "" when there are none.
func unrendered(r *validate.Result) string {
	if r.Unrendered == 0 {
		return ""
	}
	return fmt.Sprintf("not rendered: the charts of %s, which are not in the repository; lvsgen charts list names them\n", count(r.Unrendered, "release"))
}

// summary is the line about all of it: what was looked at, and what came of it.
func summary(r *validate.Result) string {
	out := fmt.Sprintf("%s in %s: ", count(r.Objects, "object"), count(len(r.Clusters), "cluster"))
	errors, warnings := r.Findings.Count(diag.Error), r.Findings.Count(diag.Warning)
	if errors+warnings == 0 {
		out += "nothing to report"
	} else {
		out += fmt.Sprintf("%s, %s", count(errors, "error"), count(warnings, "warning"))
	}
	if r.Known > 0 {
		out += fmt.Sprintf("; %d more in the baseline", r.Known)
	}
	if r.Ignored > 0 {
		out += fmt.Sprintf("; %d ignored by comments", r.Ignored)
	}
	return out
}

package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/report"
)

// formatFlag adds --format to a command.
func formatFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVar(format, "format", "text", "output `format`: text or json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// checkFormat refuses what --format does not know.
func checkFormat(format string) error {
	if format != "text" && format != "json" {
		return hinted{fmt.Errorf("unknown format %q", format), "the formats are text and json"}
	}
	return nil
}

// readInputs reads the inputs for a command that only shows something of them. Findings that are errors are reported,
// and end the command.
func readInputs(stdout, stderr io.Writer, dir, format string) (*model.Inputs, error) {
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	dir, err := findRoot(dir)
	if err != nil {
		return nil, err
	}
	bounds, err := limits()
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	progress := newProgress(stderr)
	in, findings := generate.Inputs(root.FS(), load.Options{Limits: bounds, Progress: progress.show})
	progress.clear()
	if findings.Count(diag.Error) == 0 {
		return in, nil
	}
	if format == "json" {
		err = report.JSON(stdout, report.Document{Findings: findings})
	} else {
		report.Text(stdout, findings, root.FS(), colored(stdout))
	}
	if err != nil {
		return nil, err
	}
	return nil, exitCode(exitFindings)
}

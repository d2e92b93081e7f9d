package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/capacity"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/report"
)

func capacityCommand(dir *string) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "capacity",
		Short: "Add up what the node is asked for",
		Long: "Capacity adds up requests, limits, expected use and claims of all that runs on the node, and compares them with its\n" +
			"memory, cores and volume. It reads the CUE files and nothing else.\n\n" +
			"Exit codes: 0 it fits, 1 it does not fit or the inputs have errors, 2 wrong usage or an error.",
		Example: "  lvsgen capacity\n  lvsgen capacity --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return hinted{fmt.Errorf("unknown format %q", format), "the formats are text and json"}
			}
			root, err := findRoot(*dir)
			if err != nil {
				return err
			}
			return showCapacity(cmd.OutOrStdout(), cmd.ErrOrStderr(), root, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "output `format`: text or json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// showCapacity is the verb. With errors in the inputs there is no sum: it prints those.
func showCapacity(stdout, stderr io.Writer, dir, format string) error {
	bounds, err := limits()
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	progress := newProgress(stderr)
	in, findings := generate.Inputs(root.FS(), load.Options{Limits: bounds, Progress: progress.show})
	progress.clear()
	if findings.Count(diag.Error) > 0 {
		if format == "json" {
			if err := report.JSON(stdout, report.Document{Findings: findings}); err != nil {
				return err
			}
		} else {
			report.Text(stdout, findings, root.FS(), colored(stdout))
		}
		return exitCode(exitFindings)
	}
	table := capacity.Of(in)
	if format == "json" {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(struct {
			Version int `json:"version"`
			*capacity.Table
			Fits bool `json:"fits"`
		}{1, table, table.Fits()})
	} else {
		err = table.Text(stdout)
	}
	if err == nil && !table.Fits() {
		return exitCode(exitFindings)
	}
	return err
}

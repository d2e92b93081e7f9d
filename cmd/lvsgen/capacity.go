package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/capacity"
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
			in, err := readInputs(cmd.OutOrStdout(), cmd.ErrOrStderr(), *dir, format)
			if err != nil {
				return err
			}
			return showCapacity(cmd.OutOrStdout(), capacity.Of(in), format)
		},
	}
	formatFlag(cmd, &format)
	return cmd
}

// showCapacity prints the sums.
func showCapacity(stdout io.Writer, table *capacity.Table, format string) error {
	var err error
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

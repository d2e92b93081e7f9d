package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/version"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			commit := ""
			if c := version.Commit(); c != "" {
				commit = " " + c[:min(len(c), 12)]
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "lvsgen %s%s schema %d %s\n", version.Release, commit, version.Schema, runtime.Version())
			return err
		},
	}
}

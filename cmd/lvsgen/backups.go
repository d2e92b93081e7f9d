package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/backup"
)

// backupDocument is the JSON of the inventory.
type backupDocument struct {
	Version int          `json:"version"`
	Backups []backup.Row `json:"backups"`
}

func backupsCommand(dir *string) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "backups",
		Short: "Show what holds data, what copies it and how it is brought back",
		Long: "Backups lists every volume and database of the cloud: what copies it, where to, when, how long copies are kept and\n" +
			"how they are brought back. What nothing copies, on purpose, says \"none\".\n\n" +
			"Exit codes: 0 done, 1 findings in the inputs, 2 wrong usage or an error.",
		Example: "  lvsgen backups\n  lvsgen backups --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := readInputs(cmd.OutOrStdout(), cmd.ErrOrStderr(), *dir, format)
			if err != nil {
				return err
			}
			rows := backup.Rows(in)
			if format == "text" {
				return backup.Text(cmd.OutOrStdout(), rows)
			}
			encoder := json.NewEncoder(cmd.OutOrStdout())
			encoder.SetIndent("", "  ")
			return encoder.Encode(backupDocument{Version: 1, Backups: rows})
		},
	}
	formatFlag(cmd, &format)
	return cmd
}

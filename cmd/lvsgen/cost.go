package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/cost"
	"github.com/lvs-cloud/lvsgen/gen/load"
)

func costCommand(dir *string) *cobra.Command {
	var format string
	var compare bool
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Show what the cloud costs for a month",
		Long: "Cost counts servers, addresses, the volume, traffic and object storage at the prices of the schema, or at your own\n" +
			"(cloud.prices), each with the day at which it was read. What the inputs do not tell is assumed (cloud.expect).\n\n" +
			"Exit codes: 0 done, 1 findings in the inputs, 2 wrong usage or an error.",
		Example: "  lvsgen cost\n  lvsgen cost --compare\n  lvsgen cost --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := readInputs(cmd.OutOrStdout(), cmd.ErrOrStderr(), *dir, format)
			if err != nil {
				return err
			}
			list, err := load.PriceList()
			if err != nil {
				return err
			}
			table := cost.Of(in, list)
			if compare {
				table.Others = cost.Compare(in, list)
			}
			if format == "json" {
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(table)
			}
			return table.Text(cmd.OutOrStdout())
		},
	}
	formatFlag(cmd, &format)
	cmd.Flags().BoolVar(&compare, "compare", false, "also count the cloud on every type with at least as much memory and as many cores")
	return cmd
}

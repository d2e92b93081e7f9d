package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/reference"
)

func rulesCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "List the rules that validate judges by",
		Long:    "Rules lists the rules of validate by group, with the severities that their findings have.",
		Example: "  lvsgen rules\n  lvsgen rules --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			return listRules(cmd.OutOrStdout(), format)
		},
	}
	formatFlag(cmd, &format)
	return cmd
}

// ruleRow is a rule in the JSON output, which is stable: fields are only ever added.
type ruleRow struct {
	Name       string   `json:"name"`
	Group      string   `json:"group"`
	Severities []string `json:"severities"`
	Title      string   `json:"title"`
}

func listRules(w io.Writer, format string) error {
	rows := []ruleRow{}
	for _, r := range reference.SortedRules() {
		rows = append(rows, ruleRow{r.Name, r.GroupName(), r.SeverityNames(), r.Title})
	}
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(struct {
			Version int       `json:"version"`
			Rules   []ruleRow `json:"rules"`
		}{1, rows})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tGROUP\tSEVERITY\tTITLE")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.Name, r.Group, strings.Join(r.Severities, ", "), r.Title)
	}
	return table.Flush()
}

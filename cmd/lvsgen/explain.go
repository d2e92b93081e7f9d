package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/reference"
)

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain RULE|FIELD",
		Short: "Say what a rule of validate or a field of the inputs means",
		Long: "Explain prints the documentation of a rule (what is wrong, what happens in the cluster, an example, how to suppress\n" +
			"it) or of a field of the inputs, by its path or the end of it.",
		Example: "  lvsgen explain missing-secret\n  lvsgen explain image.version",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, r := range reference.SortedRules() {
				names = append(names, r.Name+"\t"+r.Title)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return explain(cmd.OutOrStdout(), args[0]) },
	}
}

func explain(w io.Writer, name string) error {
	var names []string
	for _, r := range reference.SortedRules() {
		if r.Name == name {
			_, err := io.WriteString(w, reference.RuleText(r))
			return err
		}
		names = append(names, r.Name)
	}
	fields, err := reference.Fields()
	if err != nil {
		return err
	}
	var found []load.Field
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) || strings.HasSuffix(f.Name, "."+name) {
			found = append(found, f)
		}
		_, path, _ := strings.Cut(f.Name, ".")
		names = append(names, path)
	}
	// A field is reached on several ways: it is told once.
	for i, f := range found {
		if !slices.ContainsFunc(found[:i], func(other load.Field) bool { return other.Doc == f.Doc && other.Type == f.Type }) {
			fmt.Fprint(w, reference.FieldText(f))
		}
	}
	if len(found) > 0 {
		return nil
	}
	slices.Sort(names)
	hint := "lvsgen rules lists the rules, docs/reference/inputs.md the fields"
	if near := diag.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return hinted{fmt.Errorf("there is no rule and no field %q", name), hint}
}

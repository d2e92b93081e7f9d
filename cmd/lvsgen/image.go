package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/validate"
)

func imageCommand(dir *string) *cobra.Command {
	cmd := &cobra.Command{Use: "image", Short: "Look at the images that Flux raises"}
	cmd.AddCommand(&cobra.Command{
		Use:   "test APP TAG...",
		Short: "Say which of some tags Flux would take for an app, and why",
		Long: "Test reads the image policy of an app from the files in the repository and decides as Flux does which of the tags\n" +
			"it would write. It asks no registry.\n\n" +
			"Exit codes: 0 a tag is taken, 1 none is, 2 wrong usage or an error.",
		Example: "  lvsgen image test shop 1.2.0 1.3.0-rc.1",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runImageTest(cmd.OutOrStdout(), repositoryRoot(*dir), args[0], args[1:])
		},
	})
	return cmd
}

func runImageTest(stdout io.Writer, dir, app string, tags []string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return hinted{fmt.Errorf("cannot read the repository: %w", err), "name a folder: lvsgen -C DIR image test APP TAG"}
	}
	defer root.Close()
	policies, err := validate.Policies(root.FS(), app)
	if err != nil {
		return err
	}
	taken := false
	for i := range policies {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		taken = printPolicy(stdout, &policies[i], tags) || taken
	}
	if !taken {
		return exitCode(exitFindings)
	}
	return nil
}

// printPolicy shows what one policy makes of the tags; true when it takes one.
func printPolicy(w io.Writer, p *validate.Policy, tags []string) bool {
	order := p.Order
	if p.Kind == "semver" {
		order = p.Range
	}
	fmt.Fprintf(w, "%s: %s %s (%s)\n", p.At, p.Kind, order, p.Key)
	if p.Pattern != "" {
		fmt.Fprintf(w, "filter %s, compares %s\n", p.Pattern, compared(p.Extract))
	}
	for _, problem := range p.Problems {
		fmt.Fprintf(w, "never ready: %s\n", problem.Message)
	}
	if len(p.Problems) > 0 {
		return false
	}
	best, verdicts := p.Choose(tags)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range verdicts {
		switch {
		case v.Tag == best && v.Taken:
			fmt.Fprintf(table, "  %s\ttaken\n", v.Tag)
		case v.Taken && best != "":
			fmt.Fprintf(table, "  %s\tnot taken\t%s comes first\n", v.Tag, best)
		case v.Taken:
			fmt.Fprintf(table, "  %s\tnot taken\n", v.Tag)
		default:
			fmt.Fprintf(table, "  %s\tnot taken\t%s\n", v.Tag, v.Reason)
		}
	}
	_ = table.Flush()
	for _, tag := range p.Tags {
		writes(w, tag, best)
	}
	return best != ""
}

func compared(extract string) string {
	if extract == "" {
		return "the whole tag"
	}
	return extract
}

func writes(w io.Writer, tag validate.Tag, best string) {
	switch best {
	case "":
		fmt.Fprintf(w, "%s: stays %s\n", tag.At, tag.Value)
	case tag.Value:
		fmt.Fprintf(w, "%s: is %s already\n", tag.At, tag.Value)
	default:
		fmt.Fprintf(w, "%s: %s becomes %s\n", tag.At, tag.Value, best)
	}
}

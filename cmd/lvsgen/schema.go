package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/apply"
	"github.com/lvs-cloud/lvsgen/gen/definitions"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/report"
)

// maxDefinitions is how large a file that is added may be, in bytes: the definitions of all of a product in one.
const maxDefinitions = 64 << 20

func schemaCommand(dir *string) *cobra.Command {
	cmd := &cobra.Command{Use: "schema", Short: "Bring the schemas of kinds that lvsgen does not know"}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "add FILE|DIR|-...",
			Short: "Add CustomResourceDefinitions, so that objects of their kinds are judged",
			Long: "Add reads CustomResourceDefinitions from files, from folders, or with - from standard input, and keeps them without\n" +
				"their descriptions in " + definitions.Dir + ". Validate judges objects by them; Flux does not apply them. A definition that\n" +
				"the repository itself installs wins over one that was added.",
			Example: "  kubectl get crd scaledobjects.keda.sh -o yaml | lvsgen schema add -\n  lvsgen schema add crds/",
			Args:    cobra.MinimumNArgs(1),
			RunE:    func(cmd *cobra.Command, args []string) error { return runSchemaAdd(cmd, repositoryRoot(*dir), args) },
		},
		&cobra.Command{
			Use: "list", Short: "List the schemas that were added", Args: cobra.NoArgs, Example: "  lvsgen schema list",
			RunE: func(cmd *cobra.Command, _ []string) error {
				return runSchemaList(cmd.OutOrStdout(), repositoryRoot(*dir))
			},
		},
		&cobra.Command{
			Use: "remove NAME...", Short: "Remove schemas that were added", Args: cobra.MinimumNArgs(1), Example: "  lvsgen schema remove scaledobjects.keda.sh",
			RunE: func(cmd *cobra.Command, args []string) error { return runSchemaRemove(cmd, repositoryRoot(*dir), args) },
		},
	)
	return cmd
}

// added is what there is in a repository.
func added(dir string) ([]*definitions.Definition, diag.Findings, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, hinted{fmt.Errorf("cannot read the repository: %w", err), "name a folder: lvsgen -C DIR schema list"}
	}
	defer root.Close()
	have, findings := definitions.Read(schemaFolder{root.FS()})
	return have, findings, nil
}

// schemaFolder reads a repository without looking at all of it.
type schemaFolder struct{ fs.FS }

func (f schemaFolder) Dir(name string) []string {
	entries, _ := fs.ReadDir(f.FS, name)
	var out []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			out = append(out, e.Name())
		}
	}
	return out
}

func (f schemaFolder) Read(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return limited(file, name, definitions.MaxSize)
}

// limited reads a file up to a bound.
func limited(r io.Reader, name string, most int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("%s is larger than %d MiB", name, most>>20)
	}
	return content, err
}

func runSchemaAdd(cmd *cobra.Command, dir string, args []string) error {
	var all []*definitions.Definition
	var findings diag.Findings
	for _, arg := range args {
		found, wrong, err := definitionsOf(cmd.InOrStdin(), arg)
		if err != nil {
			return err
		}
		all, findings = append(all, found...), append(findings, wrong...)
	}
	if len(findings) > 0 {
		report.Text(cmd.OutOrStdout(), findings, os.DirFS("."), colored(cmd.OutOrStdout()))
		fmt.Fprintln(cmd.OutOrStdout(), "nothing was added")
		return exitCode(exitUsage)
	}
	have, _, err := added(dir)
	if err != nil {
		return err
	}
	return apply.Locked(cmd.Context(), dir, true, nil, func(repository *apply.Repository) error {
		for _, d := range all {
			content, err := d.Encode()
			if err != nil {
				return err
			}
			if err := repository.WriteFile(d.File(), content); err != nil {
				return err
			}
			verb := "added"
			if slices.ContainsFunc(have, func(old *definitions.Definition) bool { return old.Name == d.Name }) {
				verb = "replaced"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s in %s\n", verb, d.Name, d.Kind, strings.Join(d.Versions, ", "))
		}
		return nil
	})
}

// definitionsOf reads what an argument names: a file, all YAML and JSON files of a folder, or standard input. Something must be
// there.
func definitionsOf(stdin io.Reader, arg string) (out []*definitions.Definition, findings diag.Findings, err error) {
	others := 0
	parse := func(name string, r io.Reader) error {
		content, err := limited(r, name, maxDefinitions)
		if err != nil {
			return err
		}
		found, more, wrong := definitions.Parse(name, content)
		out, others, findings = append(out, found...), others+more, append(findings, wrong...)
		return nil
	}
	open := func(name string) error {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		return parse(name, file)
	}
	if arg == "-" {
		err = parse("standard-input.yaml", stdin)
	} else {
		err = filepath.WalkDir(arg, func(name string, d fs.DirEntry, err error) error {
			switch ext := filepath.Ext(name); {
			case err != nil:
				return err
			case name == arg && !d.IsDir(), d.Type().IsRegular() && (ext == ".yaml" || ext == ".yml" || ext == ".json"):
				return open(name)
			}
			return nil
		})
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, hinted{fmt.Errorf("there is no file %q", arg), "name a file or a folder with CustomResourceDefinitions, or - for standard input"}
	case err != nil:
		return nil, nil, err
	case len(out)+len(findings) == 0:
		return nil, nil, hinted{
			fmt.Errorf("%s holds no CustomResourceDefinition, but %s", arg, count(others, "other object")),
			"for example: kubectl get crd PLURAL.GROUP -o yaml | lvsgen schema add -",
		}
	}
	return out, findings, nil
}

func runSchemaList(w io.Writer, dir string) error {
	have, findings, err := added(dir)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "GROUP\tKIND\tVERSIONS\tNAME")
	for _, d := range have {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.Group, d.Kind, strings.Join(d.Versions, ","), d.Name)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(findings) > 0 {
		report.Text(w, findings, os.DirFS(dir), colored(w))
		return exitCode(exitFindings)
	}
	return nil
}

func runSchemaRemove(cmd *cobra.Command, dir string, names []string) error {
	have, _, err := added(dir)
	if err != nil {
		return err
	}
	var known []string
	for _, d := range have {
		known = append(known, d.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			hint := "lvsgen schema list names those that were added"
			if near := diag.Nearest(name, known); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return hinted{fmt.Errorf("no schema %q was added", name), hint}
		}
	}
	return apply.Locked(cmd.Context(), dir, true, nil, func(repository *apply.Repository) error {
		for _, name := range names {
			if err := repository.RemoveFile((&definitions.Definition{Name: name}).File()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "removed", name)
		}
		return nil
	})
}

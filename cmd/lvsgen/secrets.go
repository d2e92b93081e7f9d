package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/secret"
)

func secretsCommand(dir *string) *cobra.Command {
	var format, missing string
	cmd := &cobra.Command{
		Use:   "secrets",
		Short: "List the secrets that people provide, and the cloud's Kubernetes Secrets",
		Long: "Secrets lists what people must provide and where, and every Kubernetes Secret of the cloud with its keys, who makes it\n" +
			"and who reads it. There are no values to show: lvsgen never knows one.\n\n" +
			"With --missing it reads the names that GitHub has and says which are missing and which nobody needs.\n\n" +
			"Exit codes: 0 done, 1 findings, or with --missing something is missing, 2 wrong usage or an error.",
		Example: "  lvsgen secrets\n  gh secret list --json name | lvsgen secrets --missing -",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			root, err := findRoot(*dir)
			if err != nil {
				return err
			}
			return listSecrets(cmd, root, format, missing)
		},
	}
	formatFlag(cmd, &format)
	cmd.Flags().StringVar(&missing, "missing", "", "compare with the names in this `file`, or - for standard input: one a line, or the JSON of gh secret list --json name")
	cmd.AddCommand(secretsSetCommand(dir))
	return cmd
}

// readCloud gives the inputs of a repository that are right; what is wrong with them has been said otherwise.
func readCloud(out io.Writer, dir string) (*model.Inputs, []secret.State, error) {
	bounds, err := limits()
	if err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	t, in, findings, err := generate.Tree(root.FS(), load.Options{Limits: bounds})
	if err != nil {
		return nil, nil, err
	}
	if t == nil {
		report.Text(out, findings.Sorted(), os.DirFS(dir), colored(out))
		return nil, nil, exitCode(exitFindings)
	}
	return in, secret.States(root.FS(), in), nil
}

func listSecrets(cmd *cobra.Command, dir, format, missing string) error {
	in, states, err := readCloud(cmd.ErrOrStderr(), dir)
	if err != nil {
		return err
	}
	inventory := newInventory(in, states)
	if missing != "" {
		have, err := readNames(cmd.InOrStdin(), missing)
		if err != nil {
			return err
		}
		inventory.compare(have)
	}
	if format == "json" {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		err = e.Encode(inventory)
	} else {
		err = inventory.print(cmd.OutOrStdout())
	}
	if err != nil {
		return err
	}
	findings := secret.Findings(states)
	incomplete := missing != "" && (len(*inventory.Missing) > 0 || len(findings) > 0)
	if incomplete || findings.Count(diag.Error) > 0 {
		return exitCode(exitFindings)
	}
	return nil
}

// maxNames bounds what is read as a list of names, in bytes.
const maxNames = 1 << 20

// readNames reads names of GitHub secrets. An error shows none of the text: somebody may have given a file of values.
func readNames(stdin io.Reader, file string) ([]string, error) {
	in := stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("--missing: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxNames))
	if err != nil {
		return nil, fmt.Errorf("--missing: %w", err)
	}
	var names []string
	var objects []struct {
		Name string `json:"name"`
	}
	switch {
	case json.Unmarshal(text, &objects) == nil:
		for _, o := range objects {
			names = append(names, o.Name)
		}
	case json.Unmarshal(text, &names) == nil:
	default:
		names = strings.Fields(string(text))
	}
	for i, name := range names {
		if !secretName(name) {
			return nil, hinted{errors.New("--missing: this is no list of names of GitHub secrets"), "make one: gh secret list --json name | lvsgen secrets --missing -"}
		}
		names[i] = strings.ToUpper(name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// secretName tells whether GitHub takes a text as the name of a secret.
func secretName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/apply"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/sops"
)

// setFlags say where the value comes from, and what happens to a file that is there.
type setFlags struct {
	fromFile             string
	random, raw, replace bool
}

func secretsSetCommand(dir *string) *cobra.Command {
	var flags setFlags
	cmd := &cobra.Command{
		Use:   "set OWNER/SECRET KEY",
		Short: "Put a value into an encrypted file (secrets.mode \"sops\")",
		Long: "Set reads a value from standard input, or asks for it on a terminal without showing it, and puts it into the SOPS file\n" +
			"of a Secret of an app or a service. `lvsgen secrets` lists them. The registry's Secret takes its password alone:\n" +
			"lvsgen secrets set registry-credentials.\n\n" +
			"A new file needs no key. To change one that is there the age identity of one of its recipients is needed, from\n" +
			"SOPS_AGE_KEY, SOPS_AGE_KEY_FILE or sops/age/keys.txt in the user's configuration folder, as the program sops finds it.\n" +
			"The other values stay as they are. --replace makes the file anew without a key: its other values are lost.",
		Example: "  lvsgen secrets set shop/mail PASSWORD\n  lvsgen secrets set --random grafana/grafana admin-password\n" +
			"  lvsgen secrets set registry-credentials < password",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 || len(args) == 1 && args[0] == secret.RegistryCredentials {
				return nil
			}
			return hinted{fmt.Errorf("secrets set takes OWNER/SECRET and KEY, not %d words; the value is no argument", len(args)), "such as: lvsgen secrets set shop/mail PASSWORD"}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, err := findRoot(*dir)
			if err != nil {
				return err
			}
			return setSecret(cmd, root, args, flags)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return completeSecret(cmd, *dir, args), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringVar(&flags.fromFile, "from-file", "", "read the value from this `file`")
	cmd.Flags().BoolVar(&flags.random, "random", false, "make a random value of 48 hexadecimal digits, which nobody sees")
	cmd.Flags().BoolVar(&flags.raw, "raw", false, "keep a line break at the end of the value")
	cmd.Flags().BoolVar(&flags.replace, "replace", false, "make the file anew with this value alone")
	cmd.MarkFlagsMutuallyExclusive("from-file", "random")
	return cmd
}

// completeSecret gives the names that set takes next.
func completeSecret(cmd *cobra.Command, dir string, args []string) []string {
	root, err := findRoot(dir)
	if err != nil {
		return nil
	}
	_, states, err := readCloud(cmd.ErrOrStderr(), root)
	if err != nil {
		return nil
	}
	var out []string
	for i := range states {
		f := &states[i].File
		switch {
		case len(args) == 0:
			out = append(out, f.Target())
		case len(args) == 1 && f.Owner != "" && f.Target() == args[0]:
			for _, k := range f.Keys {
				out = append(out, k.Name)
			}
		}
	}
	return out
}

func setSecret(cmd *cobra.Command, dir string, args []string, flags setFlags) error {
	// The value is asked for before the lock is taken, but after the names were found right.
	in, states, err := readCloud(cmd.ErrOrStderr(), dir)
	if err != nil {
		return err
	}
	file, key, err := findSecret(in, states, args)
	if err != nil {
		return err
	}
	registry := file.Owner == ""
	if registry && flags.random {
		return hinted{errors.New("the registry's password cannot be made here: CI and the node need it too"), "make it with `openssl rand -hex 24`, and give it to GitHub as REGISTRY_PASSWORD"}
	}
	value, err := readValue(cmd, file.Target()+" "+key, flags)
	if err != nil {
		return err
	}
	if registry {
		if value, err = dockerConfig(in, value); err != nil {
			return err
		}
	}
	waiting := func() { fmt.Fprintln(cmd.ErrOrStderr(), "waiting for another lvsgen in this repository to end") }
	return apply.Locked(cmd.Context(), dir, true, waiting, func(repository *apply.Repository) error {
		return seal(cmd, repository, in, file, key, value, flags.replace)
	})
}

// findSecret finds the file and the key that were named.
func findSecret(in *model.Inputs, states []secret.State, args []string) (*secret.File, string, error) {
	if in.Cloud.Secrets.Mode != model.SecretsSOPS {
		return nil, "", hinted{
			fmt.Errorf("secrets.mode is %q: values are secrets of GitHub Actions, there is no file to put them into", in.Cloud.Secrets.Mode),
			"see `lvsgen secrets` for the names, then: gh secret set NAME",
		}
	}
	var targets []string
	for i := range states {
		f := &states[i].File
		targets = append(targets, f.Target())
		if f.Target() != args[0] {
			continue
		}
		if len(args) == 1 {
			return f, f.Keys[0].Name, nil
		}
		var keys []string
		for _, k := range f.Keys {
			if k.Name == args[1] && f.Owner != "" {
				return f, k.Name, nil
			}
			keys = append(keys, k.Name)
		}
		if f.Owner == "" {
			return nil, "", hinted{fmt.Errorf("%s has one value, the registry's password", args[0]), "leave the key out"}
		}
		return nil, "", hinted{fmt.Errorf("secret %q has no key %q", args[0], args[1]), nearest(args[1], keys, "its keys are ")}
	}
	return nil, "", hinted{fmt.Errorf("there is no secret %q", args[0]), nearest(args[0], targets, "the secrets are ")}
}

func nearest(word string, words []string, list string) string {
	if near := diag.Nearest(word, words); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return list + strings.Join(words, ", ")
}

// dockerConfig makes Docker's config.json for the cloud's registry of its password.
func dockerConfig(in *model.Inputs, password string) (string, error) {
	r := in.Cloud.Registry
	entry := map[string]string{
		"username": r.User, "password": password,
		"auth": base64.StdEncoding.EncodeToString([]byte(r.User + ":" + password)),
	}
	out, err := json.Marshal(map[string]any{"auths": map[string]any{r.Host: entry}})
	return string(out), err
}

// seal writes the file with the value. No error holds the value.
func seal(cmd *cobra.Command, repository *apply.Repository, in *model.Inputs, file *secret.File, key, value string, replace bool) error {
	before, err := repository.ReadFile(file.Path)
	absent := errors.Is(err, fs.ErrNotExist)
	if err != nil && !absent {
		return fmt.Errorf("%s cannot be read", file.Path)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(value))
	recipients := in.Cloud.Secrets.Recipients
	var content []byte
	if absent || replace {
		content, err = newFile(file, key, encoded, recipients)
	} else {
		content, err = changeFile(before, key, encoded, recipients)
	}
	if err != nil {
		var h hinted
		if errors.As(err, &h) {
			return hinted{fmt.Errorf("%s %w", file.Path, err), h.hint}
		}
		return hinted{fmt.Errorf("%s %w", file.Path, err), "repair it with the program sops, or make it anew with --replace: its other values are lost"}
	}
	if err := repository.WriteFile(file.Path, content); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", file.Path)
	if left := otherKeys(file, key); (absent || replace) && len(left) > 0 {
		fmt.Fprintf(cmd.OutOrStdout(), "still missing in it: %s\n", strings.Join(left, ", "))
	}
	return nil
}

func otherKeys(file *secret.File, key string) []string {
	var out []string
	for _, k := range file.Keys {
		if k.Name != key {
			out = append(out, k.Name)
		}
	}
	return out
}

func newFile(file *secret.File, key, encoded string, recipients []string) ([]byte, error) {
	object := maps.Clone(file.Manifest)
	data, _ := object["data"].(map[string]any)
	data = maps.Clone(data)
	if data == nil {
		data = map[string]any{}
	}
	data[key] = encoded
	object["data"] = data
	plain, err := kube.Encode(map[string]any(object))
	if err != nil {
		return nil, errors.New("cannot be made")
	}
	return sops.Encrypt(plain, recipients, time.Now())
}

func changeFile(before []byte, key, encoded string, recipients []string) ([]byte, error) {
	if _, err := sops.Inspect(before); err != nil {
		return nil, err
	}
	ids, sources, err := identities()
	if err != nil {
		return nil, err
	}
	content, err := sops.Set(before, "data", map[string]string{key: encoded}, recipients, ids, time.Now())
	if errors.Is(err, sops.ErrNoIdentity) {
		looked := "no age identity was found: set SOPS_AGE_KEY_FILE to the file that age-keygen wrote"
		if len(sources) > 0 {
			looked = "none of the age identities in " + strings.Join(slices.Compact(sources), ", ") + " is one of its recipients"
		}
		return nil, hinted{
			errors.New("is there already, and to change it lvsgen must open it, which no age identity here can"),
			looked + "; or make the file anew with --replace: its other values are lost and must be set again",
		}
	}
	return content, err
}

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lvs-cloud/lvsgen/gen/sops"
)

// maxValue is how large a value may be, in bytes: Kubernetes takes Secrets of up to 1 MiB, in which it is base64.
const maxValue = 700 << 10

// randomBytes is how many bytes of randomness a made value has; it is written as twice as many hexadecimal digits.
const randomBytes = 24

// readValue gets the value that set puts in. No error holds any of it.
func readValue(cmd *cobra.Command, what string, flags setFlags) (string, error) {
	if flags.random {
		b := make([]byte, randomBytes)
		if _, err := rand.Read(b); err != nil {
			return "", err
		}
		return hex.EncodeToString(b), nil
	}
	var value []byte
	var err error
	stdin, isFile := cmd.InOrStdin().(*os.File)
	switch {
	case flags.fromFile != "":
		value, err = readFile(flags.fromFile)
	case isFile && term.IsTerminal(int(stdin.Fd())):
		value, err = prompt(stdin, cmd.ErrOrStderr(), what)
	default:
		value, err = readAll(cmd.InOrStdin())
	}
	if err != nil {
		return "", err
	}
	if !flags.raw {
		value = bytes.TrimSuffix(bytes.TrimSuffix(value, []byte("\n")), []byte("\r"))
	}
	if len(value) == 0 {
		return "", hinted{errors.New("the value is empty"), "give it on standard input, or make one with --random"}
	}
	return string(value), nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--from-file: %w", err)
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) ([]byte, error) {
	value, err := io.ReadAll(io.LimitReader(r, maxValue+1))
	if err != nil {
		return nil, fmt.Errorf("the value cannot be read: %w", err)
	}
	if len(value) > maxValue {
		return nil, fmt.Errorf("the value is larger than %d KiB, more than a Kubernetes Secret can hold", maxValue>>10)
	}
	return value, nil
}

// prompt asks twice, without showing what is typed.
func prompt(in *os.File, out io.Writer, what string) ([]byte, error) {
	var typed [2][]byte
	for i, word := range []string{"Value of " + what, "Once more"} {
		fmt.Fprintf(out, "%s: ", word)
		var err error
		typed[i], err = term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(out)
		if err != nil {
			return nil, fmt.Errorf("the value cannot be read: %w", err)
		}
	}
	if !bytes.Equal(typed[0], typed[1]) {
		return nil, hinted{errors.New("the two values differ"), "try again, or give the value on standard input"}
	}
	return typed[0], nil
}

// identities finds age identities where the program sops looks for them, and says where it found some.
func identities() (ids []sops.Identity, sources []string, err error) {
	add := func(source string, text []byte) error {
		found, err := sops.Identities(bytes.NewReader(text))
		if err != nil {
			return hinted{fmt.Errorf("cannot be opened: %s %w", source, err), "age-keygen writes such a file"}
		}
		ids, sources = append(ids, found...), append(sources, source)
		return nil
	}
	if text := os.Getenv("SOPS_AGE_KEY"); text != "" {
		if err := add("SOPS_AGE_KEY", []byte(strings.Join(strings.Fields(text), "\n"))); err != nil {
			return nil, nil, err
		}
	}
	file, named := os.LookupEnv("SOPS_AGE_KEY_FILE")
	if !named || file == "" {
		named = false
		if config, err := os.UserConfigDir(); err == nil {
			file = filepath.Join(config, "sops", "age", "keys.txt")
		}
	}
	if file == "" {
		return ids, sources, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		if !named && errors.Is(err, os.ErrNotExist) {
			return ids, sources, nil
		}
		return nil, nil, hinted{fmt.Errorf("cannot be opened: the age identities: %w", err), "SOPS_AGE_KEY_FILE names the file that age-keygen wrote"}
	}
	if err := add(file, text); err != nil {
		return nil, nil, err
	}
	return ids, sources, nil
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/baseline"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/validate"
)

// baselineFlags say which findings are known already.
type baselineFlags struct {
	// file is that of --baseline; named tells that it was given. target is that of --write-baseline.
	file, target string
	named, write bool
}

// besideIt stands for --write-baseline without a file.
const besideIt = "the file of --baseline"

func (f *baselineFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "baseline", "", "leave out the findings in this `file` (default: "+baseline.Name+" of the repository, when it is there; --baseline= for none)")
	cmd.Flags().StringVar(&f.target, "write-baseline", "", "write what is found to this `file`, and report nothing")
	cmd.Flags().Lookup("write-baseline").NoOptDefVal = besideIt
	_ = cmd.MarkFlagFilename("baseline", "json")
}

// read gives the baseline that findings are compared with; nil when there is none. What is to be written anew is not
// compared with what was.
func (f *baselineFlags) read(dir string, root fs.FS) (*baseline.Baseline, error) {
	if f.write {
		return nil, nil
	}
	return f.known(dir, root)
}

func (f *baselineFlags) known(dir string, root fs.FS) (*baseline.Baseline, error) {
	var content []byte
	var err error
	name := baseline.Name
	switch {
	case f.named && f.file == "":
		return nil, nil
	case f.named:
		name = f.file
		content, err = os.ReadFile(f.file)
	default:
		content, err = fs.ReadFile(root, baseline.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, hinted{fmt.Errorf("cannot read the baseline: %w", err), "write one: lvsgen validate --write-baseline"}
	}
	b, mistakes := baseline.Parse(name, content)
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return b, nil
}

// path is the file that is written.
func (f *baselineFlags) path(dir string) string {
	switch {
	case f.target != besideIt:
		return f.target
	case f.file != "":
		return f.file
	}
	return filepath.Join(dir, baseline.Name)
}

// save writes what was found, in one step: a baseline that is cut off would hide nothing, and stop the next run.
func (f *baselineFlags) save(stdout io.Writer, dir string, result *validate.Result) error {
	target := f.path(dir)
	b := baseline.Of(result.All)
	content, err := b.Encode()
	if err != nil {
		return err
	}
	if err := replaceFile(target, content); err != nil {
		return hinted{fmt.Errorf("cannot write %s: %w", target, withoutPath(err)), "name a file in a folder that is there: --write-baseline=FILE"}
	}
	_, err = fmt.Fprintf(stdout, "%s written to %s\n", count(b.Len(), "finding"), target)
	return err
}

// replaceFile writes a file by a temporary one beside it.
func replaceFile(name string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".lvsgen-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}

// withoutPath takes the name of the temporary file out of an error.
func withoutPath(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// tellFixed says which findings of the baseline are gone. It is no finding: nothing is wrong.
func (f *baselineFlags) tellFixed(stderr io.Writer, result *validate.Result) {
	if len(result.Fixed) == 0 {
		return
	}
	for _, e := range result.Fixed {
		times := ""
		if e.Count > 1 {
			times = fmt.Sprintf(" (%d times)", e.Count)
		}
		fmt.Fprintf(stderr, "fixed: %s%s\n", report.Clean(fmt.Sprintf("%s: %s [%s]", e.File, e.Message, e.Rule)), times)
	}
	flag := ""
	if f.file != "" {
		flag = " --baseline " + f.file
	}
	fmt.Fprintf(stderr, "hint: take what is fixed out of the baseline: lvsgen validate%s --write-baseline\n", flag)
}

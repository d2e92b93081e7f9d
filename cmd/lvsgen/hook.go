package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/version"
)

// unstagedFiles gives the files of lvsgen that git would leave out of the commit: changed or new in the work tree and
// not staged. Outside a git repository there are none.
func unstagedFiles(ctx context.Context, dir string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, lock.Name))
	if err != nil {
		return nil, err
	}
	owned, err := lock.Parse(text, lock.Tool{Version: version.Release, Schema: version.Schema})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, args := range [][]string{
		{"diff", "--name-only", "-z", "--relative"},
		{"ls-files", "--others", "--exclude-standard", "-z"},
	} {
		names, err := git(ctx, dir, args...)
		if err != nil {
			return nil, err
		}
		for name := range strings.SplitSeq(names, "\x00") {
			if _, ours := owned.Files[name]; ours || name == lock.Name {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// git runs a command of git in dir. A directory that is no repository gives nothing.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		if strings.Contains(string(exit.Stderr), "not a git repository") {
			return "", nil
		}
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}

// merge gives the paths of both, sorted, each once.
func merge(changes []report.Change, more []string) []string {
	out := slices.Clone(more)
	for _, c := range changes {
		out = append(out, c.Path)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// quoteAll quotes paths for a shell, where they need it.
func quoteAll(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = p
		if strings.ContainsAny(p, " '\"$\\*?[]()&;<>|`!#~") {
			out[i] = "'" + strings.ReplaceAll(p, "'", `'\''`) + "'"
		}
	}
	return out
}

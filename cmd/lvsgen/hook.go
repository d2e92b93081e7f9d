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

// unstagedFiles gives the inputs and the files of lvsgen that git would leave out of the commit: changed or deleted in the work tree
// and not staged, or not tracked at all, be it because they are new or because they are ignored. Outside a git
// repository there are none.
func unstagedFiles(ctx context.Context, dir string, inputs []string) ([]string, error) {
	if inside, err := git(ctx, dir, "rev-parse", "--is-inside-work-tree"); err != nil || strings.TrimSpace(inside) != "true" {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(dir, lock.Name))
	if err != nil {
		return nil, err
	}
	owned, err := ownedPaths(text)
	if err != nil {
		return nil, err
	}
	for _, path := range inputs {
		owned[path] = true
	}
	// What the last commit owned matters too: its files may have been deleted, and the deletion not staged.
	if before, err := git(ctx, dir, "show", "HEAD:./"+lock.Name); err == nil {
		if old, err := ownedPaths([]byte(before)); err == nil {
			for path := range old {
				if !owned[path] {
					owned[path] = false
				}
			}
		}
	}
	changed, err := gitPaths(ctx, dir, "diff", "--name-only", "-z", "--relative")
	if err != nil {
		return nil, err
	}
	tracked, err := gitPaths(ctx, dir, "ls-files", "-z")
	if err != nil {
		return nil, err
	}
	var out []string
	for path, current := range owned {
		if changed[path] || current && !tracked[path] {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out, nil
}

// ownedPaths gives the paths of a lock, and the lock's own; true says that the file is there.
func ownedPaths(text []byte) (map[string]bool, error) {
	l, err := lock.Parse(text, lock.Tool{Version: version.Release, Schema: version.Schema})
	if err != nil {
		return nil, err
	}
	owned := map[string]bool{lock.Name: true}
	for path := range l.Files {
		owned[path] = true
	}
	return owned, nil
}

// gitPaths gives the paths that a command of git prints, separated by zero bytes.
func gitPaths(ctx context.Context, dir string, args ...string) (map[string]bool, error) {
	out, err := git(ctx, dir, args...)
	if err != nil {
		return nil, err
	}
	paths := map[string]bool{}
	for name := range strings.SplitSeq(out, "\x00") {
		if name != "" {
			paths[name] = true
		}
	}
	return paths, nil
}

// git runs a command of git in dir.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		reason, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		return "", fmt.Errorf("git %s: %s", args[0], reason)
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

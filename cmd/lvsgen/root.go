package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/lvs-cloud/lvsgen/gen/load"
)

// findRoot gives the root of the cloud's repository: dir itself, or, when it is empty, the nearest folder from the
// working directory up that has a cloud.cue.
func findRoot(dir string) (string, error) {
	if dir != "" {
		info, err := os.Stat(dir)
		if err != nil {
			return "", hinted{fmt.Errorf("cannot use %q as the repository: %w", dir, errors.Unwrap(err)), "--dir names an existing folder"}
		}
		if !info.IsDir() {
			return "", hinted{fmt.Errorf("cannot use %q as the repository: it is not a folder", dir), "--dir names the folder that has cloud.cue"}
		}
		return dir, nil
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := wd; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "cloud.cue")); err == nil {
			return at, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if at == filepath.Dir(at) {
			return "", hinted{
				fmt.Errorf("there is no cloud.cue in %s or above it", wd),
				"run lvsgen inside a cloud's repository, name it with --dir, or start one: lvsgen init DIR",
			}
		}
	}
}

// limits are the bounds of an evaluation; the environment can move them for a cloud that is really large.
func limits() (load.Limits, error) {
	l := load.DefaultLimits(func(message string) {
		fmt.Fprintln(os.Stderr, message)
		os.Exit(exitUsage)
	})
	for name, set := range map[string]func(n int){
		"LVSGEN_EVAL_SECONDS":   func(n int) { l.Time = time.Duration(n) * time.Second },
		"LVSGEN_EVAL_MEBIBYTES": func(n int) { l.Heap = uint64(n) << 20 },
	} {
		text := os.Getenv(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			return l, fmt.Errorf("%s is %q, but must be a whole number above 0", name, text)
		}
		set(n)
	}
	return l, nil
}

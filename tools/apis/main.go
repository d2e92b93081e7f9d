// Command apis writes the data of package gen/apis: which kinds the API servers of each release know, and the schema of
// each. It takes them from Go modules whose versions are pinned by go.mod and go.sum files, so that everyone who runs it
// gets the same bytes.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("C", "../..", "the repository's root")
	check := flag.Bool("check", false, "write nothing, fail when a file would change")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "apis:", err)
		os.Exit(1)
	}
}

// run writes, or compares, the file of each product, and judges the one that is kept by hand.
func run(root string, check bool) error {
	problems := []error{checkRemovals(root)}
	for _, p := range products {
		text, err := p.text(root)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		file := filepath.Join(root, "gen", "apis", "data", p.name+".txt")
		if !check {
			if err := os.WriteFile(file, text, 0o644); err != nil {
				return err
			}
			continue
		}
		if old, err := os.ReadFile(file); err != nil || !bytes.Equal(old, text) {
			problems = append(problems, fmt.Errorf("gen/apis/data/%s.txt is not what its modules give: run make apis", p.name))
		}
	}
	return errors.Join(problems...)
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// checkRemovals compares the lines of Kubernetes in removed.txt with the life cycles that its API types carry. The newest
// release that still has a type is asked; of what no release has there is nothing to compare with.
func checkRemovals(root string) error {
	folders, err := apiModules(root)
	if err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(root, "gen", "apis", "data", "removed.txt"))
	if err != nil {
		return err
	}
	defer file.Close()
	var problems []error
	compared := 0
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		fields := strings.Split(scanner.Text(), "\t")
		if len(fields) != 8 || fields[1] != "kubernetes" {
			continue
		}
		cycle, err := newestLifecycle(folders, fields[2], fields[3])
		if err != nil {
			return err
		}
		if cycle.removed == 0 {
			continue
		}
		compared++
		if deprecated, removed := minor(cycle.deprecated), minor(cycle.removed); deprecated != fields[4] || removed != fields[5] {
			problems = append(problems, fmt.Errorf("removed.txt: %s %s: its type says %s and %s, the line %s and %s", fields[2], fields[3], deprecated, removed, fields[4], fields[5]))
		}
	}
	if compared < 50 {
		problems = append(problems, fmt.Errorf("removed.txt: only %d lines could be compared", compared))
	}
	return errors.Join(problems...)
}

// apiModules are the folders of k8s.io/api, the newest release first.
func apiModules(root string) ([]string, error) {
	var folders []string
	for _, p := range products {
		for _, release := range p.releases {
			for _, source := range release.sources {
				k, is := source.(kubernetes)
				if !is {
					continue
				}
				modules, err := download(filepath.Join(root, filepath.FromSlash(k.pins)), "k8s.io/api")
				if err != nil {
					return nil, err
				}
				folders = append([]string{modules[0].Dir}, folders...)
			}
		}
	}
	return folders, nil
}

// newestLifecycle returns the life cycle of a kind in the first of the folders that has its API version.
func newestLifecycle(folders []string, apiVersion, kind string) (lifecycle, error) {
	group, version, _ := strings.Cut(apiVersion, "/")
	name, _, _ := strings.Cut(group, ".") // k8s.io/api names its folders by the first word of the group
	for _, folder := range folders {
		cycle, err := readLifecycle(filepath.Join(folder, name, version), kind)
		if err != nil || cycle.removed != 0 {
			return cycle, err
		}
	}
	return lifecycle{}, nil
}

// minor writes a minor version of Kubernetes 1.
func minor(n int) string { return fmt.Sprintf("1.%d", n) }

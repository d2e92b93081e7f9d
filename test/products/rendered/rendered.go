// Package rendered finds the configurations of products in rendered trees.
package rendered

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// Config is the configuration of one product in one tree.
type Config struct {
	// File is the path of the manifest that holds it.
	File string
	// Text is what the product reads.
	Text string
}

// Trees are the directories to look into: the one that LVSGEN_TREE names, or the reference cloud in root, the root of
// the repository, with the examples and the clouds for tests.
func Trees(root string) ([]string, error) {
	if tree := os.Getenv("LVSGEN_TREE"); tree != "" {
		return []string{tree}, nil
	}
	trees := []string{root}
	for _, pattern := range []string{"examples/*", "test/clouds/*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		trees = append(trees, found...)
	}
	return trees, nil
}

// Find reads the configuration of a service in every tree that has it. It is the text at the keys of a manifest in
// platform/monitoring/<service>/. None at all is os.ErrNotExist: nothing would have been checked.
func Find(root, service, manifest string, keys ...string) ([]Config, error) {
	trees, err := Trees(root)
	if err != nil {
		return nil, err
	}
	var out []Config
	for _, tree := range trees {
		path := filepath.Join(tree, "platform", "monitoring", service, manifest)
		text, err := read(path, keys)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		}
		out = append(out, Config{File: path, Text: text})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s/%s in one of %q: %w", service, manifest, trees, os.ErrNotExist)
	}
	return out, nil
}

func read(path string, keys []string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var value any
	if err := yaml.Unmarshal(content, &value); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	for _, key := range keys {
		fields, _ := value.(map[string]any)
		value = fields[key]
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("%s: no text at %q", path, keys)
	}
	return text, nil
}

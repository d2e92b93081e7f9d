package dashboards

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// Tree is what a rendered tree gives to Grafana.
type Tree struct {
	// Files are the contents of the ConfigMaps by the ConfigMap's name and the file's.
	Files map[string]map[string]string
	// Secrets are the keys of the Secrets by name.
	Secrets map[string]map[string]bool
	Release Release
}

// Release is the part of the HelmRelease that gives files and variables to the pod.
type Release struct {
	Spec struct {
		Values struct {
			ExtraConfigmapMounts []struct {
				Name      string `yaml:"name"`
				MountPath string `yaml:"mountPath"`
				ConfigMap string `yaml:"configMap"`
				ReadOnly  bool   `yaml:"readOnly"`
			} `yaml:"extraConfigmapMounts"`
			EnvValueFrom map[string]struct {
				SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
			} `yaml:"envValueFrom"`
		}
	}
}

// Read reads the folder of Grafana in a tree.
func Read(root string) (*Tree, error) {
	t := &Tree{Files: map[string]map[string]string{}, Secrets: map[string]map[string]bool{}}
	names, err := filepath.Glob(filepath.Join(root, "platform/monitoring/grafana/*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no platform/monitoring/grafana", root)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := t.add(content); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return t, nil
}

func (t *Tree) add(content []byte) error {
	for documents := yaml.NewDecoder(bytes.NewReader(content)); ; {
		var node yaml.Node
		if err := documents.Decode(&node); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var object struct {
			Kind     string
			Metadata struct{ Name string }
			Data     map[string]string
		}
		var kind struct{ Kind string }
		if err := node.Decode(&kind); err != nil {
			return err
		}
		switch kind.Kind {
		case "HelmRelease":
			if err := node.Decode(&t.Release); err != nil {
				return err
			}
		case "ConfigMap", "Secret":
			if err := node.Decode(&object); err != nil {
				return err
			}
			t.keep(object.Kind, object.Metadata.Name, object.Data)
		}
	}
}

func (t *Tree) keep(kind, name string, data map[string]string) {
	if kind == "ConfigMap" {
		t.Files[name] = data
		return
	}
	t.Secrets[name] = map[string]bool{}
	for key := range data {
		t.Secrets[name][key] = true
	}
}

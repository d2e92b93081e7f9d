package node

import (
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"mvdan.cc/sh/v3/syntax"
)

type K3s map[string]map[string]bool

func ReadK3s(file string) (K3s, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	k := K3s{}
	for line := range strings.Lines(string(text)) {
		kind, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if kind == "#" || kind == "" {
			continue
		}
		if k[kind] == nil {
			k[kind] = map[string]bool{}
		}
		k[kind][name] = true
	}
	return k, nil
}

func (k K3s) JudgeConfig(text string) ([]string, error) {
	var config map[string]any
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		return nil, err
	}
	var faults []string
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if !k["option"][key] {
			faults = append(faults, "option "+key)
		}
	}
	parts, _ := config["disable"].([]any)
	for _, part := range parts {
		if name, _ := part.(string); !k["part"][name] {
			faults = append(faults, "part "+name)
		}
	}
	return faults, nil
}

func (k K3s) JudgeInstaller(name, script string) ([]string, error) {
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), name)
	if err != nil {
		return nil, err
	}
	exported := map[*syntax.Assign]bool{}
	var faults []string
	syntax.Walk(parsed, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.DeclClause:
			for _, a := range n.Args {
				exported[a] = n.Variant.Value == "export"
			}
		case *syntax.Assign:
			if n.Name == nil || !strings.HasPrefix(n.Name.Value, "INSTALL_K3S_") {
				return true
			}
			if !exported[n] {
				faults = append(faults, n.Name.Value+" is not exported")
			}
			if !k["installer"][n.Name.Value] {
				faults = append(faults, n.Name.Value+" is unknown")
			}
		}
		return true
	})
	return faults, nil
}

func JudgeRegistries(text string) error {
	var file struct {
		Mirrors map[string]struct {
			Endpoint []string
			Rewrite  map[string]string
		}
		Configs map[string]struct {
			Auth struct{ Username, Password, Auth string }
			TLS  struct {
				CAFile             string `yaml:"ca_file"`
				CertFile           string `yaml:"cert_file"`
				KeyFile            string `yaml:"key_file"`
				InsecureSkipVerify bool   `yaml:"insecure_skip_verify"`
			}
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	return decoder.Decode(&file)
}

package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// cloudConfigSchema is the schema that cloud-init's package brings.
const cloudConfigSchema = "/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json"

// JudgeUserData gives what cloud-init will not do as written: what its schema refuses, what it calls deprecated, and keys at
// the top that it does not know, which its own check lets pass.
func JudgeUserData(text []byte) ([]string, error) {
	file, err := os.CreateTemp("", "user-data-*.yml")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(text); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	var faults []string
	out, err := exec.Command("cloud-init", "schema", "--config-file", file.Name()).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("DEPRECATED")) {
		faults = append(faults, strings.TrimSpace(string(out)))
	}
	known, err := topKeys()
	if err != nil {
		return nil, err
	}
	var top map[string]yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(top)) {
		if !known[key] {
			faults = append(faults, fmt.Sprintf("%q is no key of cloud-init's", key))
		}
	}
	return faults, nil
}

func topKeys() (map[string]bool, error) {
	text, err := os.ReadFile(cloudConfigSchema)
	if err != nil {
		return nil, err
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
		AllOf []struct {
			Ref string `json:"$ref"`
		} `json:"allOf"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, part := range schema.AllOf {
		for key := range schema.Defs[strings.TrimPrefix(part.Ref, "#/$defs/")].Properties {
			known[key] = true
		}
	}
	return known, nil
}

// JudgeScript gives what shellcheck says.
func JudgeScript(script string) (string, error) {
	cmd := exec.Command("shellcheck", "--shell=bash", "--format=gcc", "-")
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	if _, found := err.(*exec.ExitError); err != nil && !found {
		return "", err
	}
	return string(out), nil
}

// Commands are the programs that a script calls by name: what is neither built into the shell nor a function of the script.
func Commands(name, script string) ([]string, error) {
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), name)
	if err != nil {
		return nil, err
	}
	functions, calls := map[string]bool{}, map[string]bool{}
	syntax.Walk(parsed, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDecl:
			functions[n.Name.Value] = true
		case *syntax.CallExpr:
			if len(n.Args) > 0 {
				if word := n.Args[0].Lit(); word != "" {
					calls[word] = true
				}
			}
		}
		return true
	})
	return slices.DeleteFunc(slices.Sorted(maps.Keys(calls)), func(name string) bool {
		return functions[name] || interp.IsBuiltin(name) || name == "mapfile"
	}), nil
}

// base are the packages that a Debian image at Hetzner has beyond those of the priorities "required" and "important": it is
// reached by SSH and set up by cloud-init.
var base = []string{"cloud-init", "openssh-server"}

// sshd's package is not installed where the tests run: it would start a server.
var ownerOf = map[string]string{"sshd": "openssh-server"}

// Missing gives the commands that would not be there: those whose Debian package is not in the base system and not among
// packages, and that no earlier step puts there.
func Missing(commands, packages, earlier []string) ([]string, error) {
	var missing []string
	for _, command := range commands {
		if slices.Contains(earlier, command) {
			continue
		}
		owner, err := packageOf(command)
		if err != nil {
			return nil, err
		}
		if owner == "" || !slices.Contains(packages, owner) && !slices.Contains(base, owner) && !basic(owner) {
			missing = append(missing, strings.TrimSuffix(command+" of package "+owner, " of package "))
		}
	}
	return missing, nil
}

// packageOf is the Debian package that has the command, "" when there is none. The answers are kept: dpkg is slow.
func packageOf(command string) (string, error) {
	owner, known := ownerOf[command]
	if known {
		return owner, nil
	}
	owner, err := findPackage(command)
	ownerOf[command] = owner
	return owner, err
}

func findPackage(command string) (string, error) {
	file, err := exec.LookPath(command)
	if err != nil {
		return "", nil
	}
	if file, err = filepath.EvalSymlinks(file); err != nil {
		return "", err
	}
	// /bin is /usr/bin since Debian 10, but the lists of packages may still have the older path.
	for _, name := range []string{file, strings.TrimPrefix(file, "/usr"), "/usr" + file} {
		out, err := exec.Command("dpkg-query", "--search", name).Output()
		if owner, _, found := strings.Cut(string(out), ":"); err == nil && found {
			return owner, nil
		}
	}
	return "", nil
}

func basic(owner string) bool {
	out, err := exec.Command("dpkg-query", "--show", "--showformat=${Essential} ${Priority}", owner).Output()
	return err == nil && (strings.HasPrefix(string(out), "yes") || strings.HasSuffix(string(out), "required") || strings.HasSuffix(string(out), "important"))
}

// K3s is what is known of k3s; see testdata/k3s.txt.
// ReadK3s reads the list.
// JudgeConfig gives what k3s does not know in a configuration file: it would refuse to start.
// JudgeInstaller gives the variables in a script that k3s's installer does not know, and those that it sets without
// exporting them.
// JudgeRegistries gives what k3s ignores in registries.yaml.

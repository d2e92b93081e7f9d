package node

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// VolumeID is the id that Terraform is played with.
const VolumeID = "10042"

// UserData is a rendered cloud-init.yml with the id of the volume filled in, as Terraform does it.
type UserData struct {
	// Text is what cloud-init gets.
	Text []byte
	// Keys are those at the top.
	Keys []string
	// Files are the files that it writes, by path.
	Files map[string]File
}

// File is one of them.
type File struct {
	Mode    os.FileMode
	Content string
}

// Trees are the clouds that are rendered in this repository, which is at root.
func Trees(root string) ([]string, error) {
	trees := []string{root}
	for _, pattern := range []string{"test/clouds/*", "examples/*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern, "cloud.cue"))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			trees = append(trees, filepath.Dir(file))
		}
	}
	return trees, nil
}

// Read reads the user data of the cloud at root.
func Read(root string) (*UserData, error) {
	text, err := os.ReadFile(filepath.Join(root, "infrastructure", "cloud-init.yml"))
	if err != nil {
		return nil, err
	}
	return Parse(bytes.ReplaceAll(text, []byte("@VOLUME_ID@"), []byte(VolumeID)))
}

// Parse reads user data.
func Parse(text []byte) (*UserData, error) {
	if !bytes.HasPrefix(text, []byte("#cloud-config\n")) {
		return nil, fmt.Errorf("the first line is not \"#cloud-config\"")
	}
	var top map[string]yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, err
	}
	u := &UserData{Text: text, Keys: slices.Sorted(maps.Keys(top)), Files: map[string]File{}}
	var files []struct {
		Path, Permissions, Encoding, Content string
	}
	node := top["write_files"]
	if err := node.Decode(&files); err != nil {
		return nil, err
	}
	for _, f := range files {
		mode, err := strconv.ParseUint(f.Permissions, 8, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		content, err := decode(f.Content, f.Encoding)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		if _, twice := u.Files[f.Path]; twice {
			return nil, fmt.Errorf("%s is written twice", f.Path)
		}
		u.Files[f.Path] = File{Mode: os.FileMode(mode), Content: content}
	}
	return u, nil
}

func decode(content, encoding string) (string, error) {
	if encoding == "" {
		return content, nil
	}
	plain, err := base64.StdEncoding.DecodeString(content)
	if err != nil || encoding == "b64" {
		return string(plain), err
	}
	return "", fmt.Errorf("encoding %q", encoding)
}

// Scripts are the paths of the files that a shell runs.
func (u *UserData) Scripts() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(u.Files)) {
		if strings.HasPrefix(u.Files[name].Content, "#!/bin/") || strings.HasSuffix(name, ".sh") {
			out = append(out, name)
		}
	}
	return out
}

// Units are the names of the systemd units that it brings.
func (u *UserData) Units() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(u.Files)) {
		if unit, ok := strings.CutPrefix(name, "/etc/systemd/system/"); ok && !strings.Contains(unit, "/") {
			out = append(out, unit)
		}
	}
	return out
}

// Package verdicts reads the cases in gen/conform/testdata/verdicts: objects
// with the answer that a real API server gives to each. The server records its
// answers there (test/accept); the judge without a server is held to them.
package verdicts

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
	kyaml "sigs.k8s.io/yaml"
)

// What the server does with an object.
const (
	Accepted = "accepted"
	Refused  = "refused"
)

// Why an object is refused, as a person reads the server's answer.
const (
	// UnknownField: the kind has no such field.
	UnknownField = "unknown-field"
	// InvalidField: one field's value, or its absence, is wrong by itself.
	InvalidField = "invalid-field"
	// InvalidObject: fields contradict each other, or stand at a place
	// where they may not be.
	InvalidObject = "invalid-object"
)

// Case is one object and what is said about it.
type Case struct {
	// Name is unique among all cases.
	Name string `yaml:"name"`
	// Verdict is Accepted or Refused.
	Verdict string `yaml:"verdict"`
	// By and Path say what is wrong with a refused object, and where: field
	// names with dots, indices and keys of free maps in brackets, as in
	// spec.ports[0].name and data[app.yaml].
	By   string `yaml:"by"`
	Path string `yaml:"path"`
	// Server is the recorded answer of the API server: "accepted", or its
	// message.
	Server string `yaml:"server"`
	// Flux is what became of the object when kustomize-controller sent it,
	// recorded where that differs from Server.
	Flux string `yaml:"flux"`
	// Object is the object as it would stand in a repository.
	Object yaml.Node `yaml:"object"`

	// File is the base name of the file that holds the case.
	File string `yaml:"-"`
	// YAML is the object as text.
	YAML []byte `yaml:"-"`
}

// JSON returns the object as kustomize would pass it on.
func (c Case) JSON() ([]byte, error) {
	data, err := kyaml.YAMLToJSON(c.YAML)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", c.File, c.Name, err)
	}
	return data, nil
}

// Load returns the cases of every file in the directory, in the order of the
// files' names.
func Load(dir string) ([]Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var cases []Case
	seen := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		found, err := parse(filepath.Base(file), data)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			if other, ok := seen[c.Name]; ok {
				return nil, fmt.Errorf("%s: case %q is in %s too", c.File, c.Name, other)
			}
			seen[c.Name] = c.File
		}
		cases = append(cases, found...)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("no case in %s", dir)
	}
	return cases, nil
}

func parse(file string, data []byte) ([]Case, error) {
	var cases []Case
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	for {
		c := Case{File: file}
		switch err := decoder.Decode(&c); {
		case err == io.EOF:
			return cases, nil
		case err != nil:
			return nil, fmt.Errorf("%s: after case %d: %w", file, len(cases), err)
		}
		if err := c.check(); err != nil {
			return nil, err
		}
		object, err := yaml.Marshal(&c.Object)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, c.Name, err)
		}
		c.YAML = object
		cases = append(cases, c)
	}
}

// check says what is wrong with the envelope of a case.
func (c Case) check() error {
	complaint := ""
	switch {
	case c.Name == "":
		complaint = "has no name"
	case c.Object.Kind != yaml.MappingNode:
		complaint = "has no object"
	case c.Verdict == Accepted && c.By+c.Path != "":
		complaint = "is accepted and has a reason to be refused"
	case c.Verdict == Refused && c.Path == "":
		complaint = "is refused and has no path"
	case c.Verdict == Refused && c.By != UnknownField && c.By != InvalidField && c.By != InvalidObject:
		complaint = fmt.Sprintf("is refused by %q", c.By)
	case c.Verdict != Accepted && c.Verdict != Refused:
		complaint = fmt.Sprintf("has the verdict %q", c.Verdict)
	default:
		return nil
	}
	return fmt.Errorf("%s: case %q %s", c.File, c.Name, complaint)
}

// Answer is what a server said about one case.
type Answer struct{ Server, Flux string }

// Record writes the answers into the files of the directory, beside the cases
// that they belong to, and leaves every other line as it is.
func Record(dir string, answers map[string]Answer) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, recorded(data, answers), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// recorded relies on the form of the files: the envelope's fields are the only
// lines that start at the margin, and object is the last of them.
func recorded(data []byte, answers map[string]Answer) []byte {
	var out strings.Builder
	var answer Answer
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ": ")
		switch key {
		case "server", "flux":
			continue
		case "name":
			answer = answers[value]
		case "object:":
			writeAnswer(&out, "server", answer.Server)
			writeAnswer(&out, "flux", answer.Flux)
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}

// writeAnswer writes one line; a Go string in quotes is YAML too.
func writeAnswer(out *strings.Builder, key, value string) {
	if value != "" {
		fmt.Fprintf(out, "%s: %q\n", key, value)
	}
}

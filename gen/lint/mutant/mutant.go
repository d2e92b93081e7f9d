// Package mutant describes ways to break a cloud, each with the findings that should come, and applies them to a tree in
// memory. It is pure: the disk is never changed.
package mutant

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Mutant is one way to break a cloud.
type Mutant struct {
	// Name is unique over all lists, in kebab-case.
	Name string `yaml:"name"`
	// Class is the class of mistakes that it comes from.
	Class string `yaml:"class"`
	// Why says in one sentence what happens in the cluster.
	Why string `yaml:"why"`
	// Cloud is the directory of the cloud that is broken, from the root of the repository; "." is the reference cloud.
	Cloud string `yaml:"cloud"`
	// Edits are carried out in their order.
	Edits []Edit `yaml:"edits"`
	// Want are the findings that should come: one for each root cause.
	Want []Finding `yaml:"want"`
}

// Edit is one change of a tree: exactly one of Delete, Replace, Create, Append and Move.
type Edit struct {
	// File is the path in the cloud. Delete and Move take a folder too.
	File string `yaml:"file"`
	// Delete removes it.
	Delete bool `yaml:"delete"`
	// Replace is the text that With takes the place of. It occurs exactly once, unless All is set.
	Replace string `yaml:"replace"`
	With    string `yaml:"with"`
	All     bool   `yaml:"all"`
	// Create is the content of a file that was not there.
	Create *string `yaml:"create"`
	// Append is added at the end.
	Append string `yaml:"append"`
	// Move is the new path, where nothing was.
	Move string `yaml:"move"`
}

// Severities of findings.
const (
	Error   = "error"
	Warning = "warning"
)

// Finding is what should be reported, at the place where a person must look first.
type Finding struct {
	Rule     string `yaml:"rule"`
	Severity string `yaml:"severity"`
	// File is the path in the broken cloud.
	File string `yaml:"file"`
	// Line is a text that occurs once in the file. It may span lines: the reported line is the one that it ends on, what
	// stands above tells it from others. Empty means the file as a whole.
	Line string `yaml:"line"`
}

// At gives the number of the reported line, from 1, in the content of the broken file; 0 is the file as a whole.
func (f Finding) At(content string) (int, error) {
	if f.Line == "" {
		return 0, nil
	}
	if n := strings.Count(content, f.Line); n != 1 {
		return 0, fmt.Errorf("%s: the text %q occurs %d times", f.File, f.Line, n)
	}
	end := strings.Index(content, f.Line) + len(strings.TrimRight(f.Line, "\n"))
	return 1 + strings.Count(content[:end], "\n"), nil
}

// Parse reads a list. Unknown fields and incomplete mutants are errors.
func Parse(data []byte) ([]Mutant, error) { return parse(data, true) }

// ParseHealthy reads a list of edits that break nothing: they want nothing.
func ParseHealthy(data []byte) ([]Mutant, error) { return parse(data, false) }

func parse(data []byte, broken bool) ([]Mutant, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var list []Mutant
	if err := decoder.Decode(&list); err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("a list is one document")
	}
	for i := range list {
		m := &list[i]
		if m.Cloud == "" {
			m.Cloud = "."
		}
		if err := m.validate(broken); err != nil {
			return nil, fmt.Errorf("mutant %d %q: %w", i+1, m.Name, err)
		}
	}
	return list, nil
}

func (m Mutant) validate(broken bool) error {
	switch {
	case m.Name == "" || strings.Trim(m.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return errors.New("the name is not in kebab-case")
	case m.Class == "" || m.Why == "":
		return errors.New("class and why are required")
	case !fs.ValidPath(m.Cloud):
		return fmt.Errorf("%q is no directory of the repository", m.Cloud)
	case len(m.Edits) == 0 || broken && len(m.Want) == 0:
		return errors.New("edits and want are required")
	case !broken && len(m.Want) > 0:
		return errors.New("it breaks nothing, so it wants nothing")
	}
	for _, e := range m.Edits {
		if err := e.validate(); err != nil {
			return err
		}
	}
	for _, f := range m.Want {
		if f.Rule == "" || !fs.ValidPath(f.File) || !slices.Contains([]string{Error, Warning}, f.Severity) {
			return fmt.Errorf("a finding needs rule, severity and file: %+v", f)
		}
	}
	return nil
}

func (e Edit) validate() error {
	kinds := 0
	for _, set := range []bool{e.Delete, e.Replace != "", e.Create != nil, e.Append != "", e.Move != ""} {
		if set {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return fmt.Errorf("edit of %q: exactly one of delete, replace, create, append and move", e.File)
	case e.Replace == "" && (e.With != "" || e.All):
		return fmt.Errorf("edit of %q: with and all belong to replace", e.File)
	case !fs.ValidPath(e.File) || e.Move != "" && !fs.ValidPath(e.Move):
		return fmt.Errorf("edit of %q: not a path in the cloud", e.File)
	}
	return nil
}

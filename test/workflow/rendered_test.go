package workflow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// repository is the root of the project.
const repository = "../.."

// clouds are the folders of all rendered clouds.
func clouds(t *testing.T) []string {
	t.Helper()
	if tree := os.Getenv("LVSGEN_TREE"); tree != "" {
		return []string{tree}
	}
	out := []string{repository}
	for _, pattern := range []string{"examples/*/cloud.cue", "test/clouds/*/cloud.cue"} {
		names, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			out = append(out, filepath.Dir(name))
		}
	}
	if len(out) < 2 {
		t.Fatal("only the reference cloud was found")
	}
	return out
}

// workflows gives the texts of a cloud's workflows by file name.
func workflows(t *testing.T, cloud string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(cloud, ".github/workflows/*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		if out[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// workflow is what the tests read of one.
type workflow struct {
	On          map[string]*filter
	Permissions map[string]string
	Jobs        map[string]job
}

type filter struct {
	Branches    []string
	Tags        []string
	Paths       []string
	PathsIgnore []string `yaml:"paths-ignore"`
}

type job struct {
	If          string
	Needs       any
	Permissions map[string]string
	Timeout     int `yaml:"timeout-minutes"`
	Env         map[string]string
	Outputs     map[string]string
	Steps       []step
}

type step struct {
	Name  string
	ID    string
	Uses  string
	With  map[string]string
	Shell string
	Env   map[string]string
	Run   string
}

// open reads one workflow of a cloud.
func open(t *testing.T, cloud, name string) workflow {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(cloud, ".github/workflows", name))
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	if err := yaml.Unmarshal(content, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// step finds a step by its name.
func (w workflow) step(t *testing.T, job, name string) step {
	t.Helper()
	for _, s := range w.Jobs[job].Steps {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("job %q has no step %q", job, name)
	return step{}
}

// environment gives the step's variables that are plain text, over those given; the others must be given.
func (s step) environment(t *testing.T, given map[string]string) []string {
	t.Helper()
	var out []string
	for name, value := range s.Env {
		text, ok := given[name]
		if !ok {
			if text = value; strings.Contains(value, "${{") {
				t.Fatalf("the test gives no value for %s: %s", name, value)
			}
		}
		out = append(out, name+"="+text)
	}
	for name, value := range given {
		if _, ok := s.Env[name]; !ok {
			out = append(out, name+"="+value)
		}
	}
	return out
}

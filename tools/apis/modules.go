package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// A module is a Go module on this machine.
type module struct{ Path, Version, Dir, Error string }

// download returns the modules of the given paths in the versions that the module in the folder pins requires. The go
// command checks them against go.sum.
func download(pins string, paths ...string) ([]module, error) {
	cmd := exec.Command("go", append([]string{"mod", "download", "-json"}, paths...)...)
	cmd.Dir = pins
	cmd.Env = environment()
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	found := map[string]module{}
	var problems []error
	for decoder := json.NewDecoder(output); ; {
		var m module
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			problems = append(problems, err)
			break
		}
		if m.Error != "" {
			problems = append(problems, fmt.Errorf("%s: %s", m.Path, m.Error))
		}
		found[m.Path] = m
	}
	problems = append(problems, cmd.Wait())
	var modules []module
	for _, path := range paths {
		if found[path].Dir == "" {
			problems = append(problems, fmt.Errorf("%s requires no %s", pins, path))
		}
		modules = append(modules, found[path])
	}
	return modules, errors.Join(problems...)
}

// environment is that of this process, without what would let the go command look past a module's own go.mod and go.sum.
func environment() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "PWD=")
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// A lifecycle is what the API types of Kubernetes say about the life of a kind: the minor versions of Kubernetes 1 in
// which it was deprecated and removed (0: neither), and what takes its place ("apiVersion Kind", empty for nothing).
type lifecycle struct {
	deprecated, removed int
	replacement         string
}

// method matches a generated method that returns a version of Kubernetes or a kind.
const method = `(?s)func \(in \*%s\) APILifecycle%s\(\) [^{]*\{\s*return ([^\n]*)\n\}`

var (
	release1    = regexp.MustCompile(`^1, (\d+)$`)
	replacement = regexp.MustCompile(`^schema\.GroupVersionKind\{Group: "([^"]*)", Version: "([^"]*)", Kind: "([^"]*)"\}$`)
)

// readLifecycle reads the generated methods of a kind in the folder of its API version.
func readLifecycle(folder, kind string) (lifecycle, error) {
	source, err := os.ReadFile(filepath.Join(folder, "zz_generated.prerelease-lifecycle.go"))
	if errors.Is(err, fs.ErrNotExist) {
		return lifecycle{}, nil // this version has no end
	}
	if err != nil {
		return lifecycle{}, err
	}
	returned := func(name string) string {
		match := regexp.MustCompile(fmt.Sprintf(method, kind, name)).FindSubmatch(source)
		if match == nil {
			return ""
		}
		return string(match[1])
	}
	var out lifecycle
	for name, minor := range map[string]*int{"Deprecated": &out.deprecated, "Removed": &out.removed} {
		text := returned(name)
		if text == "" {
			continue
		}
		match := release1.FindStringSubmatch(text)
		if match == nil {
			return lifecycle{}, fmt.Errorf("%s: %s of %s is %q", folder, name, kind, text)
		}
		if *minor, err = strconv.Atoi(match[1]); err != nil {
			return lifecycle{}, err
		}
	}
	if text := returned("Replacement"); text != "" {
		match := replacement.FindStringSubmatch(text)
		if match == nil {
			return lifecycle{}, fmt.Errorf("%s: the replacement of %s is %q", folder, kind, text)
		}
		out.replacement = match[2] + " " + match[3]
		if match[1] != "" {
			out.replacement = match[1] + "/" + out.replacement
		}
	}
	return out, nil
}

// warning is what the API server of Kubernetes 1.minor answers when the kind is applied; empty when there is nothing to
// warn of. The words are those of k8s.io/apiserver/pkg/endpoints/deprecation.
func (l lifecycle) warning(k kind, minor int) string {
	if l.deprecated == 0 || l.deprecated > minor {
		return ""
	}
	text := fmt.Sprintf("%s %s is deprecated in v1.%d+", k.apiVersion, k.kind, l.deprecated)
	if l.removed != 0 {
		text += fmt.Sprintf(", unavailable in v1.%d+", l.removed)
	}
	if l.replacement != "" {
		text += "; use " + l.replacement
	}
	return text
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// kubernetes are the kinds of Kubernetes itself: what its API server publishes as OpenAPI v3, which its module keeps as
// files, and the life cycles that its API types carry.
type kubernetes struct {
	pins  string
	minor int
}

func (k kubernetes) read(root string) (*served, error) {
	modules, err := download(filepath.Join(root, filepath.FromSlash(k.pins)), "k8s.io/api", "k8s.io/kubernetes")
	if err != nil {
		return nil, err
	}
	if err := onlyStable(filepath.Join(modules[1].Dir, "pkg", "controlplane", "instance.go")); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(modules[1].Dir, "api", "openapi-spec", "v3", "api*__v*_openapi.json"))
	if err != nil {
		return nil, err
	}
	out := &served{modules: modules, definitions: map[string]json.RawMessage{}}
	schemas := map[string]map[string]any{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := out.addOpenAPI(data, schemas); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := k.deprecate(modules[0].Dir, out.kinds); err != nil {
		return nil, err
	}
	return out, out.reach(schemas)
}

// openAPI is what matters of a document of OpenAPI v3.
type openAPI struct {
	Paths map[string]struct {
		Patch *struct {
			Kind      groupVersionKind `json:"x-kubernetes-group-version-kind"`
			Responses map[string]struct {
				Content map[string]struct{ Schema map[string]any }
			}
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

type groupVersionKind struct{ Group, Version, Kind string }

// item matches the path of one object. Objects that can only be created there and then, such as a TokenReview, have none:
// they are questions to the API server, nothing that a repository holds.
var item = regexp.MustCompile(`^/(?:api|apis/[^/]+)/[^/]+(/namespaces/\{namespace\})?/([^/{}]+)/\{name\}$`)

// addOpenAPI adds the kinds of one API group's version whose objects can be applied, and collects its schemas.
func (s *served) addOpenAPI(data []byte, schemas map[string]map[string]any) error {
	var document openAPI
	if err := decode(data, &document); err != nil {
		return err
	}
	for path, operations := range document.Paths {
		match := item.FindStringSubmatch(path)
		if match == nil || operations.Patch == nil {
			continue
		}
		of := operations.Patch.Kind
		ref, _ := operations.Patch.Responses["200"].Content["application/json"].Schema["$ref"].(string)
		if ref == "" {
			return fmt.Errorf("%s: no schema of %s", path, of.Kind)
		}
		s.kinds = append(s.kinds, kind{
			apiVersion: strings.TrimPrefix(of.Group+"/"+of.Version, "/"),
			kind:       of.Kind,
			plural:     match[2],
			namespaced: match[1] != "",
			definition: short(ref),
			off:        unstable.MatchString(of.Version),
		})
	}
	for name, schema := range document.Components.Schemas {
		strip(schema)
		if err := addSchema(schemas, name, schema); err != nil {
			return err
		}
	}
	return nil
}

// addSchema adds a definition. One that another document has in another form is marked by nil: WatchEvent is of that
// sort, and no kind may be.
func addSchema(schemas map[string]map[string]any, name string, schema map[string]any) error {
	old, there := schemas[name]
	if !there {
		schemas[name] = schema
		return nil
	}
	before, err := canonical(old)
	if err != nil {
		return err
	}
	after, err := canonical(schema)
	if err != nil {
		return err
	}
	if string(before) != string(after) {
		schemas[name] = nil
	}
	return nil
}

// reach keeps the definitions that a kind needs.
func (s *served) reach(schemas map[string]map[string]any) error {
	var names []string
	for _, k := range s.kinds {
		if schemas[k.definition] == nil {
			return fmt.Errorf("%s %s: no definition %s", k.apiVersion, k.kind, k.definition)
		}
		openStatus(schemas[k.definition])
		names = append(names, k.definition)
	}
	for len(names) > 0 {
		name := names[len(names)-1]
		names = names[:len(names)-1]
		if _, done := s.definitions[name]; done {
			continue
		}
		schema := schemas[name]
		if schema == nil {
			return fmt.Errorf("definition %s is missing, or has several forms", name)
		}
		text, err := canonical(schema)
		if err != nil {
			return err
		}
		s.definitions[name] = text
		names = references(names, schema)
	}
	return nil
}

// unstable matches the versions that an API server serves only when it is told to, by --runtime-config. That all alpha
// and all beta versions are so is what onlyStable holds.
var unstable = regexp.MustCompile(`alpha|beta`)

// enabled matches the lists of API versions that the API server has on by default.
var enabled = regexp.MustCompile(`(?s)\n\t\w*EnabledByDefault\w*\s*=\s*\[\]schema\.\w+\{(.*?)\n\t\}`)

// onlyStable fails when the API server's source turns an alpha or beta version on by default, or when it says so in a
// form that is not known here.
func onlyStable(file string) error {
	source, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	on := bytes.Join(enabled.FindAll(source, -1), nil)
	if !bytes.Contains(on, []byte("appsv1.SchemeGroupVersion")) {
		return fmt.Errorf("%s: the versions that are on by default are not where they were", file)
	}
	if match := unstable.Find(on); match != nil {
		return fmt.Errorf("%s: one that is %s is on by default", file, match)
	}
	return nil
}

// deprecate gives the kinds the warnings that the API server answers with.
func (k kubernetes) deprecate(apiModule string, kinds []kind) error {
	for i := range kinds {
		path, is := strings.CutPrefix(kinds[i].definition, "io.k8s.api.")
		if !is {
			continue
		}
		folder := filepath.Join(apiModule, filepath.FromSlash(strings.ReplaceAll(path[:strings.LastIndex(path, ".")], ".", "/")))
		cycle, err := readLifecycle(folder, kinds[i].kind)
		if err != nil {
			return err
		}
		kinds[i].deprecation = cycle.warning(kinds[i], k.minor)
	}
	slices.SortFunc(kinds, func(a, b kind) int { return strings.Compare(a.apiVersion+a.kind, b.apiVersion+b.kind) })
	return nil
}

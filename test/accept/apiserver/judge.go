//go:build accept

package apiserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"time"
)

// Resource is how the API server serves one kind.
type Resource struct {
	// Path is the base of the group's version, "/api/v1" or
	// "/apis/apps/v1", Plural the resource's name in it.
	Path, Plural string
	Namespaced   bool
}

// discover asks the server which kinds it serves.
func (s *Server) discover() error {
	resources := map[string]Resource{}
	for _, root := range []string{"/api", "/apis"} {
		answer, err := s.do(http.MethodGet, root, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", nil)
		if err != nil {
			return fmt.Errorf("discovery: %w", err)
		}
		if err := addResources(resources, root, answer); err != nil {
			return fmt.Errorf("discovery: %w", err)
		}
	}
	s.resources = resources
	return nil
}

// addResources reads an APIGroupDiscoveryList.
func addResources(resources map[string]Resource, root string, list []byte) error {
	var groups struct {
		Items []struct {
			Metadata struct{ Name string }
			Versions []struct {
				Version   string
				Resources []struct {
					Resource     string
					Scope        string
					ResponseKind struct{ Kind string }
				}
			}
		}
	}
	if err := json.Unmarshal(list, &groups); err != nil {
		return err
	}
	for _, group := range groups.Items {
		for _, version := range group.Versions {
			apiVersion := path.Join(group.Metadata.Name, version.Version)
			for _, r := range version.Resources {
				resources[apiVersion+"/"+r.ResponseKind.Kind] = Resource{
					Path: root + "/" + apiVersion, Plural: r.Resource, Namespaced: r.Scope == "Namespaced",
				}
			}
		}
	}
	return nil
}

// APIVersions returns the API versions ("apps/v1") and kinds
// ("apps/v1/Deployment") that the server serves, sorted.
func (s *Server) APIVersions() []string {
	all := map[string]bool{}
	for kind := range s.resources {
		all[kind] = true
		all[path.Dir(kind)] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// Version returns the server's Kubernetes version, for example "v1.36.3".
func (s *Server) Version() (string, error) {
	answer, err := s.do(http.MethodGet, "/version", "", nil)
	if err != nil {
		return "", err
	}
	var version struct{ GitVersion string }
	err = json.Unmarshal(answer, &version)
	return version.GitVersion, err
}

// identity is what an address is made of.
type identity struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

// address returns the path of an object. An object of a namespaced kind that
// names no namespace goes into the given one, and needs one.
func (s *Server) address(object []byte, namespace string) (string, error) {
	var id identity
	if err := json.Unmarshal(object, &id); err != nil {
		return "", err
	}
	if id.Metadata.Name == "" {
		return "", errors.New("the object has no metadata.name")
	}
	resource, ok := s.resources[id.APIVersion+"/"+id.Kind]
	if !ok {
		return "", fmt.Errorf("the API server does not serve %s %s", id.APIVersion, id.Kind)
	}
	address := resource.Path
	if resource.Namespaced {
		if id.Metadata.Namespace != "" {
			namespace = id.Metadata.Namespace
		}
		if namespace == "" {
			return "", errors.New("the object names no namespace and its kind needs one")
		}
		address += "/namespaces/" + url.PathEscape(namespace)
	}
	return address + "/" + resource.Plural + "/" + url.PathEscape(id.Metadata.Name), nil
}

// Judge asks the server, by a dry run of the server-side apply that Flux does,
// whether it would accept an object given as JSON. Unknown and duplicate fields
// are refused. An object of a namespaced kind that names no namespace goes into
// the given one. The error is a *Refusal if the server was asked.
func (s *Server) Judge(object []byte, namespace string) error {
	return s.apply(object, namespace, strict+"&dryRun=All")
}

// JudgeAsKustomizeController asks with the options that kustomize-controller
// sends: it leaves the strictness of the decoding to the server.
func (s *Server) JudgeAsKustomizeController(object []byte) error {
	return s.apply(object, "", "?fieldManager=kustomize-controller&force=true&dryRun=All")
}

// Create makes an object real, for what others depend on: a namespace, a CRD.
func (s *Server) Create(object []byte) error { return s.apply(object, "", strict) }

// Delete removes an object that was made.
func (s *Server) Delete(object []byte) error {
	address, err := s.address(object, "")
	if err != nil {
		return err
	}
	_, err = s.do(http.MethodDelete, address, "", nil)
	return err
}

const strict = "?fieldManager=lvsgen-accept&fieldValidation=Strict&force=true"

func (s *Server) apply(object []byte, namespace, query string) error {
	address, err := s.address(object, namespace)
	if err != nil {
		return err
	}
	_, err = s.do(http.MethodPatch, address+query, "application/apply-patch+yaml", object)
	return err
}

// establishLimit is for all CRDs together; it takes seconds.
const establishLimit = 2 * time.Minute

// InstallCRDs creates CustomResourceDefinitions, given as JSON, and returns when
// the server serves their kinds.
func (s *Server) InstallCRDs(crds ...[]byte) error {
	var kinds []string
	for _, crd := range crds {
		served, err := servedKinds(crd)
		if err != nil {
			return err
		}
		if err := s.Create(crd); err != nil {
			return fmt.Errorf("CRD of %v: %w", served, err)
		}
		kinds = append(kinds, served...)
	}
	return poll(establishLimit, s.programs, func() error { return s.serves(kinds) })
}

// servedKinds returns the kinds ("group/version/Kind") that a CRD defines.
func servedKinds(crd []byte) ([]string, error) {
	var definition struct {
		Kind string
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Served bool
			}
		}
	}
	if err := json.Unmarshal(crd, &definition); err != nil {
		return nil, err
	}
	if definition.Kind != "CustomResourceDefinition" {
		return nil, fmt.Errorf("kind %q is not a CustomResourceDefinition", definition.Kind)
	}
	var kinds []string
	for _, version := range definition.Spec.Versions {
		if version.Served {
			kinds = append(kinds, definition.Spec.Group+"/"+version.Name+"/"+definition.Spec.Names.Kind)
		}
	}
	return kinds, nil
}

// serves says which of the kinds the server does not serve yet. Discovery can
// name a kind a moment before its address answers, so it asks there too.
func (s *Server) serves(kinds []string) error {
	if err := s.discover(); err != nil {
		return err
	}
	for _, kind := range kinds {
		resource, ok := s.resources[kind]
		if !ok {
			return fmt.Errorf("%s is not served", kind)
		}
		if _, err := s.do(http.MethodGet, resource.Path+"/"+resource.Plural+"?limit=1", "", nil); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

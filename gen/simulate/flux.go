package simulate

import (
	"encoding/json"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
)

// The API groups of Flux.
const (
	groupKustomize = "kustomize.toolkit.fluxcd.io"
	groupHelm      = "helm.toolkit.fluxcd.io"
	groupSource    = "source.toolkit.fluxcd.io"
)

// fluxNamespace and fluxName are what Flux's bootstrap calls its Kustomization and its source.
const (
	fluxNamespace = "flux-system"
	fluxName      = "flux-system"
)

// reference names an object in a Flux object.
type reference struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// kustomization is the part of a Flux Kustomization that decides what it applies (kustomize.toolkit.fluxcd.io/v1).
type kustomization struct {
	Path            string    `json:"path"`
	SourceRef       reference `json:"sourceRef"`
	TargetNamespace string    `json:"targetNamespace"`
	NamePrefix      string    `json:"namePrefix"`
	NameSuffix      string    `json:"nameSuffix"`
	Components      []string  `json:"components"`
	// IgnoreMissingComponents lets components be missing.
	IgnoreMissingComponents bool `json:"ignoreMissingComponents"`
	Patches                 []struct {
		Patch  string          `json:"patch"`
		Target *types.Selector `json:"target"`
	} `json:"patches"`
	Images         []types.Image `json:"images"`
	CommonMetadata metadata      `json:"commonMetadata"`
	PostBuild      *postBuild    `json:"postBuild"`
	// ignored tells which files its source leaves out; nil when that is not known.
	ignored func(name string) bool
}

type metadata struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

type postBuild struct {
	Substitute     map[string]string `json:"substitute"`
	SubstituteFrom []struct {
		Kind     string `json:"kind"`
		Name     string `json:"name"`
		Optional bool   `json:"optional"`
	} `json:"substituteFrom"`
}

// folder is the path inside the repository.
func (k *kustomization) folder() string { return confined(k.Path) }

// confined is a path from the root of the source as Flux reads it: one that leads out of the source ends at its root, so
// "../apps" is the folder "apps" (SecureJoin of github.com/cyphar/filepath-securejoin).
func confined(name string) string {
	return path.Clean(strings.TrimPrefix(path.Join("/", name), "/"))
}

// release is the part of a HelmRelease that decides what it installs (helm.toolkit.fluxcd.io/v2).
type release struct {
	Chart *struct {
		Spec struct {
			Chart                    string    `json:"chart"`
			Version                  string    `json:"version"`
			SourceRef                reference `json:"sourceRef"`
			ValuesFiles              []string  `json:"valuesFiles"`
			IgnoreMissingValuesFiles bool      `json:"ignoreMissingValuesFiles"`
			ReconcileStrategy        string    `json:"reconcileStrategy"`
		} `json:"spec"`
	} `json:"chart"`
	ChartRef        *reference       `json:"chartRef"`
	ReleaseName     string           `json:"releaseName"`
	TargetNamespace string           `json:"targetNamespace"`
	Values          map[string]any   `json:"values"`
	ValuesFrom      []valueReference `json:"valuesFrom"`
	CommonMetadata  metadata         `json:"commonMetadata"`
	Install         struct {
		CreateNamespace bool   `json:"createNamespace"`
		CRDs            string `json:"crds"`
	} `json:"install"`
	PostRenderers []struct {
		Kustomize struct {
			Patches []types.Patch `json:"patches"`
			Images  []types.Image `json:"images"`
		} `json:"kustomize"`
	} `json:"postRenderers"`
}

type valueReference struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	ValuesKey  string `json:"valuesKey"`
	TargetPath string `json:"targetPath"`
	Optional   bool   `json:"optional"`
	Literal    bool   `json:"literal"`
}

// decode fills a struct from an object's spec. Fields of a wrong type are the schema's to report: they stay empty.
func decode(spec any, into any) bool {
	data, err := json.Marshal(spec)
	return err == nil && json.Unmarshal(data, into) == nil
}

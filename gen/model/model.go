// Package model is the cloud as plain Go values: what the inputs say, with every default filled in. It knows nothing of
// CUE; the only trace of it is Locator, by which every value knows the line that set it.
package model

import (
	"encoding/json"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// Locator finds the line of the inputs that set a value.
type Locator interface {
	// Position gives the place of the value at path below this one ("image", "version"), or, when the inputs do not
	// mention it, of the nearest part above it that they do.
	Position(path ...string) diag.Position
}

// Inputs is everything that one repository says.
type Inputs struct {
	// SchemaVersion is the generation of the inputs.
	SchemaVersion int
	// Files are the input files, sorted.
	Files []string
	// Module is the path of the repository's CUE module.
	Module  string
	Cloud   Cloud
	Cluster Cluster
	// Apps are sorted by name.
	Apps []App
}

// Cloud is what all clusters share. Its fields are those of schema.#Cloud.
type Cloud struct {
	Domain    string   `json:"domain"`
	ACMEEmail string   `json:"acmeEmail"`
	Git       Git      `json:"git"`
	Registry  Registry `json:"registry"`
	S3        S3       `json:"s3"`
	DNS       struct {
		// Records tells that Terraform makes them.
		Records bool `json:"records"`
		// Zone is Domain or one above it.
		Zone string `json:"zone"`
	} `json:"dns"`
	Secrets struct {
		Mode SecretsMode `json:"mode"`
		// Recipients are the age recipients of the files of mode "sops".
		Recipients []string `json:"recipients"`
	} `json:"secrets"`
	GitHub    GitHub    `json:"github"`
	PreCommit PreCommit `json:"preCommit"`
	// Alerts is nil when nobody is told.
	Alerts *Alerts `json:"alerts"`
	Prices Prices  `json:"prices"`
	Expect Expect  `json:"expect"`

	At Locator `json:"-"`
	// Source is the input file, for the headers of what is rendered from it.
	Source string `json:"-"`
}

// Alerts are the ways that alerts take out of the cloud.
type Alerts struct {
	Email *struct {
		To   string `json:"to"`
		From string `json:"from"`
		SMTP struct {
			Host string `json:"host"`
			Port int    `json:"port"`
			User string `json:"user"`
		} `json:"smtp"`
	} `json:"email"`
	Webhook   bool `json:"webhook"`
	NTFY      bool `json:"ntfy"`
	Heartbeat bool `json:"heartbeat"`
}

// SecretsMode says how secret values reach the cluster.
type SecretsMode string

// The modes of schema.#Cloud.secrets.mode.
const (
	SecretsTerraform SecretsMode = "terraform"
	SecretsSOPS      SecretsMode = "sops"
)

// Git is the repository that Flux reads.
type Git struct {
	URL string `json:"url"`
	// KnownHosts are lines of known_hosts for an ssh:// URL, or "".
	KnownHosts string `json:"knownHosts"`
	Branch     string `json:"branch"`
	Author     struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"author"`
}

// Registry is where the images of the apps live.
type Registry struct {
	Host string `json:"host"`
	User string `json:"user"`
}

// S3 is the object storage.
type S3 struct {
	Location string `json:"location"`
	Buckets  struct {
		Backups string `json:"backups"`
		State   string `json:"state"`
	} `json:"buckets"`
}

// Cluster is one k3s cluster. Its fields are those of schema.#Cluster.
type Cluster struct {
	Name    string            `json:"-"`
	Servers map[string]Server `json:"servers"`
	Volume  struct {
		// Size in GB.
		Size int `json:"size"`
	} `json:"volume"`
	Network struct {
		Range   string `json:"range"`
		Subnet  string `json:"subnet"`
		Address string `json:"address"`
	} `json:"network"`
	SSHKeys map[string]string `json:"sshKeys"`
	// SSHHostKey is the node's public key, or "".
	SSHHostKey string `json:"sshHostKey"`
	K3s        struct {
		Version string `json:"version"`
	} `json:"k3s"`
	UpgradeWindow struct {
		Day      string `json:"day"`
		From     string `json:"from"`
		To       string `json:"to"`
		TimeZone string `json:"timeZone"`
	} `json:"upgradeWindow"`
	Flux     Flux     `json:"flux"`
	Capacity Capacity `json:"capacity"`
	// Services are sorted by name.
	Services []Service `json:"-"`

	At     Locator `json:"-"`
	Source string  `json:"-"`
}

// Server is one machine at Hetzner.
type Server struct {
	Type     string `json:"type"`
	Location string `json:"location"`
	// Image is the operating system that a new server starts with.
	Image string `json:"image"`
}

// Capacity is what the sums of a node are made of, besides the services and the apps.
type Capacity struct {
	// UsablePercent is the share of the sold memory that Linux has.
	UsablePercent int                 `json:"usablePercent"`
	Parts         map[string]NodePart `json:"parts"`
	// Measured replaces the expected use of services, by name.
	Measured map[string]Use `json:"measured"`
	// Machines are the server types that can be ordered.
	Machines map[string]Machine `json:"machines"`
}

// NodePart is something that runs on the node beside services and apps.
type NodePart struct {
	What   string `json:"what"`
	CPU    string `json:"cpu"`
	Memory string `json:"memory"`
	// PerContainer comes on top of Memory for each container of the cluster.
	PerContainer string `json:"perContainer"`
	Containers   int    `json:"containers"`
	Requests     Amount `json:"requests"`
	Limits       Amount `json:"limits"`
	Source       string `json:"source"`
	Confidence   string `json:"confidence"`
}

// Amount is processor time and memory as Kubernetes writes them; "" is none.
type Amount struct {
	CPU    string `json:"cpu"`
	Memory string `json:"memory"`
}

// Machine is a server type.
type Machine struct {
	Cores int `json:"cores"`
	// Memory in GiB, Disk in GB.
	Memory int `json:"memory"`
	Disk   int `json:"disk"`
	// Monthly is its price for a month, in euros without address and VAT.
	Monthly float64 `json:"monthly"`
}

// Flux is the release that runs in the cluster.
type Flux struct {
	Version string `json:"version"`
	// Interval between two reads of git, as Flux writes durations.
	Interval string `json:"interval"`
	// ManifestsDigest is the digest of oci://ghcr.io/fluxcd/flux-manifests at the version's tag, or "".
	ManifestsDigest string `json:"digest"`
}

// Service is one part of the platform. Its fields are those of catalog.#Service.
type Service struct {
	Name    string `json:"-"`
	Summary string `json:"summary"`
	// Options are the choices that were made, defaults included. Only the code of a service that lvsgen knows reads them.
	Options     map[string]any `json:"options"`
	Namespace   string         `json:"namespace"`
	PodSecurity string         `json:"podSecurity"`
	Layer       string         `json:"layer"`
	Group       string         `json:"group"`
	Chart       *Chart         `json:"chart"`
	Values      map[string]any `json:"values"`
	Release     struct {
		Timeout  string `json:"timeout"`
		Stateful bool   `json:"stateful"`
	} `json:"release"`
	// Objects are manifests by the name of the file that holds them.
	Objects map[string][]Manifest `json:"objects"`
	// Hosts are the public host names that it answers at.
	Hosts  []string `json:"hosts"`
	Needs  []string `json:"needs"`
	Brings struct {
		Capabilities []string `json:"capabilities"`
		Groups       []string `json:"groups"`
	} `json:"brings"`
	Health       []ObjectRef `json:"health"`
	StorageClass string      `json:"storageClass"`
	// ReservePercent of the block volume is not for claims; nil when its volumes do not lie there.
	ReservePercent *int `json:"reservePercent"`
	// VolumeBackups are the values of an app's storage.backup that it serves, besides "none".
	VolumeBackups []string        `json:"volumeBackups"`
	Database      *DatabaseServer `json:"database"`
	Traces        *TracesReceiver `json:"traces"`
	// Secrets are the secret values that it needs, by the key in flux-system/cloud-secrets.
	Secrets map[string]ServiceSecret `json:"secrets"`
	Uses    []Use                    `json:"uses"`
	Node    NodeNeeds                `json:"node"`
	Backups []Backup                 `json:"backups"`

	At     Locator `json:"-"`
	Source string  `json:"-"`
}

// ServiceSecret says what a secret value of a service is; the value is never known.
type ServiceSecret struct {
	What string `json:"what"`
	// Form says how it must look, Make is a command that prints one; "" when there is nothing to say.
	Form string `json:"form"`
	Make string `json:"make"`
}

// UnmarshalJSON takes what it is for as a text, or all of it.
func (s *ServiceSecret) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &s.What) == nil {
		return nil
	}
	type plain ServiceSecret
	return json.Unmarshal(b, (*plain)(s))
}

// NodeNeeds is what the node must have for a service.
type NodeNeeds struct {
	// Packages are Debian's, Modules the kernel's, Services systemd's.
	Packages []string `json:"packages"`
	Modules  []string `json:"modules"`
	Services []string `json:"services"`
	// Files are contents by path.
	Files map[string]string `json:"files"`
	// K3s names parts that k3s brings, as its option "disable" does.
	K3s struct {
		Disable []string `json:"disable"`
		Needs   []string `json:"needs"`
	} `json:"k3s"`
}

// Use is what one part of a service is expected to use in steady state.
type Use struct {
	What   string `json:"what"`
	CPU    string `json:"cpu"`
	Memory string `json:"memory"`
	Disk   string `json:"disk"`
	// Requests and Limits are those that neither values nor objects show.
	Requests   Amount `json:"requests"`
	Limits     Amount `json:"limits"`
	Source     string `json:"source"`
	Confidence string `json:"confidence"`
}

// Backup says how one volume or database is copied and brought back.
type Backup struct {
	Of string `json:"of"`
	// Claim is its PersistentVolumeClaim as namespace/name, or "".
	Claim string `json:"claim"`
	// By is "none" when nothing copies it, and "storage" when the service that brings storage does, as it copies the
	// volume of an app with the storage.backup Like.
	By   string `json:"by"`
	Like string `json:"like"`
	// Volumes are the values of an app's storage.backup that this is about.
	Volumes []string `json:"volumes"`
	// Databases tells that this is about the databases of apps.
	Databases bool   `json:"databases"`
	To        string `json:"to"`
	Schedule  string `json:"schedule"`
	Kept      string `json:"kept"`
	Restore   string `json:"restore"`
}

// Chart is a third party's Helm chart at one version.
type Chart struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Repository struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"repository"`
}

// Manifest is a Kubernetes object as JSON would hold it. The YAML writer puts its keys into the usual order.
type Manifest map[string]any

// ObjectRef names an object whose readiness Flux waits for.
type ObjectRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Namespace  string `json:"namespace"`
}

// DatabaseServer is how the Job of an app with a database reaches the server.
type DatabaseServer struct {
	Host        string `json:"host"`
	Port        int    `json:"port"`
	AdminSecret struct {
		Name string `json:"name"`
		Key  string `json:"key"`
	} `json:"adminSecret"`
}

// TracesReceiver is where programs send OTLP to.
type TracesReceiver struct {
	Endpoint string `json:"endpoint"`
}

// App is one deployed program. Its fields are those of schema.#App.
type App struct {
	Name             string   `json:"-"`
	Host             string   `json:"host"`
	Hosts            []string `json:"hosts"`
	Paths            []string `json:"paths"`
	Port             int      `json:"port"`
	Image            AppImage `json:"image"`
	Release          string   `json:"release"`
	Namespace        string   `json:"namespace"`
	Replicas         int      `json:"replicas"`
	DisruptionBudget struct {
		MaxUnavailable int `json:"maxUnavailable"`
	} `json:"disruptionBudget"`
	Resources Resources            `json:"resources"`
	Command   []string             `json:"command"`
	Args      []string             `json:"args"`
	Env       map[string]EnvValue  `json:"env"`
	Files     map[string]string    `json:"files"`
	Secrets   map[string]AppSecret `json:"secrets"`
	Storage   *Storage             `json:"storage"`
	Database  *Database            `json:"database"`
	Workers   map[string]Worker    `json:"workers"`
	CronJobs  map[string]CronJob   `json:"cronJobs"`
	Probes    struct {
		Ready        string `json:"ready"`
		Live         string `json:"live"`
		StartSeconds int    `json:"startSeconds"`
	} `json:"probes"`
	Metrics *struct {
		Path string `json:"path"`
		Port int    `json:"port"`
	} `json:"metrics"`
	Traces bool `json:"traces"`
	Access struct {
		BasicAuth *struct {
			Secret string `json:"secret"`
		} `json:"basicAuth"`
		Allow []string `json:"allow"`
		Apps  []string `json:"apps"`
	} `json:"access"`
	Security struct {
		User         int64    `json:"user"`
		WritableRoot bool     `json:"writableRoot"`
		Writable     []string `json:"writable"`
	} `json:"security"`
	Needs   []string       `json:"needs"`
	Objects []Manifest     `json:"objects"`
	Patches []Patch        `json:"patches"`
	Values  map[string]any `json:"values"`

	At     Locator `json:"-"`
	Source string  `json:"-"`
}

// AppImage is what runs, and what Flux may replace it by.
type AppImage struct {
	Version    string `json:"version"`
	Repository string `json:"repository"`
	Range      string `json:"range"`
	Pin        bool   `json:"pin"`
}

// Resources are what a container is promised (CPU, Memory) and what it may take at most. The named sizes of the schema
// are resolved when the inputs are read.
type Resources struct {
	CPU         string `json:"cpu"`
	Memory      string `json:"memory"`
	CPULimit    string `json:"cpuLimit"`
	MemoryLimit string `json:"memoryLimit"`
}

// sizes are the named sizes of schema.#App.resources. Requests follow what small web programs use in steady state; the
// memory limit leaves twice that for a burst, and there is no CPU limit.
var sizes = map[string]Resources{
	"nano":   {CPU: "10m", Memory: "64Mi", MemoryLimit: "128Mi"},
	"small":  {CPU: "50m", Memory: "128Mi", MemoryLimit: "256Mi"},
	"medium": {CPU: "200m", Memory: "384Mi", MemoryLimit: "768Mi"},
}

// UnmarshalJSON takes a named size or explicit quantities.
func (r *Resources) UnmarshalJSON(b []byte) error {
	var size string
	if json.Unmarshal(b, &size) == nil {
		*r = sizes[size]
		return nil
	}
	type plain Resources
	if err := json.Unmarshal(b, (*plain)(r)); err != nil {
		return err
	}
	if r.MemoryLimit == "" {
		r.MemoryLimit = r.Memory
	}
	return nil
}

// EnvValue is the value of an environment variable: Value, or, when From is set, a key of a Secret (Name, Key) or a
// field of the pod (Path).
type EnvValue struct {
	Value string `json:"-"`
	From  string `json:"from"`
	Name  string `json:"name"`
	Key   string `json:"key"`
	Path  string `json:"path"`
}

// UnmarshalJSON takes a text or a source.
func (e *EnvValue) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &e.Value) == nil {
		return nil
	}
	type plain EnvValue
	return json.Unmarshal(b, (*plain)(e))
}

// AppSecret is a Secret that the app reads.
type AppSecret struct {
	Keys []string `json:"keys"`
	Path string   `json:"path"`
}

// Storage is the volume of an app.
type Storage struct {
	Size   string `json:"size"`
	Path   string `json:"path"`
	Backup string `json:"backup"`
}

// Database is the database of an app. Name is filled in when the inputs are read.
type Database struct {
	Name string `json:"name"`
}

// Worker is a process of the app that nobody calls.
type Worker struct {
	Command   []string  `json:"command"`
	Replicas  int       `json:"replicas"`
	Resources Resources `json:"resources"`
}

// CronJob is a command of the app on a schedule.
type CronJob struct {
	Schedule    string    `json:"schedule"`
	Command     []string  `json:"command"`
	TimeZone    string    `json:"timeZone"`
	Concurrency string    `json:"concurrency"`
	Resources   Resources `json:"resources"`
}

// Patch is a kustomize patch on what the app's chart renders.
type Patch struct {
	Target struct {
		Group   string `json:"group"`
		Version string `json:"version"`
		Kind    string `json:"kind"`
		Name    string `json:"name"`
	} `json:"target"`
	Patch string `json:"patch"`
}

// AllHosts are the public host names of the app, host first, without repetition.
func (a *App) AllHosts() []string {
	var hosts []string
	seen := map[string]bool{}
	for _, h := range append([]string{a.Host}, a.Hosts...) {
		if h != "" && !seen[h] {
			seen[h] = true
			hosts = append(hosts, h)
		}
	}
	return hosts
}

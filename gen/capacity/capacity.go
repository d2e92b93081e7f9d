// Package capacity adds up what a node is asked for: requests, limits and expected use of all that runs on it against its
// memory and cores, and claims against the block volume. It is pure: model -> table and findings.
package capacity

import (
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// The rules of thumb, in percent.
const (
	// requestsPercent of what pods can be promised may be promised: an upgrade needs room for old and new side by side.
	requestsPercent = 80
	// usePercent of the memory may be used in steady state: the page cache needs the rest.
	usePercent = 90
)

// Kind says what a workload belongs to.
type Kind string

// The kinds of workloads.
const (
	Node    Kind = "node"
	Service Kind = "service"
	App     Kind = "app"
)

// Workload is one line of the table.
type Workload struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Containers that run all the time.
	Containers int64 `json:"containers"`
	// Requests and Limit (of memory) are what Kubernetes promises and allows; Unlimited containers have no limit.
	Requests  Amount `json:"requests"`
	Limit     int64  `json:"limit"`
	Unlimited int64  `json:"unlimited"`
	// Expected is the use in steady state, by the parts in Uses.
	Expected Amount `json:"expected"`
	Uses     []Use  `json:"uses"`
	// Claims are bytes of the block volume.
	Claims int64 `json:"claims"`

	// pod is the largest one that runs for a time beside the others: in a rollout or as a job.
	pod Amount
	// elsewhere are claims on storage that is not on the block volume.
	elsewhere int64
}

// Use is the expected use of a part, and how far it can be trusted.
type Use struct {
	What       string `json:"what"`
	Expected   Amount `json:"expected"`
	Source     string `json:"source"`
	Confidence string `json:"confidence"`
}

// Table is the node with all that runs on it.
type Table struct {
	Server  string `json:"server"`
	Type    string `json:"type"`
	Cores   int    `json:"cores"`
	Memory  int64  `json:"memory"`
	Volume  int64  `json:"volume"`
	Reserve int    `json:"reservePercent"`

	Workloads []Workload `json:"workloads"`
	Total     Workload   `json:"total"`
	// Surge is the largest pod that may run beside all the others, and SurgeOf whose it is.
	Surge   Amount `json:"surge"`
	SurgeOf string `json:"surgeOf"`
	// Checks are the rules with their numbers.
	Checks []Check `json:"checks"`
	// Ways are the cheapest ways to make it fit, when it does not.
	Ways []string `json:"ways"`

	in *model.Inputs
}

// Of adds up the cloud. Without one server of a known type there is nothing to compare with: it gives nil.
func Of(in *model.Inputs) *Table {
	names := slices.Sorted(maps.Keys(in.Cluster.Servers))
	if len(names) != 1 {
		return nil
	}
	server := in.Cluster.Servers[names[0]]
	if _, known := in.Cluster.Capacity.Machines[server.Type]; !known {
		return nil
	}
	t := table(in, server.Type)
	t.Server = names[0]
	t.Ways = append(t.ways(false), t.ways(true)...)
	return t
}

// table adds up on a machine of one type.
func table(in *model.Inputs, machine string) *Table {
	m := in.Cluster.Capacity.Machines[machine]
	t := &Table{
		Type: machine, Cores: m.Cores, in: in,
		Memory: int64(m.Memory) << 30 * int64(in.Cluster.Capacity.UsablePercent) / 100,
		// Hetzner's GB are at least 10^9 bytes.
		Volume: int64(in.Cluster.Volume.Size) * 1e9,
	}
	if provider := in.Cluster.Provider(model.CapabilityStorage); provider != nil && provider.ReservePercent != nil {
		t.Reserve = *provider.ReservePercent
	}
	for i := range in.Cluster.Services {
		s := &in.Cluster.Services[i]
		if s.ReservePercent != nil {
			t.Reserve = max(t.Reserve, *s.ReservePercent)
		}
	}
	t.Workloads = append(t.Workloads, parts(in)...)
	for i := range in.Cluster.Services {
		t.Workloads = append(t.Workloads, service(in, &in.Cluster.Services[i]))
	}
	for i := range in.Apps {
		t.Workloads = append(t.Workloads, app(in, &in.Apps[i]))
	}
	t.sum()
	return t
}

// sum fills in the totals and the rules.
func (t *Table) sum() {
	t.Total = Workload{Name: "total"}
	t.Surge, t.SurgeOf = Amount{}, ""
	for i := range t.Workloads {
		t.Total.Containers += t.Workloads[i].Containers
	}
	for i := range t.Workloads {
		w := &t.Workloads[i]
		if share, ok := t.in.Cluster.Capacity.Parts[w.Name]; ok && w.Kind == Node && share.PerContainer != "" {
			w.Expected.Memory = size(share.Memory) + size(share.PerContainer)*t.Total.Containers
			w.Uses[0].Expected = w.Expected
		}
		t.Total.Requests = t.Total.Requests.Plus(w.Requests)
		t.Total.Expected = t.Total.Expected.Plus(w.Expected)
		t.Total.Limit += w.Limit
		t.Total.Unlimited += w.Unlimited
		t.Total.Claims += w.Claims
		if w.pod.Memory > t.Surge.Memory {
			t.SurgeOf = w.Name
		}
		t.Surge = t.Surge.Max(w.pod)
	}
	t.Checks = t.checks()
}

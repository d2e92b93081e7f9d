package capacity

import (
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// parts are what runs on the node beside services and apps, by name.
func parts(in *model.Inputs) []Workload {
	var out []Workload
	for _, name := range slices.Sorted(maps.Keys(in.Cluster.Capacity.Parts)) {
		p := in.Cluster.Capacity.Parts[name]
		use := Use{What: p.What, Expected: amount(p.CPU, p.Memory), Source: p.Source, Confidence: p.Confidence}
		w := Workload{
			Name: name, Kind: Node, Containers: int64(p.Containers), Requests: amount(p.Requests.CPU, p.Requests.Memory),
			Limit: size(p.Limits.Memory), Expected: use.Expected, Uses: []Use{use},
		}
		if p.Limits.Memory == "" {
			w.Unlimited = w.Containers
		}
		out = append(out, w)
	}
	return out
}

// service adds up what the values, the objects and the figures of a service say.
func service(in *model.Inputs, s *model.Service) Workload {
	var n needs
	n.visit(s.Values, 1)
	for _, file := range slices.Sorted(maps.Keys(s.Objects)) {
		for _, object := range s.Objects[file] {
			n.visit(map[string]any(object), 1)
		}
	}
	w := Workload{Name: s.Name, Kind: Service, pod: n.job, Uses: []Use{}}
	for _, u := range s.Uses {
		use := Use{What: u.What, Expected: amount(u.CPU, u.Memory), Source: u.Source, Confidence: u.Confidence}
		w.Uses = append(w.Uses, use)
		w.Expected = w.Expected.Plus(use.Expected)
		if u.Requests != (model.Amount{}) || u.Limits != (model.Amount{}) {
			n.requests = n.requests.Plus(amount(u.Requests.CPU, u.Requests.Memory))
			n.limit += size(u.Limits.Memory)
			n.containers++
			if u.Limits.Memory == "" {
				n.unlimited++
			}
		}
	}
	if measured, ok := in.Cluster.Capacity.Measured[s.Name]; ok {
		use := Use{What: s.Name, Expected: amount(measured.CPU, measured.Memory), Source: measured.Source, Confidence: "measured"}
		w.Expected, w.Uses = use.Expected, []Use{use}
	}
	// What shows no resources still runs, as many as it has parts.
	w.Containers = n.containers
	if n.containers == 0 {
		w.Containers, w.Unlimited = int64(len(s.Uses)), int64(len(s.Uses))
	}
	w.Requests, w.Limit, w.Unlimited = n.requests, n.limit, w.Unlimited+n.unlimited
	for _, c := range n.claims {
		if onVolume(in, c.class) {
			w.Claims += c.size
		} else {
			w.elsewhere += c.size
		}
	}
	return w
}

// onVolume tells whether the claims of a class lie on the block volume. A class that no service names is the default one:
// that of the service that brings storage.
func onVolume(in *model.Inputs, class string) bool {
	for i := range in.Cluster.Services {
		if s := &in.Cluster.Services[i]; class != "" && s.StorageClass == class {
			return s.ReservePercent != nil
		}
	}
	provider := in.Cluster.Provider(model.CapabilityStorage)
	return provider == nil || provider.ReservePercent != nil
}

// app adds up an app. What it will use nobody knows but its author, who asks for it: its requests are its expected use.
func app(in *model.Inputs, a *model.App) Workload {
	w := Workload{Name: a.Name, Kind: App}
	add := func(r model.Resources, replicas int) {
		pod := amount(r.CPU, r.Memory)
		w.pod = w.pod.Max(pod)
		w.Containers += int64(replicas)
		w.Requests = w.Requests.Plus(pod.Times(int64(replicas)))
		w.Limit += size(r.MemoryLimit) * int64(replicas)
	}
	add(a.Resources, a.Replicas)
	for _, name := range slices.Sorted(maps.Keys(a.Workers)) {
		add(a.Workers[name].Resources, a.Workers[name].Replicas)
	}
	for _, name := range slices.Sorted(maps.Keys(a.CronJobs)) {
		r := a.CronJobs[name].Resources
		w.pod = w.pod.Max(amount(r.CPU, r.Memory))
	}
	w.Expected = w.Requests
	w.Uses = []Use{{What: "what the app asks for", Expected: w.Expected, Source: a.Source, Confidence: "estimated"}}
	if a.Storage != nil {
		if provider := in.Cluster.Provider(model.CapabilityStorage); provider == nil || onVolume(in, provider.StorageClass) {
			w.Claims = size(a.Storage.Size)
		}
	}
	return w
}

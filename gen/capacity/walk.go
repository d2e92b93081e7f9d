package capacity

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// claim is a volume that somebody asks for.
type claim struct {
	class string
	size  int64
}

// needs are what the values of a chart and the objects of a service ask Kubernetes for.
type needs struct {
	requests   Amount
	limit      int64
	containers int64
	// unlimited containers may take all of the node's memory.
	unlimited int64
	claims    []claim
	// job is the largest pod among those that run now and then.
	job Amount
}

// visit adds what v asks for, times over. Charts keep their containers' resources under any name, but within always by
// the names of Kubernetes' own API; a part that says "enabled: false" or has 0 replicas asks for nothing. Texts that hold
// YAML or JSON with requests, such as the values of a HelmChartConfig, are read too.
func (n *needs) visit(v any, times int64) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n.visit(item, times)
		}
	case string:
		var inner map[string]any
		if strings.Contains(v, "requests") && yaml.Unmarshal([]byte(v), &inner) == nil {
			n.visit(inner, times)
		}
	case map[string]any:
		n.visitMap(v, times)
	}
}

func (n *needs) visitMap(m map[string]any, times int64) {
	if on, said := m["enabled"].(bool); said && !on {
		return
	}
	switch text(m["kind"]) {
	case "ConfigMap", "Secret": // for programs; and dashboards are long to read
		return
	case "Job", "CronJob":
		var job needs
		job.visit(m["spec"], 1)
		n.job = n.job.Max(job.requests).Max(job.job)
		return
	}
	for _, name := range []string{"replicas", "replicaCount", "instances"} {
		if count, ok := whole(m[name]); ok {
			times *= count
		}
	}
	if n.container(m, times) {
		return
	}
	n.claim(m, times)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if key == "initContainers" {
			n.initContainers(m, times)
			continue
		}
		n.visit(m[key], times)
	}
}

// container takes m for the resources of one container, when it is that.
func (n *needs) container(m map[string]any, times int64) bool {
	requests, _ := m["requests"].(map[string]any)
	limits, _ := m["limits"].(map[string]any)
	if !(computes(requests) || computes(limits)) || times == 0 {
		return computes(requests) || computes(limits)
	}
	limit := size(text(limits["memory"]))
	asked := amount(text(requests["cpu"]), text(requests["memory"]))
	// Kubernetes takes a limit for the request that is not there.
	if _, said := requests["memory"]; !said {
		asked.Memory = limit
	}
	n.requests = n.requests.Plus(asked.Times(times))
	n.limit += limit * times
	n.containers += times
	if limit == 0 {
		n.unlimited += times
	}
	return true
}

// initContainers run before the others of their pod: only what one of them needs above their sum counts.
func (n *needs) initContainers(m map[string]any, times int64) {
	var first, others needs
	list, _ := m["initContainers"].([]any)
	for _, c := range list {
		var one needs
		one.visit(c, 1)
		first.requests = first.requests.Max(one.requests)
	}
	others.visit(m["containers"], 1)
	more := Amount{first.requests.CPU - others.requests.CPU, first.requests.Memory - others.requests.Memory}
	n.requests = n.requests.Plus(Amount{}.Max(more).Times(times))
}

// claim finds a PersistentVolumeClaim's spec, and the ways in which charts and operators ask for one: "persistence" or
// "storage" with a size.
func (n *needs) claim(m map[string]any, times int64) {
	if resources, ok := m["resources"].(map[string]any); ok {
		if requests, ok := resources["requests"].(map[string]any); ok && requests["storage"] != nil {
			n.claims = append(n.claims, claim{text(m["storageClassName"]), size(text(requests["storage"])) * times})
		}
	}
	for _, name := range []string{"persistence", "storage"} {
		volume, _ := m[name].(map[string]any)
		if on, said := volume["enabled"].(bool); volume == nil || said && !on {
			continue
		}
		if bytes := size(text(volume["size"])); bytes > 0 {
			n.claims = append(n.claims, claim{text(volume["storageClass"]) + text(volume["storageClassName"]), bytes * times})
		}
	}
}

// computes tells whether a map speaks of processor time or memory, and not of storage.
func computes(m map[string]any) bool {
	return m["cpu"] != nil || m["memory"] != nil
}

// text reads a quantity, which may be a number too.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int, int64, float64:
		return fmt.Sprint(v)
	}
	return ""
}

// whole reads a number as CUE and YAML give it.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), true
	}
	return 0, false
}

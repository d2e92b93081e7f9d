package capacity

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// ways are the three cheapest ways to make it fit the server or the volume, first those that cost nothing.
func (t *Table) ways(volume bool) []string {
	ways := []string{}
	switch {
	case t.fits(volume):
	case volume:
		ways = append(ways, t.smallerClaim(), t.without(true), t.largerVolume())
	default:
		ways = append(ways, t.without(false), t.smallerApp(), t.largerType())
	}
	return slices.DeleteFunc(ways, func(s string) bool { return s == "" })
}

// largerType is the cheapest machine that holds everything.
func (t *Table) largerType() string {
	machines := t.in.Cluster.Capacity.Machines
	names := slices.SortedFunc(maps.Keys(machines), func(a, b string) int {
		return cmp.Or(cmp.Compare(machines[a].Monthly, machines[b].Monthly), cmp.Compare(a, b))
	})
	for _, name := range names {
		if table(t.in, name).fits(false) {
			return fmt.Sprintf("use type %q (%d cores, %d GB)", name, machines[name].Cores, machines[name].Memory)
		}
	}
	return ""
}

// without names the services whose absence makes it fit: the smallest that suffices, else the largest ones together.
// Services that others or apps need stay.
func (t *Table) without(volume bool) string {
	relief := func(w Workload) int64 {
		if volume {
			return w.Claims
		}
		return max(w.Requests.Memory, w.Expected.Memory)
	}
	var candidates []Workload
	for _, w := range t.Workloads {
		if w.Kind == Service && relief(w) > 0 && !t.needed(w.Name) {
			candidates = append(candidates, w)
		}
	}
	slices.SortStableFunc(candidates, func(a, b Workload) int { return cmp.Compare(relief(a), relief(b)) })
	for _, w := range candidates {
		if t.leave(w.Name).fits(volume) {
			return fmt.Sprintf("turn service %q off (%s)", w.Name, Show(relief(w), bytesUnit))
		}
	}
	var off, shown []string
	var sum int64
	for _, w := range slices.Backward(candidates) {
		off, shown, sum = append(off, w.Name), append(shown, fmt.Sprintf("%q", w.Name)), sum+relief(w)
		if t.leave(off...).fits(volume) {
			return fmt.Sprintf("turn the services %s off (%s)", strings.Join(shown, ", "), Show(sum, bytesUnit))
		}
	}
	return ""
}

// leave is the table without some services.
func (t *Table) leave(names ...string) *Table {
	in := *t.in
	in.Cluster.Services = slices.DeleteFunc(slices.Clone(in.Cluster.Services), func(s model.Service) bool { return slices.Contains(names, s.Name) })
	return table(&in, t.Type)
}

// needed tells whether something relies on what a service brings.
func (t *Table) needed(name string) bool {
	i := slices.IndexFunc(t.in.Cluster.Services, func(s model.Service) bool { return s.Name == name })
	brings := t.in.Cluster.Services[i].Brings.Capabilities
	uses := func(capability string) bool { return slices.Contains(brings, capability) }
	for i := range t.in.Cluster.Services {
		if s := &t.in.Cluster.Services[i]; s.Name != name && slices.ContainsFunc(s.Needs, uses) {
			return true
		}
	}
	for i := range t.in.Apps {
		if slices.ContainsFunc(t.in.Apps[i].Capabilities(), uses) {
			return true
		}
	}
	return false
}

// smallerApp names the app that asks for most.
func (t *Table) smallerApp() string {
	largest := t.largest(App, func(w Workload) int64 { return w.Requests.Memory })
	if largest == nil {
		return ""
	}
	return fmt.Sprintf("lower resources or replicas of app %q (it asks for %s)", largest.Name, Show(largest.Requests.Memory, bytesUnit))
}

// smallerClaim names who claims most of the volume.
func (t *Table) smallerClaim() string {
	name := ""
	var most int64
	for _, kind := range []Kind{Service, App} {
		if w := t.largest(kind, func(w Workload) int64 { return w.Claims }); w != nil && w.Claims > most {
			name, most = fmt.Sprintf("%s %q", kind, w.Name), w.Claims
		}
	}
	if name == "" {
		return ""
	}
	return fmt.Sprintf("lower the size of the volumes of %s (%s) before they are made", name, Show(most, bytesUnit))
}

// largest is the workload of a kind that has most, when it has anything.
func (t *Table) largest(kind Kind, of func(Workload) int64) *Workload {
	var out *Workload
	for i := range t.Workloads {
		if w := &t.Workloads[i]; w.Kind == kind && of(*w) > 0 && (out == nil || of(*w) > of(*out)) {
			out = w
		}
	}
	return out
}

// largerVolume is the smallest size, in tens of GB, that holds all claims.
func (t *Table) largerVolume() string {
	for size := (t.in.Cluster.Volume.Size/10 + 1) * 10; size <= maxVolume; size += 10 {
		if t.Total.Claims <= int64(size)*1e9*int64(100-t.Reserve)/100 {
			return fmt.Sprintf("write volume.size: %d", size)
		}
	}
	return ""
}

// maxVolume is the largest volume that Hetzner sells, in GB (docs.hetzner.com/cloud/volumes/overview).
const maxVolume = 10240

package model

import (
	"slices"
	"time"
)

// Shared is what the renderer of one app may see: everything but the other apps. What an app renders to is a function
// of Shared and the app alone, so it can be computed app by app.
type Shared struct {
	Cloud   *Cloud
	Cluster *Cluster
}

// Capabilities that apps need by what their fields say. Services bring them.
const (
	CapabilityIngress      = "ingress"
	CapabilityCertificates = "certificates"
	CapabilityStorage      = "storage"
	CapabilityDatabase     = "database"
	CapabilityTraces       = "traces"
)

// Provider gives the first service, by name, that brings capability, or nil.
func (c *Cluster) Provider(capability string) *Service {
	for i := range c.Services {
		if slices.Contains(c.Services[i].Brings.Capabilities, capability) {
			return &c.Services[i]
		}
	}
	return nil
}

// Capabilities are what the app needs of the platform, by what its fields say and by its own list, sorted.
func (a *App) Capabilities() []string {
	needs := slices.Clone(a.Needs)
	if len(a.AllHosts()) > 0 {
		needs = append(needs, CapabilityIngress, CapabilityCertificates)
	}
	if a.Storage != nil {
		needs = append(needs, CapabilityStorage)
	}
	if a.Database != nil {
		needs = append(needs, CapabilityDatabase)
	}
	if a.Traces {
		needs = append(needs, CapabilityTraces)
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// drain is how long a pod may take to go: the time of its preStop hook and its grace period.
const drain = 35 * time.Second

// RolloutTime is how long an upgrade of the app may take: its pods are replaced one after the other, each with the time
// that it may take to start and to stop, and some minutes for pulling the image and for the volume. At least 5 minutes,
// at most an hour.
func (a *App) RolloutTime() time.Duration {
	const margin = 3 * time.Minute
	start := time.Duration(a.Probes.StartSeconds) * time.Second
	longest := time.Duration(max(a.Replicas, 1)) * (start + drain)
	for _, w := range a.Workers {
		longest = max(longest, time.Duration(max(w.Replicas, 1))*drain)
	}
	return min(max(margin+longest, 5*time.Minute), time.Hour)
}

// ClaimName names the PersistentVolumeClaim of the app's volume, in the app's namespace.
func (a *App) ClaimName() string { return a.Name + "-data" }

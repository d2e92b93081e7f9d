package model

import "slices"

// Shared is what the renderer of one app may see: everything but the other apps. What an app renders to is a function
// of Shared and the app alone, so it can be computed, and remembered, app by app.
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

// Service gives the service of that name, or nil.
func (c *Cluster) Service(name string) *Service {
	for i := range c.Services {
		if c.Services[i].Name == name {
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

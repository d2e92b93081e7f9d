package check

import (
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// k3sParts finds a service that is made of a part of k3s which another one turns off.
func (c *checker) k3sParts() {
	services := c.in.Cluster.Services
	for i := range services {
		s := &services[i]
		for _, part := range s.Node.K3s.Needs {
			at := slices.IndexFunc(services, func(o model.Service) bool { return slices.Contains(o.Node.K3s.Disable, part) })
			if at < 0 {
				continue
			}
			other := &services[at]
			f := c.errorf(ruleService, s.At.Position(), "service %q is k3s's own %q, which service %q turns off", s.Name, part, other.Name)
			related(f, other.At.Position(), "the other service")
			hint(f, "choose one of the two")
		}
	}
}

// serviceBackups finds a volume that the storage is to copy, but nobody said how often.
func (c *checker) serviceBackups() {
	for i := range c.in.Cluster.Services {
		s := &c.in.Cluster.Services[i]
		for _, b := range s.Backups {
			if b.By == "storage" && b.Like == "" {
				hint(c.errorf(ruleVolume, s.At.Position("backups"), "service %q says that the storage copies %q, but not how often", s.Name, b.Of),
					"write like: \"daily\" or like: \"weekly\" beside it, as the labels of its claim say")
			}
		}
	}
}

// volumeBackup finds a volume that its app wants copied and that nobody copies.
func (c *checker) volumeBackup(a *model.App) {
	if a.Storage == nil || a.Storage.Backup == "none" {
		return
	}
	provider := c.in.Cluster.Provider(model.CapabilityStorage)
	if provider == nil || slices.Contains(provider.VolumeBackups, a.Storage.Backup) {
		return
	}
	f := c.errorf(ruleVolume, a.At.Position("storage"), "the volume of app %q is to be copied (backup: %q), but service %q does not do that", a.Name, a.Storage.Backup, provider.Name)
	related(f, provider.At.Position(), "the service")
	hint(f, "write storage.backup: \"none\" when nothing in it would be missed, or keep the data in a database")
}

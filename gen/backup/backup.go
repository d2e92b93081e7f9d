// Package backup is the inventory of what holds data: model -> rows that say what copies each volume and database, where
// to, how often, how long copies are kept, and how they are brought back.
package backup

import (
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// None is what By says of data that nothing copies, on purpose.
const None = "none"

// storage is what By says of a claim that the service that brings storage copies.
const storage = "storage"

// Row is one thing that holds data.
type Row struct {
	// Owner is the service, the app ("app shop") or the part of the node that it belongs to.
	Owner string `json:"owner"`
	Of    string `json:"of"`
	// Claim is its PersistentVolumeClaim as namespace/name, or "".
	Claim string `json:"claim,omitempty"`
	By    string `json:"by"`
	To    string `json:"to,omitempty"`
	// Schedule is cron's, in UTC.
	Schedule string `json:"schedule,omitempty"`
	Kept     string `json:"kept,omitempty"`
	Restore  string `json:"restore,omitempty"`
}

// Rows are the inventory of the cloud: the node, the services, the apps, each by name.
func Rows(in *model.Inputs) []Row {
	rows := node(in)
	for i := range in.Cluster.Services {
		rows = append(rows, service(&in.Cluster, &in.Cluster.Services[i])...)
	}
	for i := range in.Apps {
		rows = append(rows, app(&in.Cluster, &in.Apps[i])...)
	}
	return rows
}

// service gives what one service holds. How it copies the volumes and databases of others is said with those.
func service(cluster *model.Cluster, s *model.Service) []Row {
	var rows []Row
	for _, b := range s.Backups {
		switch {
		case len(b.Volumes) > 0:
		case b.By == storage:
			rows = append(rows, over(volume(cluster, b.Like), row(s.Name, b)))
		default:
			rows = append(rows, row(s.Name, b))
		}
	}
	return rows
}

// app gives the volume and the database of an app.
func app(cluster *model.Cluster, a *model.App) []Row {
	var rows []Row
	owner := "app " + a.Name
	if a.Storage != nil {
		r := volume(cluster, a.Storage.Backup)
		r.Owner, r.Of, r.Claim = owner, "its volume", a.Namespace+"/"+a.ClaimName()
		rows = append(rows, r)
	}
	if a.Database != nil {
		r := database(cluster)
		r.Owner, r.Of = owner, "its database "+a.Database.Name
		rows = append(rows, r)
	}
	return rows
}

// volume is how a volume with this storage.backup is copied.
func volume(cluster *model.Cluster, kind string) Row {
	provider := cluster.Provider(model.CapabilityStorage)
	if provider == nil || !slices.Contains(provider.VolumeBackups, kind) {
		return Row{By: None}
	}
	for _, b := range provider.Backups {
		if slices.Contains(b.Volumes, kind) {
			return row("", b)
		}
	}
	return Row{By: provider.Name}
}

// database is how the databases of apps are copied.
func database(cluster *model.Cluster) Row {
	provider := cluster.Provider(model.CapabilityDatabase)
	if provider == nil {
		return Row{By: None}
	}
	for _, b := range provider.Backups {
		if b.Databases {
			return row("", b)
		}
	}
	return Row{By: None}
}

func row(owner string, b model.Backup) Row {
	return Row{owner, b.Of, b.Claim, b.By, b.To, b.Schedule, b.Kept, b.Restore}
}

// over puts what a service says of its volume over what the storage says.
func over(below, above Row) Row {
	below.Owner, below.Of, below.Claim = above.Owner, above.Of, above.Claim
	for _, field := range []struct{ to, from *string }{
		{&below.To, &above.To}, {&below.Schedule, &above.Schedule}, {&below.Kept, &above.Kept}, {&below.Restore, &above.Restore},
	} {
		if *field.from != "" {
			*field.to = *field.from
		}
	}
	return below
}

// Unprotected are the rows that nothing copies.
func Unprotected(rows []Row) []Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.By != None })
}

// oneLine keeps a text of the inputs within its cell.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

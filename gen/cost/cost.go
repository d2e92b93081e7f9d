// Package cost counts what a cloud costs for a month: model + prices -> table. It is pure and asks no clock: a price is
// as old as its date says.
package cost

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// Table is the cost of a cloud for a month. Each row is rounded to a hundredth of the currency, and totals add up what
// is shown.
type Table struct {
	Version int `json:"version"`
	// Currency is ISO 4217's code.
	Currency string    `json:"currency"`
	Clusters []Cluster `json:"clusters"`
	// Shared are the rows that belong to no cluster alone.
	Shared []Row `json:"shared"`
	// Net is the sum of all rows; Total has the VAT in it.
	Net        Amount  `json:"net"`
	VATPercent float64 `json:"vatPercent"`
	VAT        Amount  `json:"vat"`
	Total      Amount  `json:"total"`
	// Prices are those that were used, in euros, and the rate of another currency.
	Prices []Price `json:"prices"`
	// Assumptions are the figures that the inputs do not tell.
	Assumptions []Assumption `json:"assumptions"`
	// Others is the same cloud on other machines; see Compare.
	Others []Other `json:"others,omitempty"`
}

// Cluster is what one cluster costs.
type Cluster struct {
	Name  string `json:"name"`
	Rows  []Row  `json:"rows"`
	Total Amount `json:"total"`
}

// Row is one thing that is paid for.
type Row struct {
	What   string `json:"what"`
	Detail string `json:"detail"`
	Amount Amount `json:"amount"`
}

// Price is one price that was used: in euros without VAT.
type Price struct {
	Of     string  `json:"of"`
	Amount float64 `json:"amount"`
	AsOf   string  `json:"asOf"`
	Source string  `json:"source"`
}

// Assumption is a figure that the inputs do not tell; Field is where the user sets it.
type Assumption struct {
	Field string  `json:"field"`
	Value float64 `json:"value"`
	Means string  `json:"means"`
}

// What the units of the prices hold.
const (
	gbPerTB = 1000
	// hoursPerMonth is how the object storage counts a month (docs.hetzner.com/storage/object-storage/overview).
	hoursPerMonth = 744
)

// Of counts the cloud.
func Of(in *model.Inputs, list *model.PriceList) *Table {
	c := newCounter(in, list)
	t := &Table{Version: 1, Currency: "EUR", VATPercent: in.Cloud.Prices.VAT}
	if currency := in.Cloud.Prices.Currency; currency != nil {
		t.Currency = currency.Code
	}
	cluster := Cluster{Name: in.Cluster.Name, Rows: c.cluster(&in.Cluster)}
	cluster.Total = total(cluster.Rows)
	t.Clusters = []Cluster{cluster}
	t.Shared = []Row{c.objectStorage()}
	t.Net = cluster.Total + total(t.Shared)
	t.VAT = round(product(float64(t.Net), 0.01, t.VATPercent, 0.01))
	t.Total = t.Net + t.VAT
	t.Prices = c.pricesUsed()
	t.Assumptions = assumptions(&in.Cloud.Expect)
	return t
}

// Other is the same cloud with another type for all of its servers.
type Other struct {
	Type       string `json:"type"`
	Cores      int    `json:"cores"`
	Memory     int    `json:"memory"`
	Disk       int    `json:"disk"`
	Total      Amount `json:"total"`
	Difference Amount `json:"difference"`
}

// Compare counts the cloud on every type that has at least the memory and the cores of each of its servers, the cheapest
// first.
func Compare(in *model.Inputs, list *model.PriceList) []Other {
	machines := in.Cluster.Capacity.Machines
	var least model.Machine
	for _, s := range in.Cluster.Servers {
		least.Memory = max(least.Memory, machines[s.Type].Memory)
		least.Cores = max(least.Cores, machines[s.Type].Cores)
	}
	present := Of(in, list).Total
	var out []Other
	for _, name := range slices.Sorted(maps.Keys(machines)) {
		t := machines[name]
		if t.Memory < least.Memory || t.Cores < least.Cores {
			continue
		}
		with := *in
		with.Cluster.Servers = map[string]model.Server{}
		for server, s := range in.Cluster.Servers {
			s.Type = name
			with.Cluster.Servers[server] = s
		}
		sum := Of(&with, list).Total
		out = append(out, Other{name, t.Cores, t.Memory, t.Disk, sum, sum - present})
	}
	slices.SortStableFunc(out, func(a, b Other) int { return cmp.Compare(a.Total, b.Total) })
	return out
}

func total(rows []Row) Amount {
	var sum Amount
	for _, r := range rows {
		sum += r.Amount
	}
	return sum
}

func assumptions(e *model.Expect) []Assumption {
	return []Assumption{
		{"cloud.expect.traffic", e.Traffic, "TB leave each server"},
		{"cloud.expect.objectStorage", e.ObjectStorage, "GB are kept in object storage"},
		{"cloud.expect.objectStorageTraffic", e.ObjectStorageTraffic, "GB are read from object storage"},
		{"cloud.expect.snapshots", e.Snapshots, "GB of snapshots of the servers"},
	}
}

// cluster gives the rows of one cluster.
func (c *counter) cluster(cluster *model.Cluster) []Row {
	var rows []Row
	servers := slices.Sorted(maps.Keys(cluster.Servers))
	for _, name := range servers {
		typ := cluster.Servers[name].Type
		t := c.in.Cluster.Capacity.Machines[typ]
		rows = append(rows, Row{
			"server " + name, fmt.Sprintf("%s: %d cores, %d GB of memory, %d GB of disk", typ, t.Cores, t.Memory, t.Disk),
			c.amount(c.server(typ), 1),
		})
	}
	expect := &c.in.Cloud.Expect
	free := c.list.Included.ServerTraffic
	beyond := max(0, expect.Traffic-free) * float64(len(servers))
	return append(
		rows,
		Row{"primary IPv4", plural(len(servers), "address", "addresses"), c.amount(c.address(), float64(len(servers)))},
		Row{"volume", fmt.Sprintf("%d GB", cluster.Volume.Size), c.amount(c.volume(), float64(cluster.Volume.Size))},
		Row{"traffic", fmt.Sprintf("%s TB a server, %s TB included", number(expect.Traffic), number(free)), c.amount(c.traffic(), beyond)},
		Row{"snapshots", number(expect.Snapshots) + " GB", c.amount(c.snapshot(), expect.Snapshots)},
	)
}

// objectStorage is the row of backups and Terraform's state.
func (c *counter) objectStorage() Row {
	expect, included := &c.in.Cloud.Expect, &c.list.Included
	kept := max(0, expect.ObjectStorage-included.ObjectStorage*gbPerTB)
	read := max(0, expect.ObjectStorageTraffic-included.ObjectStorageTraffic*gbPerTB)
	sum := product(c.use(c.storage()))
	if kept > 0 {
		sum.Add(sum, product(c.use(c.storageHour()), kept, hoursPerMonth, 1.0/gbPerTB))
	}
	if read > 0 {
		sum.Add(sum, product(c.use(c.traffic()), read, 1.0/gbPerTB))
	}
	return Row{
		"object storage for backups and state",
		fmt.Sprintf("%s GB kept, %s GB read; %s TB and %s TB included", number(expect.ObjectStorage), number(expect.ObjectStorageTraffic),
			number(included.ObjectStorage), number(included.ObjectStorageTraffic)),
		c.convert(sum),
	}
}

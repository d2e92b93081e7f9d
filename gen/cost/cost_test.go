package cost_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/cost"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/test/section"
)

var update = flag.Bool("update", false, "rewrite the table in the guide")

func reference(t *testing.T) (*model.Inputs, *model.PriceList) {
	t.Helper()
	in, findings := generate.Inputs(os.DirFS("../.."), load.Options{})
	if findings.Count(diag.Error) > 0 {
		t.Fatal(findings)
	}
	list, err := load.PriceList()
	if err != nil {
		t.Fatal(err)
	}
	return in, list
}

// TestReferenceCloud holds the table of the reference cloud in the guide. Rewrite it with: make golden.
func TestReferenceCloud(t *testing.T) {
	in, list := reference(t)
	table := cost.Of(in, list)
	table.Others = cost.Compare(in, list)
	var got bytes.Buffer
	if err := table.Text(&got); err != nil {
		t.Fatal(err)
	}
	section.Golden(t, "../../docs/guide/cost.md", "cost", "```text\n"+got.String()+"```\n", *update)
}

// TestBeyondIncluded counts by hand what the reference cloud does not use.
func TestBeyondIncluded(t *testing.T) {
	in, list := reference(t)
	in.Cloud.Expect = model.Expect{Traffic: 22.5, ObjectStorage: 1500, ObjectStorageTraffic: 3000, Snapshots: 100}
	in.Cluster.Servers["second"] = model.Server{Type: "cx23"}
	table := cost.Of(in, list)
	got := map[string]cost.Amount{}
	for _, row := range append(table.Clusters[0].Rows, table.Shared...) {
		got[row.What] = row.Amount
	}
	for what, want := range map[string]cost.Amount{
		"server main":   849,
		"server second": 549,
		"primary IPv4":  100,
		"volume":        286, // 50 * 0.0572 = 2.86
		"traffic":       500, // 2 servers, 2.5 TB each
		"snapshots":     143,
		// 6.49 + 0.5 TB * 744 h * 0.0087 + 2 TB * 1.00 = 11.7264
		"object storage for backups and state": 1173,
	} {
		if got[what] != want {
			t.Errorf("%s is %s, want %s", what, got[what], want)
		}
	}
	if len(got) != 7 || table.Net != 849+549+100+286+500+143+1173 || table.Total != table.Net {
		t.Errorf("%d rows, net %s, total %s", len(got), table.Net, table.Total)
	}
	if len(table.Prices) != 8 {
		t.Errorf("%d prices were used: %v", len(table.Prices), table.Prices)
	}
}

// TestTotalsAddUp: totals are sums of what is shown, in another currency and with a tax too.
func TestTotalsAddUp(t *testing.T) {
	in, list := reference(t)
	if err := json.Unmarshal([]byte(`{"vat": 8.1, "currency": {"code": "CHF", "perEuro": 0.9377, "asOf": "2026-10-01"},
		"own": {"asOf": "2026-10-02", "source": "contract", "volume": 0.05, "servers": {"cx33": 6.805}}}`), &in.Cloud.Prices); err != nil {
		t.Fatal(err)
	}
	table := cost.Of(in, list)
	var sum cost.Amount
	for _, row := range append(table.Clusters[0].Rows, table.Shared...) {
		sum += row.Amount
	}
	// 6.805 * 0.9377 = 6.381, 0.5 * 0.9377 = 0.469, 2.5 * 0.9377 = 2.344, 6.49 * 0.9377 = 6.086
	if want := cost.Amount(638 + 47 + 234 + 609); sum != want || table.Net != want {
		t.Errorf("rows are %s, net %s, want %s", sum, table.Net, want)
	}
	if table.VAT != 124 || table.Total != table.Net+table.VAT { // 15.28 * 8.1 % = 1.23768
		t.Errorf("VAT %s, total %s", table.VAT, table.Total)
	}
	dates := map[string]string{}
	for _, p := range table.Prices {
		dates[p.Of] = p.AsOf
	}
	if dates["volume, a GB and month"] != "2026-10-02" || dates["server cx33, a month"] != "2026-10-02" || dates["a euro in CHF"] != "2026-10-01" ||
		dates["IPv4 address, a month"] != list.Prices.Address.AsOf {
		t.Errorf("days of the prices: %v", dates)
	}
}

// TestPriceList: every price and every machine of the schema is filled in.
func TestPriceList(t *testing.T) {
	in, list := reference(t)
	machines := in.Cluster.Capacity.Machines
	if len(machines) < 4 {
		t.Fatalf("%d types", len(machines))
	}
	for name, typ := range machines {
		if typ.Cores == 0 || typ.Memory == 0 || typ.Disk == 0 || typ.Monthly == 0 {
			t.Errorf("%s: %+v", name, typ)
		}
	}
	p := list.Prices
	for i, price := range []model.Price{p.Address, p.Volume, p.Snapshot, p.ObjectStorage, p.ObjectStorageHour, p.Traffic} {
		if price.Amount == 0 || price.AsOf == "" || price.Source == "" {
			t.Errorf("price %d: %+v", i, price)
		}
	}
	if p.Servers.AsOf == "" || list.Included.ServerTraffic == 0 || list.Included.ObjectStorage == 0 || list.Included.ObjectStorageTraffic == 0 {
		t.Errorf("%+v", list)
	}
}

// TestAmount: halves go up, signs are kept.
func TestAmount(t *testing.T) {
	for amount, want := range map[cost.Amount]string{0: "0.00", 5: "0.05", 849: "8.49", -750: "-7.50", -5: "-0.05"} {
		if amount.String() != want {
			t.Errorf("%d is %q, want %q", int64(amount), amount.String(), want)
		}
	}
}

package capacity

import (
	"fmt"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// Check is one rule with its numbers: memory and disk in bytes, processor time in thousandths of a core.
type Check struct {
	// Of is what is compared, in words.
	Of string `json:"of"`
	// Unit is "bytes" or "millicores".
	Unit string `json:"unit"`
	Has  int64  `json:"has"`
	// May is the most that fits.
	May  int64 `json:"may"`
	Fits bool  `json:"fits"`

	// volume tells the rules of the block volume from those of the server.
	volume bool
}

const (
	bytesUnit = "bytes"
	cpuUnit   = "millicores"
)

func (t *Table) checks() []Check {
	cores := int64(t.Cores) * 1000
	checks := []Check{
		{Of: fmt.Sprintf("requested memory (%d %% of what Linux has)", requestsPercent), Unit: bytesUnit, Has: t.Total.Requests.Memory, May: t.Memory * requestsPercent / 100},
		{Of: fmt.Sprintf("requested processor time (%d %% of the cores)", requestsPercent), Unit: cpuUnit, Has: t.Total.Requests.CPU, May: cores * requestsPercent / 100},
		{Of: "requested memory with the largest pod of a rollout or job", Unit: bytesUnit, Has: t.Total.Requests.Memory + t.Surge.Memory, May: t.Memory},
		{Of: "requested processor time with the largest pod of a rollout or job", Unit: cpuUnit, Has: t.Total.Requests.CPU + t.Surge.CPU, May: cores},
		{Of: fmt.Sprintf("expected memory (%d %% of what Linux has)", usePercent), Unit: bytesUnit, Has: t.Total.Expected.Memory, May: t.Memory * usePercent / 100},
		{Of: fmt.Sprintf("expected processor time (%d %% of the cores)", usePercent), Unit: cpuUnit, Has: t.Total.Expected.CPU, May: cores * usePercent / 100},
		{Of: fmt.Sprintf("claims on the block volume (%d %% of it)", 100-t.Reserve), Unit: bytesUnit, Has: t.Total.Claims, May: t.Volume * int64(100-t.Reserve) / 100, volume: true},
	}
	for i := range checks {
		checks[i].Fits = checks[i].Has <= checks[i].May
	}
	return checks
}

// fits tells whether all rules of the server, or of the block volume, hold.
func (t *Table) fits(volume bool) bool {
	for _, c := range t.Checks {
		if c.volume == volume && !c.Fits {
			return false
		}
	}
	return true
}

// Fits tells whether all rules hold.
func (t *Table) Fits() bool { return t.fits(true) && t.fits(false) }

// Findings warns of a server and of a volume that are too small. They are warnings: the figures are expectations, and a cloud that is too
// full comes up until something is killed.
func Findings(in *model.Inputs) diag.Findings {
	t := Of(in)
	if t == nil {
		return nil
	}
	var out diag.Findings
	report := func(volume bool, at diag.Position, format string, args ...any) {
		if t.fits(volume) {
			return
		}
		var broken []string
		for _, c := range t.Checks {
			if c.volume == volume && !c.Fits {
				broken = append(broken, fmt.Sprintf("%s is %s, may be %s", c.Of, Show(c.Has, c.Unit), Show(c.May, c.Unit)))
			}
		}
		f := diag.Errorf("capacity", at, "%s: %s", fmt.Sprintf(format, args...), strings.Join(broken, "; "))
		f.Severity = diag.Warning
		out = append(out, f.WithHint("%s; \"lvsgen capacity\" shows the sums", strings.Join(t.ways(volume), ", or ")))
	}
	report(false, in.Cluster.At.Position("servers", t.Server, "type"), "server type %q is too small", t.Type)
	report(true, in.Cluster.At.Position("volume", "size"), "the volume of %d GB is too small", in.Cluster.Volume.Size)
	return out
}

// Show writes an amount for people.
func Show(n int64, unit string) string {
	switch {
	case unit == cpuUnit:
		return fmt.Sprintf("%dm", n)
	case n >= 10<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%d MiB", (n+1<<20-1)>>20)
}

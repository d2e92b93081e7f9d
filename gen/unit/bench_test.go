package unit_test

import (
	"fmt"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

func BenchmarkUnits(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		in := cloudtest.Small()
		for i := range n {
			in.Apps = append(in.Apps, cloudtest.App(fmt.Sprintf("app-%05d", i), func(a *model.App) { a.Host, a.Port = "x.example.org", 8080 }))
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				unit.Units(in)
			}
		})
	}
}

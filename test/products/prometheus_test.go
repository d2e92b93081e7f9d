package products_test

import (
	"testing"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
)

func TestPrometheus(t *testing.T) {
	for _, c := range find(t, "prometheus", "configmap.yaml", "data", "prometheus.yaml") {
		check(t, c, func(text string) error {
			_, err := config.Load(text, promslog.NewNopLogger())
			return err
		},
			change{"an unknown key", "max_exemplars:", "maximum_exemplars:"},
			change{"a duration without a unit", "out_of_order_time_window: 30m", "out_of_order_time_window: 30"},
		)
	}
}

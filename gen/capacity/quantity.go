package capacity

import "k8s.io/apimachinery/pkg/api/resource"

// Amount is processor time in thousandths of a core and memory in bytes.
type Amount struct {
	CPU    int64 `json:"cpu"`
	Memory int64 `json:"memory"`
}

// Plus gives the sum.
func (a Amount) Plus(b Amount) Amount { return Amount{a.CPU + b.CPU, a.Memory + b.Memory} }

// Times gives n of it.
func (a Amount) Times(n int64) Amount { return Amount{a.CPU * n, a.Memory * n} }

// Max gives the larger of each.
func (a Amount) Max(b Amount) Amount { return Amount{max(a.CPU, b.CPU), max(a.Memory, b.Memory)} }

// amount reads quantities. What is no quantity counts as none: the schema and Kubernetes judge formats, not sums.
func amount(cpu, memory string) Amount {
	c, err := resource.ParseQuantity(cpu)
	if err != nil {
		c = resource.Quantity{}
	}
	return Amount{c.MilliValue(), size(memory)}
}

// size reads bytes.
func size(text string) int64 {
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return 0
	}
	return q.Value()
}

package capacity

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Text writes the table for people: the workloads, the node, the rules, and the ways out.
func (t *Table) Text(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s, %d cores, %s of memory, volume of %s\n\n", t.Server, t.Type, t.Cores, Show(t.Memory, bytesUnit), Show(t.Volume, bytesUnit))
	rows := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight|tabwriter.DiscardEmptyColumns)
	fmt.Fprintln(rows, "requests\t\tlimit\texpected\t\tclaims\t  ")
	fmt.Fprintln(rows, "cpu\tmemory\tmemory\tcpu\tmemory\tdisk\t  workload")
	var sources []string
	for _, l := range append(slices.Clone(t.Workloads), t.Total) {
		var marks []string
		for _, u := range l.Uses {
			text := fmt.Sprintf("%s (%s)", u.Source, u.Confidence)
			if l.Kind == App {
				text = "an app is expected to use what it asks for (estimated)"
			}
			i := slices.Index(sources, text)
			if i < 0 {
				i = len(sources)
				sources = append(sources, text)
			}
			if mark := fmt.Sprintf("[%d]", i+1); !slices.Contains(marks, mark) {
				marks = append(marks, mark)
			}
		}
		fmt.Fprintf(rows, "%s\t%s\t%s\t%s\t%s\t%s\t  %s\n", show(l.Requests.CPU, cpuUnit), show(l.Requests.Memory, bytesUnit), l.limit(),
			show(l.Expected.CPU, cpuUnit), show(l.Expected.Memory, bytesUnit), show(l.Claims, bytesUnit),
			strings.Join(append([]string{strings.TrimSpace(string(l.Kind) + " " + l.Name)}, marks...), " "))
	}
	if err := rows.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nWhere the expectations come from:")
	for i, s := range sources {
		fmt.Fprintf(w, "  [%d] %s\n", i+1, s)
	}
	fmt.Fprintf(w, "A limit with + is that of a part: the rest has none.\n\nThe largest pod that runs beside the others for a time is of %s: %s, %s.\n\n",
		orNobody(t.SurgeOf), Show(t.Surge.CPU, cpuUnit), Show(t.Surge.Memory, bytesUnit))
	rules := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(rules, "is\tmay be\tleft\t  ")
	for _, c := range t.Checks {
		verdict := ""
		if !c.Fits {
			verdict = "TOO MUCH: "
		}
		fmt.Fprintf(rules, "%s\t%s\t%s\t  %s%s\n", Show(c.Has, c.Unit), Show(c.May, c.Unit), left(c), verdict, c.Of)
	}
	if err := rules.Flush(); err != nil {
		return err
	}
	if t.Fits() {
		_, err := fmt.Fprintln(w, "\nIt fits.")
		return err
	}
	fmt.Fprintln(w, "\nIt does not fit. Ways out:")
	for _, way := range t.Ways {
		fmt.Fprintf(w, "  - %s\n", way)
	}
	return nil
}

// show leaves a cell of nothing empty.
func show(n int64, unit string) string {
	if n == 0 {
		return "-"
	}
	return Show(n, unit)
}

// limit shows the sum of the limits, with a mark when some containers have none.
func (w *Workload) limit() string {
	if w.Unlimited > 0 && w.Limit > 0 {
		return Show(w.Limit, bytesUnit) + "+"
	}
	return show(w.Limit, bytesUnit)
}

func left(c Check) string {
	if c.Fits {
		return Show(c.May-c.Has, c.Unit)
	}
	return "-" + Show(c.Has-c.May, c.Unit)
}

func orNobody(name string) string {
	if name == "" {
		return "nobody"
	}
	return name
}

package cost

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// line is a line of a text table: two columns to the left and an amount to the right.
type line struct{ what, detail, amount string }

// Text writes the table for people.
func (t *Table) Text(w io.Writer) error {
	var b strings.Builder
	t.sums(&b)
	b.WriteString("\nassumed, because no input tells it (cloud.expect):\n")
	var lines []line
	for _, a := range t.Assumptions {
		lines = append(lines, line{"  " + a.Field, a.Means, number(a.Value)})
	}
	writeLines(&b, lines)
	b.WriteString("\nprices in EUR without VAT, each as of the day at which it was read:\n")
	lines = nil
	for _, p := range t.Prices {
		lines = append(lines, line{"  " + p.Of, fmt.Sprintf("as of %s, %s", p.AsOf, p.Source), number(p.Amount)})
	}
	writeLines(&b, lines)
	if len(t.Others) > 0 {
		t.others(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sums writes what is paid, cluster by cluster, and the totals.
func (t *Table) sums(b *strings.Builder) {
	fmt.Fprintf(b, "%s a month\n\n", t.Currency)
	var lines []line
	add := func(rows []Row) {
		for _, r := range rows {
			lines = append(lines, line{"  " + r.What, r.Detail, r.Amount.String()})
		}
	}
	for _, c := range t.Clusters {
		lines = append(lines, line{what: "cluster " + c.Name})
		add(c.Rows)
		lines = append(lines, line{what: "  sum", amount: c.Total.String()})
	}
	lines = append(lines, line{what: "all clusters"})
	add(t.Shared)
	if t.VATPercent == 0 {
		lines = append(lines, line{what: "total", detail: "without VAT", amount: t.Total.String()})
	} else {
		lines = append(
			lines,
			line{what: "total without VAT", amount: t.Net.String()},
			line{what: "VAT", detail: number(t.VATPercent) + " %", amount: t.VAT.String()},
			line{what: "total", amount: t.Total.String()},
		)
	}
	writeLines(b, lines)
}

// others writes the same cloud on other machines.
func (t *Table) others(b *strings.Builder) {
	fmt.Fprintf(b, "\ntotal with all servers of another type, in %s a month:\n", t.Currency)
	var lines []line
	for _, o := range t.Others {
		detail := fmt.Sprintf("%d cores, %d GB of memory, %d GB of disk", o.Cores, o.Memory, o.Disk)
		switch {
		case o.Difference > 0:
			detail += ", +" + o.Difference.String()
		case o.Difference < 0:
			detail += ", " + o.Difference.String()
		}
		lines = append(lines, line{"  " + o.Type, detail, o.Total.String()})
	}
	writeLines(b, lines)
}

// writeLines aligns lines.
func writeLines(b *strings.Builder, lines []line) {
	what, detail, amount := 0, 0, 0
	for _, l := range lines {
		what = max(what, utf8.RuneCountInString(l.what))
		detail = max(detail, utf8.RuneCountInString(l.detail))
		amount = max(amount, len(l.amount))
	}
	for _, l := range lines {
		text := fmt.Sprintf("%-*s  %-*s  %*s", what, l.what, detail, l.detail, amount, l.amount)
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}

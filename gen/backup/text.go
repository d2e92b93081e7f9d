package backup

import (
	"fmt"
	"io"
	"strings"
)

// Text writes the inventory for people: what holds data, and below it, line by line, what becomes of it.
func Text(w io.Writer, rows []Row) error {
	var b strings.Builder
	owner := ""
	for _, r := range rows {
		if r.Owner != owner {
			owner = r.Owner
			fmt.Fprintln(&b, owner)
		}
		of := oneLine(r.Of)
		if r.Claim != "" {
			of += ", claim " + r.Claim
		}
		fmt.Fprintf(&b, "  %s\n", of)
		for _, field := range []struct{ name, value string }{
			{"by", r.By}, {"to", r.To}, {"when", r.Schedule}, {"kept", r.Kept}, {"back by", r.Restore},
		} {
			if field.value != "" {
				fmt.Fprintf(&b, "    %-7s  %s\n", field.name, oneLine(field.value))
			}
		}
	}
	none := Unprotected(rows)
	fmt.Fprintf(&b, "\n%d of %d are copied by nothing, on purpose\n", len(none), len(rows))
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown is the inventory as a table of the guide.
func Markdown(rows []Row) string {
	var b strings.Builder
	b.WriteString("| of | what | by | where | when (UTC) | kept | back by |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range rows {
		of := r.Of
		if r.Claim != "" {
			of += " (claim `" + r.Claim + "`)"
		}
		cells := []string{r.Owner, of, r.By, code(r.To), code(r.Schedule), r.Kept, r.Restore}
		for i := range cells {
			cells[i] = strings.ReplaceAll(oneLine(cells[i]), "|", `\|`)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}

// code marks addresses and schedules, whose stars are none of Markdown's.
func code(text string) string {
	if strings.Contains(text, "://") || strings.Contains(text, "*") {
		return "`" + text + "`"
	}
	return text
}

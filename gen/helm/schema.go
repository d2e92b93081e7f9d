package helm

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// violation is one line of Helm's message about values that its JSON schema refuses.
var violation = regexp.MustCompile(`- at '([^']*)': (.*)`)

// extra takes the name out of a message about a key that a schema does not allow.
var extra = regexp.MustCompile(`additional properties '([^']+)'`)

// schemaFindings places what a chart's schema refuses at the values. Of several at one place the first is enough.
func schemaFindings(dir string, r *Release, err error) diag.Findings {
	schema := diag.Position{File: path.Join(dir, "values.schema.json")}
	var out diag.Findings
	for line := range strings.Lines(err.Error()) {
		m := violation.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || r.Locate == nil {
			continue
		}
		at := pointer(m[1])
		if key := extra.FindStringSubmatch(m[2]); key != nil {
			at = append(at, key[1])
		}
		place := r.Locate(at)
		if slices.ContainsFunc(out, func(f diag.Finding) bool { return f.Position == place }) {
			continue
		}
		out = append(out, diag.Errorf(RuleSchema, place, "the chart's schema refuses the values: %s: %s", name(at), m[2]).WithRelated(schema, "the schema"))
	}
	if len(out) == 0 {
		return diag.Findings{diag.Errorf(RuleSchema, schema, "the values do not fit the chart's schema: %s", oneLine(err))}
	}
	return out
}

// pointer reads a JSON pointer.
func pointer(text string) []any {
	var out []any
	for _, part := range strings.Split(text, "/")[1:] {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if i, err := strconv.Atoi(part); err == nil {
			out = append(out, i)
			continue
		}
		out = append(out, part)
	}
	return out
}

// name writes a path as people do.
func name(at []any) string {
	if len(at) == 0 {
		return "the values"
	}
	var b strings.Builder
	for i, part := range at {
		switch p := part.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(p) + "]")
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(p)
		}
	}
	return b.String()
}

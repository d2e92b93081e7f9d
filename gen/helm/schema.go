package helm

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// judge holds the values against the schemas of a chart and of those in it, as Helm does before it renders.
func judge(dir string, used *chart.Chart, values chartutil.Values, r *Release) diag.Findings {
	var message strings.Builder
	own, _ := values["Values"].(chartutil.Values)
	err := validate(used, own, &message)
	if load := new(jsonschema.LoadURLError); errors.As(err, &load) && !strings.HasPrefix(load.URL, "file:") {
		return diag.Findings{{
			Rule: RuleSchema, Severity: diag.Info, Position: diag.Position{File: path.Join(dir, schemaFile)},
			Message: fmt.Sprintf("the schema of chart %q needs %s, which is not read: the values are not judged by it", used.Name(), load.URL),
		}}
	}
	if err != nil {
		return diag.Findings{diag.Errorf(RuleSchema, diag.Position{File: path.Join(dir, schemaFile)}, "the schema of chart %q cannot be used: %s", used.Name(), oneLine(err)).
			WithHint("write a JSON schema that needs no other file")}
	}
	if message.Len() == 0 {
		return nil
	}
	return schemaFindings(dir, r, errors.New(message.String()))
}

// validate writes what the schemas refuse. The error is that of a schema which cannot be used.
func validate(c *chart.Chart, values map[string]any, message *strings.Builder) error {
	if c.Schema != nil {
		refused, err := refuses(c.Schema, values)
		if err != nil {
			return err
		}
		if refused != nil {
			fmt.Fprintf(message, "%s:\n%v\n", c.Name(), refused)
		}
	}
	for _, sub := range c.Dependencies() {
		raw, there := values[sub.Name()]
		if !there || raw == nil {
			continue
		}
		below, ok := raw.(map[string]any)
		if !ok {
			fmt.Fprintf(message, "%s:\ninvalid type for values: expected object (map), got %T\n", sub.Name(), raw)
			continue
		}
		if err := validate(sub, below, message); err != nil {
			return err
		}
	}
	return nil
}

// violation is one line of Helm's message about values that its JSON schema refuses.
var violation = regexp.MustCompile(`- at '([^']*)': (.*)`)

// extra takes the name out of a message about a key that a schema does not allow.
var extra = regexp.MustCompile(`additional properties '([^']+)'`)

// schemaFindings places what a chart's schema refuses at the values. Of several at one place the first is enough.
func schemaFindings(dir string, r *Release, err error) diag.Findings {
	schema := diag.Position{File: path.Join(dir, schemaFile)}
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

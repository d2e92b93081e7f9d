// Package reference writes the reference of the inputs from the schema's own comments.
package reference

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/load"
)

// order is how a reader meets the packages and their main definitions.
var order = []string{"Cloud", "Alerts", "Clusters", "Cluster", "Server", "Flux", "Capacity", "NodePart", "Apps", "App", "AppImage", "EnvValue", "Resources", "Services", "Service", "SecretValue", "DatabaseServer"}

// Inputs gives docs/reference/inputs.md.
func Inputs() ([]byte, error) {
	definitions, err := load.Reference()
	if err != nil {
		return nil, err
	}
	// What a definition in lower case makes is no input: objects, panels and rules of the catalog.
	definitions = slices.DeleteFunc(definitions, func(d load.Definition) bool {
		return strings.ToUpper(d.Name[:1]) != d.Name[:1]
	})
	rank := func(d load.Definition) int {
		if i := slices.Index(order, d.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(definitions, func(a, b load.Definition) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Package, b.Package), strings.Compare(a.Name, b.Name))
	})
	var b bytes.Buffer
	b.WriteString("# Inputs\n\nEvery field that a user may write, generated from the schema (`schema/`). The schema is closed: any other\n" +
		"field is refused. **Bold** fields are required.\n")
	for _, d := range definitions {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", d.Name, d.Doc)
		if d.Allowed != "" {
			fmt.Fprintf(&b, "\nAllowed: %s.\n", d.Allowed)
		}
		if len(d.Fields) == 0 {
			continue
		}
		b.WriteString("\n| field | means | may be | default |\n| --- | --- | --- | --- |\n")
		for _, f := range d.Fields {
			name := "`" + f.Name + "`"
			if f.Required {
				name = "**" + name + "**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, cell(f.Doc), typeCell(f.Type), code(f.Default))
		}
	}
	return b.Bytes(), nil
}

func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\n", " "), "|", "\\|")
}

// reference is a type that is one definition of the schema.
var reference = regexp.MustCompile(`^(?:[a-z]+\.)?#([A-Za-z]+)$`)

// typeCell shows words as words, definitions as links and CUE as code.
func typeCell(s string) string {
	if m := reference.FindStringSubmatch(s); m != nil {
		return "[" + m[1] + "](#" + strings.ToLower(m[1]) + ")"
	}
	if strings.ContainsAny(s, "#&=*[{") || strings.Contains(s, " | ") {
		return code(s)
	}
	return cell(s)
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|") + "`"
}

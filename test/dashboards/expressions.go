package dashboards

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/template"

	"github.com/grafana/loki/v3/pkg/logql/syntax"
	"github.com/prometheus/prometheus/promql/parser"
)

// builtin are Grafana's own variables with a value that has their form.
var builtin = strings.NewReplacer("$__rate_interval", "5m", "$__tags", `pod="a"`, "${__trace.traceId}", "0af7651916cd43dd8448eb211c80319c")

var variable = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)`)

// Parse parses an expression by the language of its data source's type and gives the labels that it groups by, nil for
// LogQL. The variables of the dashboard stand in strings only, where they need no value.
func Parse(datasourceType, expr string, variables map[string]bool) (labels map[string]bool, err error) {
	text := builtin.Replace(expr)
	for _, match := range variable.FindAllStringSubmatch(text, -1) {
		if !variables[match[1]] {
			return nil, fmt.Errorf("the variable $%s is not defined", match[1])
		}
	}
	switch datasourceType {
	case "prometheus":
		return promQL(text)
	case "loki":
		_, err := syntax.ParseExpr(text)
		return nil, err
	default:
		return nil, fmt.Errorf("no parser for expressions of a data source of type %q", datasourceType)
	}
}

func promQL(text string) (map[string]bool, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return nil, err
	}
	labels := map[string]bool{}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if aggregate, ok := node.(*parser.AggregateExpr); ok && !aggregate.Without {
			for _, label := range aggregate.Grouping {
				labels[label] = true
			}
		}
		return nil
	})
	return labels, nil
}

// Expand replaces environment variables as the provisioning of Grafana does ("$$" is a dollar), and tells which there
// were.
func Expand(text string) (expanded string, names []string) {
	parts := strings.Split(text, "$$")
	for i, part := range parts {
		parts[i] = os.Expand(part, func(name string) string {
			names = append(names, name)
			return "https://example.org/secret"
		})
	}
	return strings.Join(parts, "$"), names
}

var label = regexp.MustCompile(`\$labels\.(\w+)`)

// annotation checks a text of a rule: a template that names only labels that the rule's values have.
func annotation(text string, labels map[string]bool) error {
	none := func(any) string { return "" }
	_, err := template.New("").Funcs(template.FuncMap{"humanize": none, "humanizePercentage": none, "humanizeDuration": none}).
		Parse("{{ $labels := . }}{{ $values := . }}" + text)
	if err != nil {
		return err
	}
	for _, match := range label.FindAllStringSubmatch(text, -1) {
		if !labels[match[1]] {
			return fmt.Errorf("the label %q is none that the expression groups by", match[1])
		}
	}
	if strings.Contains(text, "${") {
		return fmt.Errorf("%q would be replaced by an environment variable", text)
	}
	return nil
}

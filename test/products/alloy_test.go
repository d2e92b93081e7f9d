package products_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/parser"
)

// namespaces are the first parts of the names of components; other identifiers are functions and constants.
var namespaces = []string{"discovery", "local", "loki", "otelcol", "prometheus"}

// verifyAlloy parses the configuration and looks for every component that another one refers to. The arguments of
// components are not checked: their types are part of Alloy itself.
func verifyAlloy(text string) error {
	file, err := parser.ParseFile("config.alloy", []byte(text))
	if err != nil {
		return err
	}
	w := &wiring{declared: map[string]bool{}}
	for _, statement := range file.Body {
		block, ok := statement.(*ast.BlockStmt)
		if !ok {
			return fmt.Errorf("a setting outside of all blocks at %s", ast.StartPos(statement).Position())
		}
		name := strings.Join(append(slices.Clone(block.Name), block.Label), ".")
		if w.declared[name] {
			return fmt.Errorf("%s is there twice", name)
		}
		w.declared[name] = true
	}
	ast.Walk(w, file.Body)
	return errors.Join(w.errs...)
}

// wiring visits all references to components.
type wiring struct {
	declared map[string]bool
	errs     []error
}

func (w *wiring) Visit(node ast.Node) ast.Visitor {
	access, ok := node.(*ast.AccessExpr)
	if !ok {
		return w
	}
	path := dotted(access)
	if len(path) == 0 || !slices.Contains(namespaces, path[0]) {
		return w
	}
	// A reference ends in what the component exports, such as "receiver".
	if name := strings.Join(path[:len(path)-1], "."); !w.declared[name] {
		w.errs = append(w.errs, fmt.Errorf("%s refers to a component that is not there", strings.Join(path, ".")))
	}
	return nil
}

// dotted gives the parts of a.b.c, and nothing for other expressions.
func dotted(expr ast.Expr) []string {
	switch e := expr.(type) {
	case *ast.IdentifierExpr:
		return []string{e.Ident.Name}
	case *ast.AccessExpr:
		if path := dotted(e.Value); len(path) > 0 {
			return append(path, e.Name.Name)
		}
	}
	return nil
}

func TestAlloy(t *testing.T) {
	for _, c := range find(t, "alloy", "helmrelease.yaml", "spec", "values", "alloy", "configMap", "content") {
		check(t, c, verifyAlloy,
			change{"a brace that is not closed", "}\n", "\n"},
			change{"a reference to nothing", "discovery.kubernetes.pods.targets", "discovery.kubernetes.pod.targets"},
			change{"a component twice", "discovery.kubernetes \"node\"", "discovery.kubernetes \"pods\""},
		)
	}
}

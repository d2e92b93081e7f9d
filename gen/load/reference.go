package load

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/lvs-cloud/lvsgen/schema"
)

// Definition is one definition of the schema, as its source documents it.
type Definition struct {
	// Package is the folder of the schema: "schema", "schema/catalog" or "schema/format".
	Package string
	Name    string
	Doc     string
	// Allowed says in words what is allowed, "" when the fields say it.
	Allowed string
	Fields  []Field
}

// Field is one field of a definition, Name being its path below it.
type Field struct {
	Name     string
	Required bool
	Doc      string
	// Type is what may stand there: in words where the schema has them, else as CUE.
	Type string
	// Default is what stands there when nothing is written, as CUE; "" when there is none.
	Default string
}

// exported matches the definitions that users meet; those with a small letter are the schema's own.
var exported = regexp.MustCompile(`^#[A-Z]`)

// Reference reads the documentation of all definitions out of the schema's own source.
func Reference() ([]Definition, error) {
	var out []Definition
	err := fs.WalkDir(schema.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := schema.Files.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(name, src, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if def, ok := definition(decl); ok {
				def.Package = path.Join("schema", path.Dir(name))
				out = append(out, def)
			}
		}
		return nil
	})
	return out, err
}

func definition(decl ast.Decl) (Definition, bool) {
	field, ok := decl.(*ast.Field)
	if !ok {
		return Definition{}, false
	}
	name, ok := labelName(field.Label)
	doc := comment(field)
	if !ok || !exported.MatchString(name) || doc == "" {
		return Definition{}, false
	}
	d := Definition{Name: strings.TrimPrefix(name, "#"), Doc: doc, Allowed: allowedText(field)}
	d.Fields = fieldsOf(field.Value, "")
	return d, true
}

// fieldsOf lists the documented fields of a struct, and those of the structs in it.
func fieldsOf(x ast.Expr, prefix string) []Field {
	var out []Field
	switch x := x.(type) {
	case *ast.BinaryExpr:
		if x.Op == token.AND {
			out = append(fieldsOf(x.X, prefix), fieldsOf(x.Y, prefix)...)
		}
	case *ast.StructLit:
		for _, elt := range x.Elts {
			if field, ok := elt.(*ast.Field); ok {
				out = append(out, fieldAndBelow(field, prefix)...)
			}
		}
	}
	return out
}

func fieldAndBelow(field *ast.Field, prefix string) []Field {
	name, ok := labelName(field.Label)
	switch {
	case ok && isHiddenOrDefinition(field.Label, name):
		return nil
	case !ok && pattern(field):
		name = "<name>"
	case !ok:
		return nil
	}
	f := Field{Name: prefix + name, Required: field.Constraint == token.NOT, Doc: comment(field)}
	below := fieldsOf(field.Value, f.Name+".")
	f.Type, f.Default = allowedText(field), defaultText(field.Value)
	if f.Type == "" && len(below) == 0 {
		f.Type = withoutDefault(field.Value)
	}
	return append([]Field{f}, below...)
}

// withoutDefault is the type as CUE, without the mark of its default.
func withoutDefault(x ast.Expr) string {
	b, err := format.Node(x)
	if err != nil {
		return exprText(x)
	}
	return strings.TrimPrefix(string(b), "*")
}

// defaultText is the marked alternative of a disjunction.
func defaultText(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.UnaryExpr:
		if x.Op == token.MUL {
			return exprText(x.X)
		}
	case *ast.ParenExpr:
		return defaultText(x.X)
	case *ast.BinaryExpr:
		if x.Op == token.OR {
			if d := defaultText(x.X); d != "" {
				return d
			}
			return defaultText(x.Y)
		}
	}
	return ""
}

// comment is the text above a declaration.
func comment(n ast.Node) string {
	var lines []string
	for _, group := range ast.Comments(n) {
		if !group.Doc {
			continue
		}
		for _, c := range group.List {
			if text := strings.TrimPrefix(strings.TrimPrefix(c.Text, "//"), " "); !strings.HasPrefix(text, "renovate:") {
				lines = append(lines, text)
			}
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// allowedText is the attribute @allowed of a field.
func allowedText(field *ast.Field) string {
	for _, attr := range field.Attrs {
		key, body := attr.Split()
		if key == "allowed" {
			if text, err := literal.Unquote(body); err == nil {
				return text
			}
		}
	}
	return ""
}

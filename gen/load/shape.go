package load

import (
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/token"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/schema"
)

// shape is what the schema says about one place of the inputs: which fields, which kinds, and in words what is allowed.
// It is made only when something is wrong: CUE alone judges, a shape explains.
type shape struct {
	value cue.Value
	at    diag.Position
	// allowed is the text of the schema's attribute @allowed.
	allowed string

	expanded bool
	fields   map[string]*shape
	required []string
	// pattern is the shape of fields with free names, names that of the names; elem is the shape of list elements.
	pattern, names, elem *shape
	open                 bool
	// enum are the scalars that may stand here, when there are only so many; arms the structs of a union.
	enum []string
	arms []*shape
	// scalar tells whether something else than a struct may stand here.
	scalar bool
}

// schemaShape is the shape of the inputs as a whole, by the fields of the package.
func (s *sources) schemaShape() (*shape, error) {
	s.shapeOnce.Do(func() {
		imports := &importer{sources: s, loading: map[string]token.Pos{}}
		context := build.NewContext(build.Loader(imports.load))
		imports.context = context
		inst := imports.instance(token.NoPos, schema.ImportPath, schema.Files, ".", false, "schema")
		value := cuecontext.New().BuildInstance(inst)
		if s.shapeErr = value.Err(); s.shapeErr != nil {
			return
		}
		s.schema = value
		definition := func(name string) *shape {
			return newShape(value.LookupPath(cue.ParsePath(name)))
		}
		s.shape = &shape{expanded: true, fields: map[string]*shape{
			"schemaVersion": definition("#SchemaVersion"),
			"cloud":         definition("#Cloud"),
			"clusters":      definition("#Clusters"),
			"apps":          definition("#Apps"),
		}}
	})
	return s.shape, s.shapeErr
}

func newShape(v cue.Value) *shape {
	sh := &shape{value: v, at: position(v.Pos())}
	if attr := v.Attribute("allowed"); attr.Err() == nil {
		sh.allowed, _ = attr.String(0)
	} else if attr := cue.Dereference(v).Attribute("allowed"); attr.Err() == nil {
		sh.allowed, _ = attr.String(0)
	}
	return sh
}

// expand looks one level deeper. Shapes are deep and mostly never looked at.
func (sh *shape) expand() {
	if sh.expanded {
		return
	}
	sh.expanded = true
	v := sh.value
	for _, arm := range disjuncts(v) {
		kind := arm.IncompleteKind()
		if kind&^cue.StructKind != 0 {
			sh.scalar = true
		}
		switch {
		case kind == cue.StructKind:
			sh.arms = append(sh.arms, newShape(arm))
		case kind == cue.ListKind:
			sh.enum = append(sh.enum, "")
		case arm.IsConcrete():
			if text := literalText(arm); !slices.Contains(sh.enum, text) {
				sh.enum = append(sh.enum, text)
			}
		default:
			sh.enum = append(sh.enum, "") // an open alternative: not an enumeration
		}
	}
	if slices.Contains(sh.enum, "") {
		sh.enum = nil
	}
	if len(sh.arms) == 1 {
		sh.expandStruct(sh.arms[0].value)
		sh.arms = nil
	}
	if v.IncompleteKind()&cue.ListKind != 0 {
		for _, arm := range disjuncts(v) {
			if elem := arm.LookupPath(cue.MakePath(cue.AnyIndex)); elem.Exists() {
				sh.elem = newShape(elem)
			}
		}
	}
}

func (sh *shape) expandStruct(v cue.Value) {
	sh.fields = map[string]*shape{}
	iter, err := v.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		return
	}
	for iter.Next() {
		sel := iter.Selector()
		if sel.ConstraintType() == cue.PatternConstraint {
			sh.pattern, sh.names = newShape(iter.Value()), newShape(sel.Pattern())
			continue
		}
		name := sel.Unquoted()
		sh.fields[name] = newShape(iter.Value())
		if sel.ConstraintType() == cue.RequiredConstraint {
			sh.required = append(sh.required, name)
		}
	}
	sh.open = v.Allows(cue.AnyString) && sh.pattern == nil
}

// disjuncts gives the alternatives of v, or v itself.
func disjuncts(v cue.Value) []cue.Value {
	op, args := v.Expr()
	if op == cue.SelectorOp || op == cue.NoOp {
		op, args = v.Eval().Expr()
	}
	if op != cue.OrOp {
		return []cue.Value{v}
	}
	var out []cue.Value
	for _, a := range args {
		out = append(out, disjuncts(a)...)
	}
	return out
}

func literalText(v cue.Value) string {
	if s, err := v.String(); err == nil {
		return strconv.Quote(s)
	}
	b, err := v.MarshalJSON()
	if err != nil {
		return ""
	}
	return string(b)
}

// field gives the shape of a field, or nil when there is no such field.
func (sh *shape) field(name string) *shape {
	sh.expand()
	if f, ok := sh.fields[name]; ok {
		return f
	}
	return sh.pattern
}

// walk gives the shape at a path, or nil.
func (sh *shape) walk(path []string) *shape {
	for _, name := range path {
		if sh == nil {
			return nil
		}
		sh.expand()
		if sh.elem != nil {
			if _, err := strconv.Atoi(name); err == nil {
				sh = sh.elem
				continue
			}
		}
		sh = sh.field(name)
	}
	return sh
}

// fieldNames are the fields that may be written here, sorted.
func (sh *shape) fieldNames() []string {
	sh.expand()
	var names []string
	for name := range sh.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// words says what is allowed here, for a message.
func (sh *shape) words() string {
	sh.expand()
	if sh.allowed != "" {
		return sh.allowed
	}
	if len(sh.enum) > 0 {
		text := "one of " + strings.Join(sh.enum, ", ")
		if sh.fields != nil {
			text += " or a struct with " + strings.Join(sh.required, " and ")
		}
		return text
	}
	var parts []string
	for _, k := range []struct {
		kind cue.Kind
		word string
	}{
		{cue.StringKind, "a text in quotes"},
		{cue.IntKind, "a whole number"},
		{cue.BoolKind, "true or false"},
		{cue.ListKind, "a list [...]"},
		{cue.StructKind, "a struct {...}"},
	} {
		if sh.value.IncompleteKind()&k.kind != 0 {
			parts = append(parts, k.word)
		}
	}
	return strings.Join(parts, " or ")
}

package load

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// judge compares what the user wrote literally with the shape of the schema. Expressions that need an evaluation are
// left to CUE.
type judge struct {
	sources  *sources
	findings diag.Findings
	// covered are the paths that a finding explains; CUE's errors at and below them are the same mistake.
	covered map[string]bool
	// structs are the structs with required fields, by path; leaves the first scalar that each path is set to.
	structs map[string]*seenStruct
	leaves  map[string]ast.Expr
}

// seenStruct is a struct that the user wrote, maybe in several pieces.
type seenStruct struct {
	path  []string
	shape *shape
	// plain: all its pieces are plain fields, so that what they do not mention is not there.
	plain bool
}

func newJudge(s *sources) *judge {
	return &judge{sources: s, covered: map[string]bool{}, structs: map[string]*seenStruct{}, leaves: map[string]ast.Expr{}}
}

// inputs judges all files as one.
func (j *judge) inputs(root *shape) {
	for _, f := range j.sources.files {
		j.decls(root, f.syntax.Decls, nil)
	}
	for _, key := range slices.Sorted(maps.Keys(j.structs)) {
		if seen := j.structs[key]; seen.plain {
			j.missing(seen)
		}
	}
}

// missing reports the required fields that no piece of the struct mentions.
func (j *judge) missing(seen *seenStruct) {
	for _, name := range seen.shape.required {
		path := append(slices.Clone(seen.path), name)
		if _, depth := j.sources.find(path); depth < len(path) && !j.covered[pathKey(path)] {
			j.add(j.sources.missingField(seen.shape, path), path)
		}
	}
}

// missingField says that a required field is not there, at the struct that lacks it.
func (s *sources) missingField(sh *shape, path []string) diag.Finding {
	parent, name := path[:len(path)-1], path[len(path)-1]
	at, _ := s.find(parent)
	field := sh.fields[name]
	return diag.Errorf(ruleMissing, at, "%s is missing", pathText(path)).
		WithRelated(field.at, "the schema requires it").
		WithHint("write %s: %s", name, field.example())
}

// see notes a piece of a struct.
func (j *judge) see(sh *shape, x *ast.StructLit, path []string) {
	if len(sh.required) == 0 {
		return
	}
	key := pathKey(path)
	seen := j.structs[key]
	if seen == nil {
		seen = &seenStruct{path: slices.Clone(path), shape: sh, plain: true}
		j.structs[key] = seen
	}
	for _, elt := range x.Elts {
		switch elt.(type) {
		case *ast.Field, *ast.CommentGroup, *ast.LetClause:
		default:
			seen.plain = false
		}
	}
}

// repeated reports a scalar that is set to another value elsewhere.
func (j *judge) repeated(x ast.Expr, path []string) {
	key := pathKey(path)
	first, seen := j.leaves[key]
	if !seen {
		j.leaves[key] = x
		return
	}
	if a, b := exprText(first), exprText(x); a != b {
		j.add(diag.Errorf(ruleValue, position(x.Pos()), "%s is set twice, to %s and to %s", pathText(path), a, b).
			WithRelated(position(first.Pos()), "the other value").WithHint("keep one of them"), path)
	}
}

func pathKey(path []string) string { return strings.Join(path, "\x00") }

func (j *judge) add(f diag.Finding, path []string) {
	j.covered[pathKey(path)] = true
	j.findings = append(j.findings, f)
}

// isCovered tells whether a finding explains path, a part above it or a part below it.
func (j *judge) isCovered(path []string) bool {
	for i := range path {
		if j.covered[pathKey(path[:i+1])] {
			return true
		}
	}
	if len(path) == 0 {
		return false
	}
	prefix := pathKey(path) + "\x00"
	for c := range j.covered {
		if strings.HasPrefix(c, prefix) {
			return true
		}
	}
	return false
}

// decls judges the declarations of a struct.
func (j *judge) decls(sh *shape, decls []ast.Decl, path []string) {
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.Field:
			j.field(sh, decl, path)
		case *ast.EmbedDecl:
			if _, ok := decl.Expr.(*ast.StructLit); ok {
				j.expr(sh, decl.Expr, path)
			}
		case *ast.Comprehension:
			j.expr(sh, decl.Value, path)
		}
	}
}

func (j *judge) field(sh *shape, field *ast.Field, path []string) {
	name, ok := labelName(field.Label)
	if !ok || isHiddenOrDefinition(field.Label, name) {
		return
	}
	full := append(slices.Clone(path), name)
	sh.expand()
	if len(path) > 0 && !sh.open && !sh.value.Allows(cue.Str(name)) && sh.fields[name] == nil {
		j.unknown(sh, field, name, full)
		return
	}
	if child := sh.field(name); child != nil {
		j.expr(child, field.Value, full)
	}
}

// isHiddenOrDefinition tells whether a field is the user's own business: the schema does not speak of it.
func isHiddenOrDefinition(label ast.Label, name string) bool {
	_, ident := label.(*ast.Ident)
	return ident && (strings.HasPrefix(name, "_") || strings.HasPrefix(name, "#"))
}

// unknown says that there is no such field, or that the name cannot be one.
func (j *judge) unknown(sh *shape, field *ast.Field, name string, path []string) {
	at := position(field.Label.Pos())
	if near := diag.Nearest(name, sh.fieldNames()); near == "" && sh.pattern != nil {
		want := sh.names.words()
		f := diag.Errorf(ruleValue, at, "%s: %q is not a name that can stand here: want %s", pathText(path[:len(path)-1]), name, want)
		if fixed := dnsLabel(name); fixed != name && sh.value.Allows(cue.Str(fixed)) {
			f = f.WithHint("write %q", fixed)
		}
		j.add(f.WithRelated(sh.pattern.at, "the schema"), path)
		return
	}
	f := diag.Errorf(ruleUnknown, at, "unknown field %q in %s", name, pathText(path[:len(path)-1]))
	names := sh.fieldNames()
	if near := diag.Nearest(name, names); near != "" {
		f = f.WithHint("did you mean %q?", near)
	} else if len(names) > 0 {
		f = f.WithHint("the fields here are %s", strings.Join(names, ", "))
	}
	j.add(f.WithRelated(sh.at, "the schema of this struct"), path)
}

// expr judges one value.
func (j *judge) expr(sh *shape, x ast.Expr, path []string) {
	switch x := x.(type) {
	case *ast.ParenExpr:
		j.expr(sh, x.X, path)
	case *ast.BinaryExpr:
		if x.Op == token.AND {
			j.expr(sh, x.X, path)
			j.expr(sh, x.Y, path)
		}
	case *ast.StructLit:
		j.structure(sh, x, path)
	case *ast.ListLit:
		j.list(sh, x, path)
	case *ast.BasicLit:
		j.leaf(sh, x, path)
	case *ast.UnaryExpr:
		if lit, ok := x.X.(*ast.BasicLit); ok && (x.Op == token.SUB || x.Op == token.ADD) && lit.Kind != token.STRING {
			j.leaf(sh, x, path)
		}
	}
}

func (j *judge) structure(sh *shape, x *ast.StructLit, path []string) {
	sh.expand()
	switch {
	case len(sh.arms) > 1:
		j.union(sh, x, path)
	case sh.fields != nil:
		j.see(sh, x, path)
		j.decls(sh, x.Elts, path)
	case sh.value.IncompleteKind()&cue.StructKind == 0:
		j.add(diag.Errorf(ruleValue, position(x.Pos()), "%s is a struct, but must be %s", pathText(path), sh.words()).
			WithRelated(sh.at, "the schema"), path)
	}
}

// union finds the arm that the struct means by its tag (the field that all arms fix to different values), and judges it
// by that arm alone.
func (j *judge) union(sh *shape, x *ast.StructLit, path []string) {
	tag, values := unionTag(sh.arms)
	if tag == "" {
		return
	}
	var written ast.Expr
	for _, decl := range x.Elts {
		field, ok := decl.(*ast.Field)
		if !ok {
			return // an embedding may bring the tag
		}
		if name, ok := labelName(field.Label); ok && name == tag {
			written = field.Value
		}
	}
	if written == nil {
		j.add(diag.Errorf(ruleMissing, position(x.Pos()), "%s does not say which kind it is: %s.%s is missing", pathText(path), pathText(path), tag).
			WithRelated(sh.at, "the schema").
			WithHint("write %s: %s", tag, strings.Join(values, " or ")), path)
		return
	}
	lit, ok := written.(*ast.BasicLit)
	if !ok {
		return
	}
	at := slices.Index(values, exprText(lit))
	if at < 0 {
		f := diag.Errorf(ruleValue, position(lit.Pos()), "%s is %s, but must be %s", pathText(append(slices.Clone(path), tag)), exprText(lit), strings.Join(values, " or "))
		if near := diag.Nearest(exprText(lit), values); near != "" {
			f = f.WithHint("did you mean %s?", near)
		}
		j.add(f.WithRelated(sh.at, "the schema"), path)
		return
	}
	arm := sh.arms[at]
	before := len(j.findings)
	j.decls(arm, x.Elts, path)
	arm.expand()
	for _, name := range arm.required {
		if _, d := lookup(x.Elts, []string{name}); d == 0 {
			j.add(j.sources.missingField(arm, append(slices.Clone(path), name)), path)
		}
	}
	if len(j.findings) > before {
		j.covered[pathKey(path)] = true
	}
}

// unionTag finds the required field that every arm fixes to another text.
func unionTag(arms []*shape) (tag string, values []string) {
	arms[0].expand()
	for _, name := range arms[0].required {
		values = nil
		for _, arm := range arms {
			if f := arm.field(name); f != nil && f.value.IsConcrete() {
				values = append(values, literalText(f.value))
			}
		}
		if len(values) == len(arms) {
			return name, values
		}
	}
	return "", nil
}

func (j *judge) list(sh *shape, x *ast.ListLit, path []string) {
	sh.expand()
	if sh.elem == nil {
		if sh.value.IncompleteKind()&cue.ListKind == 0 {
			j.add(diag.Errorf(ruleValue, position(x.Pos()), "%s is a list, but must be %s", pathText(path), sh.words()).
				WithRelated(sh.at, "the schema"), path)
		}
		return
	}
	for i, elt := range x.Elts {
		if _, ok := elt.(*ast.Ellipsis); !ok {
			j.expr(sh.elem, elt, append(slices.Clone(path), strconv.Itoa(i)))
		}
	}
}

// leaf judges a scalar by unifying it with the schema's constraint.
func (j *judge) leaf(sh *shape, x ast.Expr, path []string) {
	if sh.accepts(x) {
		j.repeated(x, path)
		return
	}
	text := exprText(x)
	f := diag.Errorf(ruleValue, position(x.Pos()), "%s is %s, but must be %s", pathText(path), text, sh.words()).
		WithRelated(sh.at, "the schema")
	if retired, ok := j.retired(path, x); ok {
		j.add(retired.WithRelated(sh.at, "the schema"), path)
		return
	}
	if fixed := sh.repair(x); fixed != "" {
		f = f.WithHint("write %s", fixed)
	} else if near := diag.Nearest(text, sh.enum); near != "" && strings.HasPrefix(near, `"`) {
		f = f.WithHint("did you mean %s?", near)
	}
	j.add(f, path)
}

// retired explains a server type that could be ordered once.
func (j *judge) retired(path []string, x ast.Expr) (diag.Finding, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || len(path) != 5 || path[0] != "clusters" || path[2] != "servers" || path[4] != "type" {
		return diag.Finding{}, false
	}
	name, err := literal.Unquote(lit.Value)
	if err != nil {
		return diag.Finding{}, false
	}
	entry := j.sources.schema.LookupPath(cue.MakePath(cue.Str("retiredServerTypes"), cue.Str(name)))
	if !entry.Exists() {
		return diag.Finding{}, false
	}
	since, _ := entry.LookupPath(cue.ParsePath("since")).String()
	use, _ := entry.LookupPath(cue.ParsePath("use")).String()
	return diag.Errorf(ruleValue, position(x.Pos()), "%s is %q, which cannot be ordered since %s: terraform plans it, and only the apply fails", pathText(path), name, since).
		WithHint("write %q", use), true
}

// accepts tells whether the constraint holds for the literal.
func (sh *shape) accepts(x ast.Expr) bool {
	lit := cuecontext.New().BuildExpr(x)
	return lit.Err() == nil && sh.value.Unify(lit).Validate() == nil
}

// repair finds the writing that was probably meant: the same value in lower case, without a scheme or a leading "v",
// with or without quotes. Only what the schema accepts is offered.
func (sh *shape) repair(x ast.Expr) string {
	var candidates []string
	text := exprText(x)
	if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		s, err := literal.Unquote(lit.Value)
		if err != nil {
			return ""
		}
		bare := strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
		bare, _, _ = strings.Cut(bare, "/")
		for _, c := range []string{strings.ToLower(s), strings.ToLower(bare), strings.TrimPrefix(s, "v"), strings.TrimSpace(s), "/" + s, strings.TrimSuffix(s, "/"), dnsLabel(s)} {
			candidates = append(candidates, strconv.Quote(c))
		}
		if _, err := strconv.ParseInt(s, 10, 64); err == nil || s == "true" || s == "false" {
			candidates = append(candidates, s)
		}
	} else {
		candidates = append(candidates, strconv.Quote(text))
	}
	scratch := cuecontext.New()
	for _, c := range candidates {
		if c == text || c == `""` {
			continue
		}
		v := scratch.CompileString(c)
		if v.Err() == nil && sh.value.Unify(v).Validate() == nil && v.Kind() != cue.StructKind {
			return c
		}
	}
	return ""
}

// example is what could be written here.
func (sh *shape) example() string {
	sh.expand()
	if sh.fields != nil && !sh.scalar {
		if sh.pattern != nil {
			return "{<" + sh.names.words() + ">: " + sh.pattern.example() + "}"
		}
		return "{" + strings.Join(sh.required, ", ") + "}"
	}
	return "<" + sh.words() + ">"
}

// exprText is the source of an expression, shortened when it is long.
func exprText(x ast.Expr) string {
	b, err := format.Node(x)
	if err != nil {
		return fmt.Sprintf("%T", x)
	}
	text := string(b)
	if r := []rune(text); len(r) > 80 {
		return string(r[:77]) + "..."
	}
	return text
}

// dnsLabel turns a text into a DNS label, as far as that goes.
func dnsLabel(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-':
			return r
		case r == '_' || r == ' ' || r == '.':
			return '-'
		}
		return -1
	}, strings.ToLower(s))
	return strings.Trim(s, "-")
}

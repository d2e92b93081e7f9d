package load

import (
	"maps"
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
)

// batchSize is how many files of apps are evaluated in one CUE context. A context never forgets: at 50 the time per app
// is the same as in one big instance, and memory stays at that of one batch per processor (docs/performance.md).
const batchSize = 50

// batch is one evaluation: the shared files, those of its own apps, and what is read from the result.
type batch struct {
	common, own []*file
	// shared: read the cloud and the cluster from it.
	shared bool
	// apps: read the apps from it.
	apps bool
	// keep are the top-level fields that the shared files keep; nil keeps all. What nobody refers to is left out, so that
	// a batch of apps does not evaluate the platform.
	keep map[string]bool
}

// oneInstance is the plan without batches.
func (s *sources) oneInstance() []batch {
	return []batch{{common: s.files, shared: true, apps: true}}
}

// batches divides the evaluation such that its results equal those of one instance:
//   - a file of an app that only declares apps by literal names, and refers to no other app, can be evaluated apart
//     from its like, together with the shared files;
//   - files that declare the same app stay together;
//   - files below applications/ that declare other things, but no app, are shared;
//   - anything else (an app computed by a comprehension, a constraint on all apps, a reference to "apps") makes one
//     instance of all.
func (s *sources) batches() []batch {
	var shared, simple []*file
	names := map[*file][]string{}
	for _, f := range s.files {
		declares, apps := classify(f.syntax)
		switch {
		case refers(f.syntax, "apps"):
			return s.oneInstance()
		case f.kind != appFile || !apps:
			if apps && !declares.onlyConstraint {
				return s.oneInstance()
			}
			shared = append(shared, f)
		case declares.others || declares.computed || declares.patterns:
			return s.oneInstance()
		default:
			simple = append(simple, f)
			names[f] = declares.names
		}
	}
	plan := []batch{{common: shared, shared: true, keep: topLevelNames(shared, "apps")}}
	for _, group := range groups(simple, names) {
		last := len(plan) - 1
		if last > 0 && len(plan[last].own)+len(group) <= batchSize {
			plan[last].own = append(plan[last].own, group...)
			continue
		}
		plan = append(plan, batch{common: shared, own: slices.Clone(group), apps: true})
	}
	for i := range plan[1:] {
		b := &plan[i+1]
		b.keep = s.needed(shared, b.own, "apps")
	}
	return plan
}

// groups keeps files that declare a common app together, in the order of their first file.
func groups(files []*file, names map[*file][]string) [][]*file {
	group := map[string]int{}
	var out [][]*file
	for _, f := range files {
		at := -1
		for _, name := range names[f] {
			other, seen := group[name]
			switch {
			case !seen:
			case at == -1:
				at = other
			case other != at: // f joins two groups
				out[at] = append(out[at], out[other]...)
				out[other] = nil
				for n, g := range group {
					if g == other {
						group[n] = at
					}
				}
			}
		}
		if at == -1 {
			at = len(out)
			out = append(out, nil)
		}
		out[at] = append(out[at], f)
		for _, name := range names[f] {
			group[name] = at
		}
	}
	return slices.DeleteFunc(out, func(g []*file) bool { return len(g) == 0 })
}

// declarations is what the top level of a file says.
type declarations struct {
	// names are the apps that it declares by literal names.
	names []string
	// onlyConstraint: "apps" is only bound to expressions (apps: schema.#Apps) or patterns; no app is declared.
	onlyConstraint bool
	// patterns: it constrains all apps by a pattern (apps: [string]: replicas: 2).
	patterns bool
	// computed: some apps have names that only an evaluation knows.
	computed bool
	// others: it declares something besides apps.
	others bool
}

// classify looks at the top level of a file; mentions tells whether it says anything of apps.
func classify(f *ast.File) (d declarations, mentions bool) {
	d.onlyConstraint = true
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.Package, *ast.ImportDecl, *ast.CommentGroup, *ast.Attribute, *ast.LetClause:
		case *ast.Field:
			name, ok := labelName(decl.Label)
			if !ok || name != "apps" {
				d.others = true
				continue
			}
			mentions = true
			d.addApps(decl.Value)
		default: // an embedding or a comprehension: whatever it makes
			d.others, d.computed, mentions, d.onlyConstraint = true, true, true, false
		}
	}
	return d, mentions
}

// addApps notes which apps the value of the field "apps" declares.
func (d *declarations) addApps(value ast.Expr) {
	if bin, ok := value.(*ast.BinaryExpr); ok {
		d.addApps(bin.X)
		d.addApps(bin.Y)
		return
	}
	body, ok := value.(*ast.StructLit)
	if !ok {
		// A reference constrains all apps; in a shared file that is the binding of the schema.
		d.computed = true
		return
	}
	for _, decl := range body.Elts {
		if pattern(decl) {
			d.patterns = true
			continue
		}
		d.onlyConstraint = false
		field, ok := decl.(*ast.Field)
		if !ok {
			if _, isComment := decl.(*ast.CommentGroup); !isComment {
				d.computed = true
			}
			continue
		}
		name, ok := labelName(field.Label)
		if !ok {
			d.computed = true
			continue
		}
		d.names = append(d.names, name)
	}
}

// pattern tells whether decl is a pattern constraint: [expression]: value.
func pattern(decl ast.Decl) bool {
	field, ok := decl.(*ast.Field)
	if !ok {
		return false
	}
	label := field.Label
	if alias, ok := label.(*ast.Alias); ok {
		label, _ = alias.Expr.(ast.Label)
	}
	_, ok = label.(*ast.ListLit)
	return ok
}

// topLevelNames gives the top-level fields of the files but for one.
func topLevelNames(files []*file, except string) map[string]bool {
	names := map[string]bool{}
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			if field, ok := decl.(*ast.Field); ok {
				if name, ok := labelName(field.Label); ok && name != except {
					names[name] = true
				}
			}
		}
	}
	return names
}

// labelName gives the name of a field whose label is an identifier or a plain string.
func labelName(label ast.Label) (string, bool) {
	switch l := label.(type) {
	case *ast.Ident:
		return l.Name, true
	case *ast.BasicLit:
		name, err := literal.Unquote(l.Value)
		return name, err == nil
	case *ast.Alias:
		if inner, ok := l.Expr.(ast.Label); ok {
			return labelName(inner)
		}
	}
	return "", false
}

// refers tells whether the syntax refers to the top-level name. Labels do not count; a name that is shadowed does,
// which costs time but no correctness.
func refers(n ast.Node, name string) bool {
	return references(n)[name]
}

// references gives all identifiers that are used as values.
func references(n ast.Node) map[string]bool {
	found := map[string]bool{}
	var visit func(ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			switch label := n.Label.(type) {
			case *ast.Ident:
			default:
				ast.Walk(label, visit, nil) // an interpolation or a pattern holds expressions
			}
			if n.Value != nil {
				ast.Walk(n.Value, visit, nil)
			}
			return false
		case *ast.SelectorExpr:
			ast.Walk(n.X, visit, nil)
			return false
		case *ast.ImportDecl, *ast.Package:
			return false
		case *ast.Ident:
			found[n.Name] = true
		}
		return true
	}
	ast.Walk(n, visit, nil)
	return found
}

// needed gives the top-level fields that the roots and the files refer to, directly or through fields of the shared
// files.
func (s *sources) needed(shared, files []*file, roots ...string) map[string]bool {
	bodies := map[string][]ast.Node{}
	pending := slices.Clone(roots)
	for _, f := range shared {
		for _, decl := range f.syntax.Decls {
			if field, ok := decl.(*ast.Field); ok {
				if name, ok := labelName(field.Label); ok {
					bodies[name] = append(bodies[name], field)
					continue
				}
			}
			pending = append(pending, slices.Collect(maps.Keys(references(decl)))...)
		}
	}
	for _, f := range files {
		pending = append(pending, slices.Collect(maps.Keys(references(f.syntax)))...)
	}
	keep := map[string]bool{}
	for len(pending) > 0 {
		name := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if keep[name] {
			continue
		}
		keep[name] = true
		for _, body := range bodies[name] {
			pending = append(pending, slices.Collect(maps.Keys(references(body)))...)
		}
	}
	return keep
}

// prune takes the top-level fields out that keep does not name, and the imports that nothing uses any more.
func prune(f *ast.File, keep map[string]bool) {
	if keep == nil {
		return
	}
	f.Decls = slices.DeleteFunc(f.Decls, func(decl ast.Decl) bool {
		field, ok := decl.(*ast.Field)
		if !ok {
			return false
		}
		name, ok := labelName(field.Label)
		return ok && !keep[name]
	})
	used := references(f)
	unused := func(spec *ast.ImportSpec) bool { return !used[importName(spec)] }
	for _, decl := range f.Decls {
		if imports, ok := decl.(*ast.ImportDecl); ok {
			imports.Specs = slices.DeleteFunc(imports.Specs, unused)
		}
	}
	f.Decls = slices.DeleteFunc(f.Decls, func(decl ast.Decl) bool {
		imports, ok := decl.(*ast.ImportDecl)
		return ok && len(imports.Specs) == 0
	})
}

// importName is the identifier that an import is used by.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	importPath, err := literal.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	return ast.ParseImportPath(importPath).Qualifier
}

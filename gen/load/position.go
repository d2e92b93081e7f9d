package load

import (
	"strconv"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// locator finds positions below one path of the inputs. It looks only when it is asked: most values never are.
type locator struct {
	sources *sources
	path    []string
}

func (s *sources) locator(path ...string) locator {
	return locator{sources: s, path: path}
}

// Position gives the place of the deepest part of the path that a file mentions.
func (l locator) Position(path ...string) diag.Position {
	full := append(append([]string(nil), l.path...), path...)
	p, _ := l.sources.find(full)
	return p
}

// find gives the place of the deepest part of path that an input mentions, and how many elements of it those are.
func (s *sources) find(path []string) (diag.Position, int) {
	var best ast.Node
	depth := 0
	for _, f := range s.filesOf(path) {
		if node, d := lookup(f.syntax.Decls, path); d > depth {
			best, depth = node, d
		}
	}
	if best == nil {
		if files := s.filesOf(path); len(files) > 0 {
			return diag.Position{File: files[0].path}, 0
		}
		return diag.Position{}, 0
	}
	return position(best.Pos()), depth
}

// filesOf narrows the search to the files that declare the app, when the path is one of an app's.
func (s *sources) filesOf(path []string) []*file {
	if len(path) > 1 && path[0] == "apps" {
		if files := s.declarers()[path[1]]; len(files) > 0 {
			return files
		}
		if len(s.computing) > 0 {
			return s.computing
		}
	}
	return s.files
}

// declarers gives the files that declare each app by a literal name.
func (s *sources) declarers() map[string][]*file {
	s.declared.Do(func() {
		s.byApp = map[string][]*file{}
		for _, f := range s.files {
			d, _ := classify(f.syntax)
			if d.computed && f.kind == appFile {
				s.computing = append(s.computing, f)
			}
			for _, name := range d.names {
				if fs := s.byApp[name]; len(fs) == 0 || fs[len(fs)-1] != f {
					s.byApp[name] = append(s.byApp[name], f)
				}
			}
		}
	})
	return s.byApp
}

// lookup finds the deepest part of path among declarations. For a field with a struct it gives the label, for any other
// field the value: that is what a reader looks for.
func lookup(decls []ast.Decl, path []string) (ast.Node, int) {
	var best ast.Node
	depth := 0
	better := func(n ast.Node, d int) {
		if n != nil && d > depth {
			best, depth = n, d
		}
	}
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.Field:
			name, ok := labelName(decl.Label)
			if !ok || len(path) == 0 || name != path[0] {
				continue
			}
			better(fieldNode(decl), 1)
			n, d := lookupExpr(decl.Value, path[1:])
			better(n, d+1)
		case *ast.EmbedDecl:
			better(lookupExpr(decl.Expr, path))
		case *ast.Comprehension:
			better(lookupExpr(decl.Value, path))
		}
	}
	return best, depth
}

func lookupExpr(x ast.Expr, path []string) (ast.Node, int) {
	if len(path) == 0 {
		return nil, 0
	}
	switch x := x.(type) {
	case *ast.StructLit:
		return lookup(x.Elts, path)
	case *ast.ParenExpr:
		return lookupExpr(x.X, path)
	case *ast.BinaryExpr:
		n, d := lookupExpr(x.X, path)
		if m, e := lookupExpr(x.Y, path); e > d {
			return m, e
		}
		return n, d
	case *ast.ListLit:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(x.Elts) {
			return nil, 0
		}
		if n, d := lookupExpr(x.Elts[i], path[1:]); d > 0 {
			return n, d + 1
		}
		return x.Elts[i], 1
	}
	return nil, 0
}

func fieldNode(f *ast.Field) ast.Node {
	switch f.Value.(type) {
	case nil, *ast.StructLit:
		return f.Label
	}
	return f.Value
}

// position turns a CUE position into one of ours.
func position(p token.Pos) diag.Position {
	if !p.IsValid() {
		return diag.Position{}
	}
	return diag.Position{File: p.Filename(), Line: p.Line(), Column: p.Column()}
}

// errorPosition is where a CUE error is, or the file as a whole.
func errorPosition(err error, file string) diag.Position {
	for _, p := range errors.Positions(err) {
		if at := position(p); at.File == file {
			return at
		}
	}
	return diag.Position{File: file}
}

// findIn gives the place of path in one file.
func findIn(f *file, path ...string) (diag.Position, bool) {
	node, depth := lookup(f.syntax.Decls, path)
	if node == nil {
		return diag.Position{File: f.path}, false
	}
	return position(node.Pos()), depth == len(path)
}

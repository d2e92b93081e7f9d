package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/mod/modfile"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/schema"
)

// packageName is the one CUE package that all inputs belong to.
const packageName = "cloud"

// maxFileSize bounds an input file, in bytes. The largest sensible input, a service with dashboards, is well below.
const maxFileSize = 1 << 20

// kind is what an input file is for.
type kind int

const (
	cloudFile kind = iota
	clusterFile
	serviceFile
	appFile
)

// place is where inputs of one kind lie.
type place struct {
	glob string
	kind kind
}

// patterns are the places where inputs live, in the order of reading.
var patterns = []place{
	{"cloud.cue", cloudFile},
	{"clusters/*/cluster.cue", clusterFile},
	{"platform/*/service.cue", serviceFile},
	{"infrastructure/*/service.cue", serviceFile},
	{"applications/*/*.cue", appFile},
}

// file is one input file. syntax belongs to the reading stage; every evaluation parses src anew, because CUE's
// resolver writes into the syntax tree.
type file struct {
	path   string
	kind   kind
	src    []byte
	syntax *ast.File
}

// moduleFile is what cue.mod/module.cue says.
type moduleFile struct {
	// path is the module's path without a version, empty when there is no module.
	path string
}

// sources are all inputs of one repository.
type sources struct {
	root   fs.FS
	files  []*file
	module moduleFile
	// schemaDir is where the user finds the schema, relative to the root, for second positions.
	schemaDir string

	// Made when they are first asked for.
	declared  sync.Once
	byApp     map[string][]*file
	shapeOnce sync.Once
	shape     *shape
	schema    cue.Value
	shapeErr  error
}

// read finds and parses the inputs.
func read(root fs.FS) (*sources, diag.Findings) {
	s := &sources{root: root}
	var findings diag.Findings
	if f := s.readModule(); f != nil {
		findings = append(findings, *f)
	}
	for _, p := range patterns {
		paths, err := fs.Glob(root, p.glob)
		if err != nil {
			findings = append(findings, unreadable(p.glob, err))
		}
		for _, name := range paths {
			if strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(path.Base(name), "_") {
				continue // CUE, too, leaves hidden files out
			}
			f, found := s.readFile(name, p.kind)
			findings = append(findings, found...)
			if f != nil {
				s.files = append(s.files, f)
			}
		}
	}
	findings = append(findings, s.checkUnread()...)
	findings = append(findings, s.checkPresence(len(findings) > 0)...)
	if len(findings) == 0 {
		findings = append(findings, s.checkTopLevel()...)
	}
	return s, findings
}

// readModule reads cue.mod/module.cue, so that files can import other packages of the repository.
func (s *sources) readModule() *diag.Finding {
	const name = "cue.mod/module.cue"
	s.schemaDir = path.Join("cue.mod/pkg", schema.ImportPath)
	data, err := readLimited(s.root, name)
	if errors.Is(err, fs.ErrNotExist) {
		f := diag.Errorf(ruleInput, diag.Position{File: name}, "the file is missing: without it the inputs cannot import the schema").
			WithHint("lvsgen init writes it; by hand: module: \"example.org/cloud\" and language: version: \"v0.17.0\"")
		return &f
	}
	if err != nil {
		f := unreadable(name, err)
		return &f
	}
	mod, err := modfile.ParseNonStrict(data, name)
	if err != nil {
		f := diag.Errorf(ruleInput, errorPosition(err, name), "not a CUE module file: %s", firstLine(err))
		return &f
	}
	s.module.path, _, _ = strings.Cut(mod.QualifiedModule(), "@")
	if inside, ok := strings.CutPrefix(schema.ImportPath, s.module.path+"/"); ok {
		s.schemaDir = inside
	}
	return nil
}

// readFile reads and parses one input.
func (s *sources) readFile(name string, k kind) (*file, diag.Findings) {
	at := diag.Position{File: name}
	data, err := readLimited(s.root, name)
	if err != nil {
		return nil, diag.Findings{unreadable(name, err)}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, diag.Findings{diag.Errorf(ruleInput, at, "the file is empty").
			WithHint("start it with \"package %s\", or delete it", packageName)}
	}
	if !utf8.Valid(data) {
		line, column := invalidUTF8(data)
		return nil, diag.Findings{diag.Errorf(ruleInput, diag.Position{File: name, Line: line, Column: column},
			"the file is not UTF-8 here").WithHint("save it as UTF-8")}
	}
	syntax, err := parser.ParseFile(name, data, parser.ParseComments)
	if err != nil {
		return nil, syntaxFindings(err, name)
	}
	if got := syntax.PackageName(); got != packageName {
		f := diag.Errorf(ruleInput, diag.Position{File: name, Line: 1, Column: 1}, "the file is of package %q, not of %q", got, packageName)
		if got == "" {
			f = diag.Errorf(ruleInput, diag.Position{File: name, Line: 1, Column: 1}, "the file does not say which package it is of")
		}
		return nil, diag.Findings{f.WithHint("all inputs are one package: write \"package %s\" as its first line", packageName)}
	}
	return &file{path: name, kind: k, src: data, syntax: syntax}, nil
}

// elsewhere are the places where people put CUE files that they mean to be inputs.
var elsewhere = []string{
	"*.cue", "clusters/*.cue", "clusters/*/*.cue", "platform/*.cue", "platform/*/*.cue",
	"infrastructure/*.cue", "infrastructure/*/*.cue", "applications/*.cue", "applications/*/*/*.cue",
}

// checkUnread finds files of the inputs' package that lie where lvsgen does not read: what they say would be missing
// without a word.
func (s *sources) checkUnread() diag.Findings {
	read := map[string]bool{}
	for _, f := range s.files {
		read[f.path] = true
	}
	var findings diag.Findings
	for _, glob := range elsewhere {
		names, err := fs.Glob(s.root, glob)
		if err != nil {
			continue
		}
		for _, name := range names {
			base := path.Base(name)
			if read[name] || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
				continue
			}
			data, err := readLimited(s.root, name)
			if err != nil {
				continue // it may be anything; if it is an input, reading it has been reported
			}
			syntax, err := parser.ParseFile(name, data, parser.PackageClauseOnly)
			if err != nil || syntax.PackageName() != packageName || matches(name) {
				continue
			}
			findings = append(findings, diag.Errorf(ruleInput, diag.Position{File: name, Line: 1, Column: 1}, "the file is of package %q, but lies where no input is read", packageName).
				WithHint("inputs are cloud.cue, clusters/*/cluster.cue, platform/*/service.cue, infrastructure/*/service.cue and applications/*/*.cue"))
		}
	}
	return findings
}

// matches tells whether a file lies where inputs are read, whatever became of reading it.
func matches(name string) bool {
	return slices.ContainsFunc(patterns, func(p place) bool {
		matched, err := path.Match(p.glob, name)
		return matched && err == nil
	})
}

// checkPresence finds what must be there as a file, and what must be there once.
func (s *sources) checkPresence(incomplete bool) diag.Findings {
	byKind := map[kind][]*file{}
	for _, f := range s.files {
		byKind[f.kind] = append(byKind[f.kind], f)
	}
	var findings diag.Findings
	if len(byKind[cloudFile]) == 0 && !incomplete {
		findings = append(findings, diag.Errorf(ruleInput, diag.Position{File: "cloud.cue"}, "the file is missing: this is not the root of a cloud").
			WithHint("run lvsgen at the root of the repository, or start a cloud with: lvsgen init DIR"))
	}
	if len(byKind[clusterFile]) == 0 && !incomplete {
		findings = append(findings, diag.Errorf(ruleInput, diag.Position{File: "clusters"}, "no cluster: there is no clusters/<name>/cluster.cue").
			WithHint("write clusters/prod/cluster.cue; the guide shows one"))
	}
	if cs := byKind[clusterFile]; len(cs) > 1 {
		for _, extra := range cs[1:] {
			findings = append(findings, diag.Errorf(ruleInput, diag.Position{File: extra.path},
				"a second cluster: one directory renders one cluster, because both would write platform/ and applications/").
				WithRelated(diag.Position{File: cs[0].path}, "the first cluster").
				WithHint("give the second cluster a directory (or repository) of its own with its own cloud.cue"))
		}
	}
	return findings
}

// errTooLarge says that a file is beyond maxFileSize.
var errTooLarge = fmt.Errorf("the file is larger than %d KiB", maxFileSize>>10)

// readLimited reads a regular file of bounded size. It looks at what it opened, not at what the directory said before,
// and never reads more than the bound.
func readLimited(root fs.FS, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if info.Size() > maxFileSize {
		return nil, errTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(data) > maxFileSize {
		err = errTooLarge
	}
	return data, err
}

func unreadable(name string, err error) diag.Finding {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	f := diag.Errorf(ruleInput, diag.Position{File: name}, "cannot read the file: %v", err)
	if errors.Is(err, errTooLarge) {
		return f.WithHint("inputs are small files that people write; keep data elsewhere and refer to it")
	}
	return f
}

func invalidUTF8(data []byte) (line, column int) {
	line, column = 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			return line, column
		}
		column += size
		if r == '\n' {
			line, column = line+1, 1
		}
		data = data[size:]
	}
	return line, column
}

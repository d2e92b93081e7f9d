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
	computing []*file // files that compute the names of apps
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
		paths, unlisted := list(root, p.glob)
		findings = append(findings, unlisted...)
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

// paths gives the input files, sorted.
func (s *sources) paths() []string {
	out := []string{moduleName}
	for _, f := range s.files {
		out = append(out, f.path)
	}
	slices.Sort(out)
	return out
}

// list gives the files that a pattern matches. Unlike fs.Glob it does not take a folder that cannot be read for an empty
// one: what it holds would be removed from the cluster.
func list(root fs.FS, pattern string) ([]string, diag.Findings) {
	names := []string{"."}
	var findings diag.Findings
	for part := range strings.SplitSeq(pattern, "/") {
		var next []string
		for _, dir := range names {
			if notDirectory(root, dir) { // asked first: opening a pipe waits for a writer
				continue
			}
			entries, err := fs.ReadDir(root, dir)
			if err != nil {
				if !errors.Is(err, fs.ErrNotExist) || linked(root, dir) {
					findings = append(findings, unreadable(dir, err))
				}
				continue
			}
			for _, e := range entries {
				if matched, _ := path.Match(part, e.Name()); matched {
					next = append(next, path.Join(dir, e.Name()))
				}
			}
		}
		names = next
	}
	return names, findings
}

// notDirectory tells whether name is there and is something else than a folder.
func notDirectory(root fs.FS, name string) bool {
	info, err := fs.Stat(root, name)
	return err == nil && !info.IsDir()
}

// linked tells whether name is a link that leads nowhere.
func linked(root fs.FS, name string) bool {
	info, err := fs.Lstat(root, name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// moduleName is CUE's module file.
const moduleName = "cue.mod/module.cue"

// readModule reads cue.mod/module.cue, so that files can import other packages of the repository.
func (s *sources) readModule() *diag.Finding {
	const name = moduleName
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
	if err := checkDepth(name, data); err != nil {
		f := diag.Errorf(ruleInput, errorPosition(err, name), "%s", firstLine(err))
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
	if line := conflictMarker(data); line > 0 {
		return nil, diag.Findings{diag.Errorf(ruleSyntax, diag.Position{File: name, Line: line, Column: 1}, "the file has git's conflict markers").
			WithHint("keep the lines that you mean, and take the markers out")}
	}
	syntax, err := parse(name, data, parser.ParseComments)
	if err != nil {
		return nil, syntaxFindings(err, name, data)
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
		names, _ := list(s.root, glob) // what cannot be listed has been reported
		for _, name := range names {
			base := path.Base(name)
			if read[name] || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
				continue
			}
			data, err := readLimited(s.root, name)
			if err != nil {
				continue // it may be anything; if it is an input, reading it has been reported
			}
			syntax, err := parse(name, data, parser.PackageClauseOnly)
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

// readLimited reads a regular file of bounded size, and never more than the bound.
func readLimited(root fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(root, name) // before it is opened: opening a pipe waits for a writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
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

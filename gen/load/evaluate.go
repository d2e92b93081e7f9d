package load

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/schema"
)

// result is what one batch gives.
type result struct {
	shared   *model.Inputs
	apps     []model.App
	findings diag.Findings
	// err is what CUE says against the inputs; it is explained when all batches are done.
	err error
}

// evaluate runs one batch: build, validate, decode. A panic of CUE (it has them, on hostile input) becomes a finding.
func (s *sources) evaluate(b batch) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r = result{findings: diag.Findings{diag.Errorf(ruleEvaluate, diag.Position{File: b.suspect()},
				"CUE cannot evaluate the inputs: %v", p).
				WithHint("take the last change back; if it is ordinary CUE, report it with the file")}}
		}
	}()
	value, err := s.build(b)
	if err == nil {
		if err = value.Validate(cue.Concrete(true), cue.All()); err == nil {
			err = value.Err()
		}
	}
	if err != nil {
		return result{err: err}
	}
	if b.shared {
		r.shared = &model.Inputs{}
		r.findings = append(r.findings, s.decodeShared(value, r.shared)...)
	}
	if b.apps {
		apps, findings := s.decodeApps(value, b)
		r.apps, r.findings = apps, append(r.findings, findings...)
	}
	return r
}

// suspect is the file to name when a batch as a whole fails.
func (b batch) suspect() string {
	if len(b.own) > 0 {
		return b.own[0].path
	}
	return b.common[0].path
}

// build makes the CUE value of the batch in a fresh context.
func (s *sources) build(b batch) (cue.Value, error) {
	imports := &importer{sources: s, loading: map[string]token.Pos{}}
	context := build.NewContext(build.Loader(imports.load))
	imports.context = context
	instance := context.NewInstance("", nil)
	for i, f := range slices.Concat(b.common, b.own) {
		syntax, err := parser.ParseFile(f.path, f.src)
		if err != nil {
			return cue.Value{}, err
		}
		if i < len(b.common) {
			prune(syntax, b.keep)
		}
		if err := instance.AddSyntax(syntax); err != nil {
			return cue.Value{}, err
		}
	}
	if err := instance.Complete(); err != nil {
		return cue.Value{}, err
	}
	return cuecontext.New().BuildInstance(instance), nil
}

// importer resolves imports: CUE's own packages, the embedded schema, packages of the repository's own module and what
// is vendored in cue.mod. It never downloads.
type importer struct {
	sources *sources
	context *build.Context
	// loading holds the packages that are being loaded, by import path, to find cycles.
	loading map[string]token.Pos
	stack   []string
}

func (im *importer) load(pos token.Pos, importPath string) *build.Instance {
	parts := ast.ParseImportPath(importPath)
	switch inside, isSchema := cutModule(parts.Path, schema.ImportPath); {
	case isSchema:
		return im.instance(pos, importPath, schema.Files, path.Clean("./"+inside), false, parts.Qualifier)
	case !strings.Contains(strings.Split(parts.Path, "/")[0], "."):
		return nil // a package of CUE's standard library
	}
	if inside, ours := cutModule(parts.Path, im.sources.module.path); ours && im.sources.module.path != "" {
		return im.instance(pos, importPath, im.sources.root, path.Clean("./"+inside), true, parts.Qualifier)
	}
	for _, vendored := range []string{"cue.mod/pkg", "cue.mod/gen", "cue.mod/usr"} {
		dir := path.Join(vendored, parts.Path)
		if info, err := fs.Stat(im.sources.root, dir); err == nil && info.IsDir() {
			return im.instance(pos, importPath, im.sources.root, dir, false, parts.Qualifier)
		}
	}
	return im.fail(pos, "import %q is not in this repository", importPath)
}

// cutModule tells whether the package is in the module, and where.
func cutModule(pkg, module string) (inside string, ok bool) {
	if pkg == module {
		return ".", true
	}
	return strings.CutPrefix(pkg, module+"/")
}

// fail is an instance whose error CUE reports as the import's.
func (im *importer) fail(pos token.Pos, format string, args ...any) *build.Instance {
	inst := im.context.NewInstance("", nil)
	inst.Err = errors.Newf(pos, format, args...)
	return inst
}

// instance reads the CUE files of one directory as a package; ancestors adds the files of the same package in the
// directories above, as CUE does within a module.
func (im *importer) instance(pos token.Pos, importPath string, files fs.FS, dir string, ancestors bool, pkg string) *build.Instance {
	if _, cycle := im.loading[importPath]; cycle {
		return im.fail(pos, "import cycle: %s", strings.Join(append(slices.Clone(im.stack), importPath), " imports "))
	}
	im.loading[importPath] = pos
	im.stack = append(im.stack, importPath)
	defer func() {
		delete(im.loading, importPath)
		im.stack = im.stack[:len(im.stack)-1]
	}()
	inst := im.context.NewInstance(dir, nil)
	inst.PkgName, inst.ImportPath = pkg, importPath
	found := false
	for at := dir; ; at = path.Dir(at) {
		names, unlisted := list(files, path.Join(at, "*.cue"))
		if len(unlisted) > 0 {
			return im.fail(pos, "import %q: %s: %s", importPath, unlisted[0].File, unlisted[0].Message)
		}
		for _, name := range names {
			data, err := readLimited(files, name)
			if err != nil {
				return im.fail(pos, "%s: %v", name, err)
			}
			syntax, err := parse(im.displayName(files, name), data)
			if err != nil {
				inst.Err = errors.Promote(err, "")
				return inst
			}
			if syntax.PackageName() != pkg {
				continue
			}
			found = true
			if err := inst.AddSyntax(syntax); err != nil {
				return inst
			}
		}
		if !ancestors || at == "." {
			break
		}
	}
	if !found {
		return im.fail(pos, "import %q: there is no file of package %q in %s", importPath, pkg, dir)
	}
	_ = inst.Complete() // its error stays in inst.Err, where the importing instance finds it
	return inst
}

// displayName is how positions in a file are shown: relative to the repository's root.
func (im *importer) displayName(files fs.FS, name string) string {
	if files == fs.FS(schema.Files) {
		return path.Join(im.sources.schemaDir, name)
	}
	return name
}

// decodeShared reads cloud and cluster.
func (s *sources) decodeShared(value cue.Value, in *model.Inputs) diag.Findings {
	in.SchemaVersion = 1
	in.Cloud.At, in.Cloud.Source = s.locator("cloud"), "cloud.cue"
	if err := value.LookupPath(cue.ParsePath("cloud")).Decode(&in.Cloud); err != nil {
		return s.undecodable("cloud.cue", err)
	}
	clusters, err := value.LookupPath(cue.ParsePath("clusters")).Fields()
	if err != nil {
		return s.undecodable("clusters", err)
	}
	for clusters.Next() {
		name := clusters.Selector().Unquoted()
		if in.Cluster.Name != "" {
			return diag.Findings{diag.Errorf(ruleInput, s.locator("clusters").Position(name), "a second cluster %q: one directory renders one cluster, because both would write platform/ and applications/", name).
				WithRelated(s.locator("clusters").Position(in.Cluster.Name), "the first cluster").
				WithHint("give it a directory (or repository) of its own with its own cloud.cue")}
		}
		in.Cluster.Name = name
		in.Cluster.At = s.locator("clusters", name)
		in.Cluster.Source = in.Cluster.At.Position().File
		if err := clusters.Value().Decode(&in.Cluster); err != nil {
			return s.undecodable(in.Cluster.Source, err)
		}
		services, err := clusters.Value().LookupPath(cue.ParsePath("services")).Fields()
		if err != nil {
			return s.undecodable(in.Cluster.Source, err)
		}
		for services.Next() {
			service := model.Service{Name: services.Selector().Unquoted()}
			service.At = s.locator("clusters", name, "services", service.Name)
			service.Source = service.At.Position().File
			if err := services.Value().Decode(&service); err != nil {
				return s.undecodable(service.Source, err)
			}
			in.Cluster.Services = append(in.Cluster.Services, service)
		}
	}
	slices.SortFunc(in.Cluster.Services, func(a, b model.Service) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// decodeApps reads all apps of the batch.
func (s *sources) decodeApps(value cue.Value, b batch) ([]model.App, diag.Findings) {
	var findings diag.Findings
	apps := value.LookupPath(cue.ParsePath("apps"))
	if !apps.Exists() {
		return nil, nil
	}
	fields, err := apps.Fields()
	if err != nil {
		return nil, s.undecodable(b.suspect(), err)
	}
	var out []model.App
	for fields.Next() {
		app := model.App{Name: fields.Selector().Unquoted()}
		app.At = s.locator("apps", app.Name)
		if err := fields.Value().Decode(&app); err != nil {
			findings = append(findings, s.undecodable(app.At.Position().File, err)...)
			continue
		}
		out = append(out, app)
	}
	return out, findings
}

// undecodable reports a legal CUE value that has no place in the model: a mistake between schema and model.
func (s *sources) undecodable(file string, err error) diag.Findings {
	return diag.Findings{diag.Errorf(ruleEvaluate, diag.Position{File: file}, "the value does not fit the model: %s", firstLine(err)).
		WithHint("this is a mistake in lvsgen: please report it with the file")}
}

func firstLine(err error) string {
	text, _, _ := strings.Cut(fmt.Sprint(err), "\n")
	return text
}

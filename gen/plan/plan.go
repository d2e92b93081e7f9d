// Package plan compares the rendered files with those on disk and with the lock, and says what is to be created,
// updated, deleted and refused. It writes nothing.
//
// Three writers share the repository: lvsgen, people, and Flux image automation. A file is lvsgen's when the lock has
// its path and one of its digests; everything else belongs to people and is never overwritten or deleted unless they
// say so (Options.Adopt). The marked scalars inside lvsgen's files belong to Flux and are carried over.
package plan

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// Options are what a plan depends on besides the files.
type Options struct {
	// Adopt names files that belong to people and may be overwritten or deleted nevertheless. A copy is kept.
	Adopt []string
	// Seeds has the version that the inputs give (image.version) for each image policy, NAMESPACE:POLICY. Where it has
	// none, the value that was rendered at the marker is the seed.
	Seeds map[string]string
	// Tool goes into the lock.
	Tool lock.Tool
}

// Action says what is done to a path.
type Action string

// The actions, in the order in which they are carried out.
const (
	RemoveTemp      Action = "remove-temp" // a file that a killed run left over
	Create          Action = "create"
	Update          Action = "update"
	Delete          Action = "delete"
	RemoveDirectory Action = "remove-directory" // a directory that has become empty
)

var order = map[Action]int{RemoveTemp: 0, Create: 1, Update: 1, Delete: 2, RemoveDirectory: 3}

// Operation is one step of a plan.
type Operation struct {
	Action Action
	Path   string
	// Content is what Create and Update write.
	Content []byte
	// Before is what Update and Delete found: they go ahead only if it is still so.
	Before []byte
	// Keep is the path that takes what Update and Delete found, or "" when nothing of a person is lost.
	Keep string
	// Kept tells that Keep has that content already (a run was killed after it wrote it).
	Kept bool
}

// Plan is what one run does.
type Plan struct {
	// Operations in the order in which they are to be carried out.
	Operations []Operation
	// Interim is the lock to write after the copies and before everything else, nil when there is nothing that needs it:
	// it has the digests of the files as they are and as they will be, so that the next run knows both as lvsgen's.
	Interim []byte
	// Lock is the lock to write after the operations.
	Lock []byte
	// LockChanged tells whether Lock differs from the lock on disk.
	LockChanged bool
	// Notes says what is not obvious: values taken from the inputs instead of the disk, copies kept.
	Notes diag.Findings
}

// Clean tells whether there is nothing to do.
func (p *Plan) Clean() bool { return len(p.Operations) == 0 && !p.LockChanged }

// Paths gives the paths that the plan changes, sorted, without lvsgen's temporary files and directories: what a user
// adds to the commit.
func (p *Plan) Paths() []string {
	var out []string
	for _, op := range p.Operations {
		if op.Action != RemoveTemp && op.Action != RemoveDirectory {
			out = append(out, op.Path)
		}
	}
	if p.LockChanged {
		out = append(out, lock.Name)
	}
	slices.Sort(out)
	return out
}

// New makes the plan that brings disk to what t says. before is the lock as it was read, nil when there is none, and
// onDisk its text. When anything is refused, the findings say all of it and there is no plan.
func New(t *tree.Tree, disk Disk, before *lock.Lock, onDisk []byte, opts Options) (*Plan, diag.Findings) {
	if before == nil {
		before = &lock.Lock{}
	}
	p := &planner{
		tree: t, disk: disk, lock: before, opts: opts,
		adopt: map[string]bool{}, folders: map[string]*folder{}, found: map[string]*file{},
		fresh: map[string]*file{}, keeps: map[string]bool{},
	}
	p.listPaths()
	if p.checkPaths(); len(p.refused) > 0 {
		return nil, p.refused.Sorted()
	}
	p.readAll()
	p.checkAdopt()
	wanted := p.carry()
	if len(p.refused) > 0 {
		return nil, p.refused.Sorted()
	}
	for _, name := range p.rendered {
		p.write(name, wanted[name])
	}
	for _, name := range p.dropped {
		p.drop(name)
	}
	if len(p.refused) > 0 {
		return nil, p.refused.Sorted()
	}
	p.removeTemps()
	p.removeDirectories()
	return p.finish(wanted, onDisk), nil
}

// planner is the state of one call of New.
type planner struct {
	tree *tree.Tree
	disk Disk
	lock *lock.Lock
	opts Options

	rendered []string // paths of the tree, sorted
	dropped  []string // paths of the lock that are not in the tree, sorted
	adopt    map[string]bool
	folders  map[string]*folder
	found    map[string]*file
	fresh    map[string]*file     // rendered files
	keeps    map[string]bool      // .orig paths taken by this plan
	digests  map[lock.Digest]bool // all of the lock, made by moved
	policies map[string]*policy

	operations []Operation
	refused    diag.Findings
	notes      diag.Findings
}

func (p *planner) refuse(rule, file, format string, args ...any) *diag.Finding {
	p.refused = append(p.refused, diag.Errorf(rule, diag.Position{File: file}, format, args...))
	return &p.refused[len(p.refused)-1]
}

func (p *planner) note(rule string, at diag.Position, format string, args ...any) {
	f := diag.Errorf(rule, at, format, args...)
	f.Severity = diag.Info
	p.notes = append(p.notes, f)
}

func (p *planner) unreadable(file string, err error) {
	p.refuse("unreadable", file, "cannot be read: %v", err).Hint = "make it readable for the user that runs lvsgen"
}

func (p *planner) listPaths() {
	p.rendered = p.tree.Paths()
	for _, name := range slices.Sorted(maps.Keys(p.lock.Files)) {
		if _, ok := p.tree.Get(name); !ok {
			p.dropped = append(p.dropped, name)
		}
	}
	for _, name := range p.opts.Adopt {
		p.adopt[path.Clean(strings.ReplaceAll(name, "\\", "/"))] = true
	}
}

// checkAdopt refuses names that --adopt can do nothing for: most likely a slip of the pen.
func (p *planner) checkAdopt() {
	for _, name := range slices.Sorted(maps.Keys(p.adopt)) {
		_, rendered := p.tree.Get(name)
		if _, owned := p.lock.Files[name]; rendered || owned {
			continue
		}
		f := p.refuse("nothing-to-adopt", name, "lvsgen does not render this path")
		f.Hint = "name a file that lvsgen renders; folders cannot be adopted, repeat --adopt for each file"
	}
}

// write plans what is to be done so that name has the content of w.
func (p *planner) write(name string, w *file) {
	have := p.found[name]
	switch {
	case have == nil:
		p.add(Operation{Action: Create, Path: name, Content: w.content})
	case have.sameAs(w):
		// Nothing to do; a file that is not in the lock yet is adopted as it is.
	case p.ours(name, have), p.moved(have), have.sum() == w.sum(), have.hasCRLF() && have.sumLF() == w.sum():
		p.add(Operation{Action: Update, Path: name, Content: w.content, Before: have.content})
	case p.merged(name, have) || p.adopt[name]:
		op := Operation{Action: Update, Path: name, Content: w.content, Before: have.content}
		if !p.sidesAreOurs(name, have) {
			p.keep(&op)
		}
		p.add(op)
	default:
		p.refuseWrite(name)
	}
}

// moved tells whether a file is what lvsgen wrote elsewhere, unchanged: somebody renamed a folder together with its app.
func (p *planner) moved(have *file) bool {
	if p.digests == nil {
		p.digests = map[lock.Digest]bool{}
		for _, digests := range p.lock.Files {
			for _, d := range digests {
				p.digests[d] = true
			}
		}
	}
	return tree.HasHeader(have.content) && have.err == nil && p.digests[have.sum()]
}

func (p *planner) refuseWrite(name string) {
	source, _ := p.tree.Get(name)
	if _, owned := p.lock.Files[name]; !owned {
		p.refuse("foreign-file", name, "exists and was not written by lvsgen: render would overwrite it").
			Hint = fmt.Sprintf("move it away, or let lvsgen have the path with `%s` (the file is kept as %s)", adoptCommand(name), QuotePath(name+".orig"))
		return
	}
	p.refuse("hand-edited", name, "was changed since lvsgen wrote it: render would overwrite the change").
		Hint = fmt.Sprintf("put the change into %s, then overwrite the file with `%s` (it is kept as %s)", QuotePath(source.Source), adoptCommand(name), QuotePath(name+".orig"))
}

// drop plans the end of a path that is not rendered any more. Three keys are needed to delete: the lock, the header
// and the content.
func (p *planner) drop(name string) {
	have := p.found[name]
	if have == nil {
		return
	}
	op := Operation{Action: Delete, Path: name, Before: have.content}
	switch {
	case p.ours(name, have) && (!tree.CanHoldComment(name) || tree.HasHeader(have.content)):
		p.add(op)
	case p.merged(name, have) || p.adopt[name]:
		if !p.sidesAreOurs(name, have) {
			p.keep(&op)
		}
		p.add(op)
	default:
		reason := "was changed since lvsgen wrote it"
		if p.ours(name, have) {
			reason = "has no lvsgen header"
		}
		p.refuse("hand-edited", name, "%s and is not rendered any more: render would delete it", reason).
			Hint = fmt.Sprintf("move it away to keep it, or let it be deleted with `%s` (it is kept as %s)", adoptCommand(name), QuotePath(name+".orig"))
	}
}

// ours tells whether a file has a content that lvsgen wrote. A checkout that turned LF into CRLF is no change.
func (p *planner) ours(name string, f *file) bool {
	return p.lock.Owns(name, f.sum()) || f.hasCRLF() && p.lock.Owns(name, f.sumLF())
}

// merged tells whether an owned file is what a merge left: conflict markers in it, or several digests in the lock.
func (p *planner) merged(name string, f *file) bool {
	digests := p.lock.Files[name]
	return len(digests) > 1 || len(digests) > 0 && f.sides != nil
}

// sidesAreOurs tells whether a file with conflict markers is a merge of two contents that lvsgen wrote, so that nothing
// of a person is in it.
func (p *planner) sidesAreOurs(name string, f *file) bool {
	for _, side := range f.sides {
		if !p.ours(name, side) {
			return false
		}
	}
	return len(f.sides) > 0
}

// keep chooses the path that takes what op replaces. A copy that is there already is never overwritten; one with the
// same content is used again.
func (p *planner) keep(op *Operation) {
	dir := p.folderAt(path.Dir(op.Path))
	for n := 0; ; n++ {
		name := op.Path + ".orig"
		if n > 0 {
			name = fmt.Sprintf("%s.orig.%d", op.Path, n)
		}
		if _, taken := p.tree.Get(name); taken || p.keeps[name] || len(p.lock.Files[name]) > 0 {
			continue
		}
		if _, taken := dir.differingInCase(path.Base(name)); taken {
			continue
		}
		switch dir.find(path.Base(name)) {
		case Absent:
		case Regular:
			content, err := p.disk.Read(name)
			if err != nil || !bytes.Equal(content, op.Before) {
				continue
			}
			op.Kept = true
		default:
			continue
		}
		op.Keep = name
		p.keeps[name] = true
		p.note("kept-as-orig", diag.Position{File: op.Path}, "what it was is kept as %s", QuotePath(name))
		return
	}
}

func (p *planner) add(op Operation) { p.operations = append(p.operations, op) }

// removeTemps plans the removal of what killed runs left, in the directories of owned files only.
func (p *planner) removeTemps() {
	for _, dir := range slices.Sorted(maps.Keys(p.folders)) {
		for _, e := range p.folders[dir].entries {
			if isTemp(e) {
				p.add(Operation{Action: RemoveTemp, Path: path.Join(dir, e.Name)})
			}
		}
	}
}

// removeDirectories plans the removal of directories that lose their last entry. Only those that had owned files are
// looked at.
func (p *planner) removeDirectories() {
	gone := map[string]bool{}
	for _, op := range p.operations {
		if op.Action == Delete || op.Action == RemoveTemp {
			gone[op.Path] = true
		}
		if op.Keep != "" {
			gone[path.Dir(op.Path)+"/"] = true // stays: it holds the copy
		}
	}
	used := map[string]bool{".": true}
	for _, name := range p.rendered {
		for dir := path.Dir(name); !used[dir]; dir = path.Dir(dir) {
			used[dir] = true
		}
	}
	candidates := map[string]bool{}
	for _, name := range p.dropped {
		for dir := path.Dir(name); !used[dir] && !candidates[dir]; dir = path.Dir(dir) {
			candidates[dir] = true
		}
	}
	// Deepest first: a directory may become empty by the removal of one in it.
	dirs := slices.SortedFunc(maps.Keys(candidates), func(a, b string) int {
		return cmp.Or(strings.Count(b, "/")-strings.Count(a, "/"), strings.Compare(a, b))
	})
	for _, dir := range dirs {
		f := p.folderAt(dir)
		stays := func(e Entry) bool { return !gone[path.Join(dir, e.Name)] }
		if f.exists && !gone[dir+"/"] && !slices.ContainsFunc(f.entries, stays) {
			gone[dir] = true
			p.add(Operation{Action: RemoveDirectory, Path: dir})
		}
	}
}

// finish sorts the operations and makes the two locks.
func (p *planner) finish(wanted map[string]*file, onDisk []byte) *Plan {
	slices.SortStableFunc(p.operations, func(a, b Operation) int { return order[a.Action] - order[b.Action] })
	final := &lock.Lock{
		Version: p.opts.Tool.Version, Schema: p.opts.Tool.Schema,
		Files: make(map[string][]lock.Digest, len(wanted)), Seeds: map[string][]string{},
	}
	for name, w := range wanted {
		final.Files[name] = []lock.Digest{w.sum()}
	}
	for _, pol := range p.policies {
		for key, s := range pol.seeds {
			final.Seeds[key] = []string{s.now}
		}
	}
	out := &Plan{Operations: p.operations, Lock: final.Format(), Notes: p.notes.Sorted()}
	out.LockChanged = !bytes.Equal(out.Lock, bytes.ReplaceAll(onDisk, []byte("\r\n"), []byte("\n")))
	if slices.ContainsFunc(p.operations, func(op Operation) bool { return op.Action != RemoveTemp }) {
		out.Interim = p.interim(final).Format()
	}
	return out
}

// interim gives the lock for the time of writing: old and new digests of every path. The values of an image policy
// that the inputs decide are marked as pending; were the new seed recorded already, the next run would take the files
// that are not written yet for newer than the inputs, and with the old seed those that are.
func (p *planner) interim(final *lock.Lock) *lock.Lock {
	l := &lock.Lock{
		Version: final.Version, Schema: final.Schema,
		Files: make(map[string][]lock.Digest, len(final.Files)+len(p.dropped)), Seeds: maps.Clone(p.lock.Seeds),
	}
	if l.Seeds == nil {
		l.Seeds = map[string][]string{}
	}
	for name, ds := range p.lock.Files {
		l.Files[name] = ds
	}
	for name, ds := range final.Files {
		l.Files[name] = slices.Concat(l.Files[name], ds)
	}
	// What a person had there and let go of (a copy is kept before this lock is written) is the run's to replace: the
	// next run must not ask again.
	for _, op := range p.operations {
		if op.Action == Update || op.Action == Delete {
			l.Files[op.Path] = slices.Concat(l.Files[op.Path], []lock.Digest{p.found[op.Path].sum()})
		}
	}
	for _, pol := range p.policies {
		for key, s := range pol.seeds {
			if s.fromInputs {
				l.Seeds[key] = []string{lock.Pending}
			}
		}
	}
	return l
}

// adoptCommand is the command line that lets lvsgen have a path.
func adoptCommand(name string) string { return "lvsgen render --adopt " + QuotePath(name) }

// QuotePath writes a path as a word for a POSIX shell.
func QuotePath(name string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+=:@%,", r)
	}
	if name != "" && strings.IndexFunc(name, func(r rune) bool { return !safe(r) }) < 0 {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

package apply

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/plan"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// Options are plan.Options and what concerns the run.
type Options struct {
	plan.Options
	// Waiting, when not nil, is called once if another lvsgen is at work in the repository and this one waits for it.
	Waiting func()
}

// Result is what a run found out, and did if it was Write. Either Plan or Refused is set.
type Result struct {
	Plan *plan.Plan
	// Refused says why nothing was written.
	Refused diag.Findings
}

// Repository is a repository in which no other lvsgen is at work.
type Repository struct{ disk FS }

// Locked calls do while no other lvsgen writes in the repository at dir, nor, when exclusive, reads there. The inputs are
// to be read inside: a run that read them before it had to wait would write what an older input says.
func Locked(ctx context.Context, dir string, exclusive bool, waiting func(), do func(*Repository) error) (err error) {
	disk, err := Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disk.Close()) }()
	unlock, err := disk.lock(ctx, exclusive, waiting)
	if err != nil {
		return err
	}
	defer unlock()
	return do(&Repository{disk})
}

// Check makes the plan that brings the repository to what t says, and writes nothing.
func (r *Repository) Check(t *tree.Tree, opts plan.Options) *Result { return makePlan(r.disk, t, opts) }

// Write makes the plan and carries it out. When anything is refused, nothing at all is written.
func (r *Repository) Write(t *tree.Tree, opts plan.Options) (*Result, error) {
	return planAndApply(r.disk, t, opts)
}

// WriteFile writes one file of a person's that lvsgen does not render, such as an encrypted Secret: whole or not at all.
// Folders are made. A link is never followed, nor replaced.
func (r *Repository) WriteFile(name string, content []byte) error {
	w := &writer{disk: r.disk, made: map[string]bool{".": true}}
	if err := w.mkdirAll(path.Dir(name)); err != nil {
		return &Error{name, err, false}
	}
	if mode, err := r.disk.Stat(name); err == nil && !mode.IsRegular() {
		return &Error{name, errors.New("is not a regular file"), false}
	}
	if err := w.replace(name, content, true); err != nil {
		return &Error{name, err, false}
	}
	return nil
}

// RemoveFile removes such a file, and the folders above it that are then empty. That it is gone already is no error.
func (r *Repository) RemoveFile(name string) error {
	w := &writer{disk: r.disk}
	if mode, err := r.disk.Stat(name); err == nil && !mode.IsRegular() {
		return &Error{name, errors.New("is not a regular file"), false}
	}
	if err := w.remove(name); err != nil {
		return &Error{name, err, false}
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if entries, err := r.disk.List(dir); err != nil || len(entries) > 0 {
			return nil
		}
		if err := w.removeDirectory(dir); err != nil {
			return &Error{dir, err, false}
		}
	}
	return nil
}

// ReadFile gives the content of a file of the repository.
func (r *Repository) ReadFile(name string) ([]byte, error) { return r.disk.Read(name) }

// Check is Repository.Check on the repository at dir.
func Check(ctx context.Context, dir string, t *tree.Tree, opts Options) (result *Result, err error) {
	err = Locked(ctx, dir, false, opts.Waiting, func(r *Repository) error {
		result = r.Check(t, opts.Options)
		return nil
	})
	return result, err
}

// Write is Repository.Write on the repository at dir.
func Write(ctx context.Context, dir string, t *tree.Tree, opts Options) (result *Result, err error) {
	err = Locked(ctx, dir, true, opts.Waiting, func(r *Repository) (err error) {
		result, err = r.Write(t, opts.Options)
		return err
	})
	return result, err
}

func planAndApply(disk FS, t *tree.Tree, opts plan.Options) (*Result, error) {
	result := makePlan(disk, t, opts)
	if result.Plan == nil {
		return result, nil
	}
	return result, Apply(disk, result.Plan)
}

// makePlan reads the lock and makes the plan.
func makePlan(disk FS, t *tree.Tree, opts plan.Options) *Result {
	text, findings := readLock(disk)
	if findings != nil {
		return &Result{Refused: findings}
	}
	before, err := lock.Parse(text, opts.Tool)
	if err != nil {
		bad, ok := errors.AsType[diag.Findings](err)
		if !ok {
			bad = diag.Findings{diag.Errorf("lock-unreadable", diag.Position{File: lock.Name}, "%v", err)}
		}
		return &Result{Refused: bad}
	}
	p, refused := plan.New(t, disk, before, text, opts)
	return &Result{Plan: p, Refused: refused}
}

// readLock gives the lock's text, nil when there is none.
func readLock(disk FS) ([]byte, diag.Findings) {
	at := diag.Position{File: lock.Name}
	mode, err := disk.Stat(lock.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !mode.IsRegular() {
		return nil, diag.Findings{diag.Errorf("lock-unreadable", at, "is %s, not a file", kindOf(mode)).
			WithHint("restore it with `git checkout HEAD -- %s`", lock.Name)}
	}
	var text []byte
	if err == nil {
		text, err = disk.Read(lock.Name)
	}
	if err != nil {
		return nil, diag.Findings{diag.Errorf("unreadable", at, "cannot be read: %v", cause(err)).
			WithHint("make it readable for the user that runs lvsgen")}
	}
	if text == nil {
		text = []byte{}
	}
	return text, nil
}

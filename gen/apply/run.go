package apply

import (
	"context"
	"errors"
	"io/fs"

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

// Check makes the plan that brings the repository at dir to what t says, and writes nothing.
func Check(ctx context.Context, dir string, t *tree.Tree, opts Options) (*Result, error) {
	return run(ctx, dir, opts, false, func(disk FS) (*Result, error) { return makePlan(disk, t, opts.Options), nil })
}

// Write makes the plan and carries it out. When anything is refused, nothing at all is written. Two runs never
// interleave: the second waits, until ctx ends.
func Write(ctx context.Context, dir string, t *tree.Tree, opts Options) (*Result, error) {
	return run(ctx, dir, opts, true, func(disk FS) (*Result, error) { return planAndApply(disk, t, opts.Options) })
}

func run(ctx context.Context, dir string, opts Options, exclusive bool, do func(FS) (*Result, error)) (result *Result, err error) {
	disk, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, disk.Close()) }()
	unlock, err := disk.lock(ctx, exclusive, opts.Waiting)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return do(disk)
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

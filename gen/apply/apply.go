// Package apply carries a plan out. It is the only package that writes into a repository.
//
// The order makes a kill harmless at any moment: copies of what people had, then the lock with old and new digests,
// then the files one by one (each a temporary file that is renamed over the old one), then what is deleted, and last
// the final lock. Whatever a killed run leaves is either old or new, and the lock knows both as lvsgen's, so the next
// run completes the work, also when the inputs were changed in between.
//
// Only the first of the two locks is flushed to the disk. A killed process loses nothing that it wrote, so this is for
// a power cut alone: the lock must not be older than the files that it tells about. Files that a power cut damages have
// two digests in that lock and are rendered again. Flushing each file would cost more than all the rest of a run.
package apply

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/lvs-cloud/lvsgen/gen/lock"
	"github.com/lvs-cloud/lvsgen/gen/plan"
)

// Error is a failed operation: the path, the cause, and what is left behind.
type Error struct {
	Path string
	Err  error
	// Begun tells whether files may have been changed already.
	Begun bool
}

// Error names the path and the cause first.
func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Path, cause(e.Err)) }

// Hint says what to do.
func (e *Error) Hint() string {
	if e.Begun {
		return "once that is repaired, the next `lvsgen render` completes what was begun"
	}
	return "nothing was changed; repair that and run it again"
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// cause is the reason without the operation and the path, which may be that of a temporary file.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// errChanged says that somebody wrote a file while the plan was made.
var errChanged = errors.New("was changed by somebody else during the run")

// Apply carries p out on disk. The error is an *Error.
func Apply(disk FS, p *plan.Plan) error {
	w := &writer{disk: disk, made: map[string]bool{".": true}}
	if err := w.before(p); err != nil {
		return err
	}
	for _, op := range p.Operations {
		if err := w.carryOut(op); err != nil {
			return &Error{op.Path, err, w.begun}
		}
	}
	if !p.LockChanged && p.Interim == nil {
		return nil
	}
	if err := w.replace(lock.Name, p.Lock, false); err != nil {
		return &Error{lock.Name, err, w.begun}
	}
	return nil
}

type writer struct {
	disk  FS
	made  map[string]bool // directories that are known to exist
	begun bool            // files may have been changed
}

// before removes what a killed run left, keeps the copies and writes the interim lock.
func (w *writer) before(p *plan.Plan) error {
	for _, op := range p.Operations {
		if op.Action != plan.RemoveTemp {
			continue
		}
		if err := w.remove(op.Path); err != nil {
			return &Error{op.Path, err, false}
		}
	}
	for _, op := range p.Operations {
		if op.Keep == "" || op.Kept {
			continue
		}
		if err := w.keep(op); err != nil {
			return &Error{op.Keep, err, false}
		}
	}
	if p.Interim == nil {
		return nil
	}
	if err := w.replace(lock.Name, p.Interim, true); err != nil {
		return &Error{lock.Name, err, false}
	}
	w.begun = true
	return nil
}

func (w *writer) carryOut(op plan.Operation) error {
	switch op.Action {
	case plan.Create:
		if _, err := w.disk.Stat(op.Path); err == nil {
			return errChanged
		}
		if err := w.mkdirAll(path.Dir(op.Path)); err != nil {
			return err
		}
		return w.replace(op.Path, op.Content, false)
	case plan.Update:
		if err := w.unchanged(op); err != nil {
			return err
		}
		return w.replace(op.Path, op.Content, false)
	case plan.Delete:
		if err := w.unchanged(op); err != nil {
			return err
		}
		return w.remove(op.Path)
	case plan.RemoveDirectory:
		return w.removeDirectory(op.Path)
	}
	return nil
}

// unchanged makes sure that a file is still what the plan was made for: an editor may have saved it meanwhile.
func (w *writer) unchanged(op plan.Operation) error {
	mode, err := w.disk.Stat(op.Path)
	if err != nil {
		return err
	}
	if !mode.IsRegular() {
		return errChanged
	}
	content, err := w.disk.Read(op.Path)
	if err == nil && !bytes.Equal(content, op.Before) {
		err = errChanged
	}
	return err
}

// keep writes the copy of what op replaces. It never overwrites one.
func (w *writer) keep(op plan.Operation) error {
	if _, err := w.disk.Stat(op.Keep); err == nil {
		return errChanged
	}
	temp, err := w.temp(op.Path, op.Keep, op.Before, false)
	if err != nil {
		return err
	}
	return w.disk.Rename(temp, op.Keep)
}

// replace gives name its content in one step: whoever reads it sees the old or the new one.
func (w *writer) replace(name string, content []byte, sync bool) error {
	temp, err := w.temp(name, name, content, sync)
	if err != nil {
		return err
	}
	return w.disk.Rename(temp, name)
}

// temp writes content to a temporary file beside name, with the mode of the file like, if there is one. The name is
// always the same for one path, so that killed runs do not pile up files.
func (w *writer) temp(like, name string, content []byte, sync bool) (string, error) {
	temp := plan.TempName(name)
	mode := w.mode(like)
	err := w.disk.Create(temp, content, mode, sync)
	if errors.Is(err, fs.ErrExist) {
		if err := w.disk.Remove(temp); err != nil {
			return "", err
		}
		err = w.disk.Create(temp, content, mode, sync)
	}
	if err != nil {
		// A full disk: give back the room that the half of a file takes. The cause of the failure is what counts, and
		// the next run removes the rest if this does not.
		_ = w.disk.Remove(temp)
	}
	return temp, err
}

// mode gives the permissions of a file that is to be replaced, and of a new one: scripts can be run.
func (w *writer) mode(name string) Mode {
	if mode, err := w.disk.Stat(name); err == nil && mode.IsRegular() {
		return Mode{Perm: mode.Perm(), Exact: true}
	}
	if path.Ext(name) == ".sh" {
		return Mode{Perm: 0o755}
	}
	return Mode{Perm: 0o644}
}

func (w *writer) mkdirAll(dir string) error {
	if w.made[dir] {
		return nil
	}
	if err := w.mkdirAll(path.Dir(dir)); err != nil {
		return err
	}
	if err := w.disk.Mkdir(dir); err != nil {
		return err
	}
	w.made[dir] = true
	return nil
}

// remove removes a file; that somebody did it already is no error.
func (w *writer) remove(name string) error {
	if err := w.disk.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeDirectory removes a directory if it is still empty.
func (w *writer) removeDirectory(name string) error {
	entries, err := w.disk.List(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) > 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return w.remove(name)
}

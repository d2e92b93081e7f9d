//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package apply

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// retryEvery is how often a waiting run asks again. The system call that waits cannot be ended by a context.
const retryEvery = 50 * time.Millisecond

// lock takes an advisory lock on the repository's root directory: exclusive to write, shared to look. It needs no file
// of its own and no git, and the kernel lets go of it when the process ends in whatever way, so that a killed run never
// blocks the next. File systems that cannot lock a directory (some network ones) go without.
func (d *Dir) lock(ctx context.Context, exclusive bool, waiting func()) (unlock func(), err error) {
	f, err := d.open[0].root.Open(".")
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	for told := false; ; {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil, errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.ENOLCK),
			errors.Is(err, syscall.EBADF), errors.Is(err, syscall.EINVAL):
			// Closing the directory gives the lock back; there is nothing that closing could lose.
			return func() { _ = f.Close() }, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("the repository cannot be locked: %w", err), f.Close())
		}
		if !told && waiting != nil {
			waiting()
		}
		told = true
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("another lvsgen is at work in this repository: %w", ctx.Err()), f.Close())
		case <-time.After(retryEvery):
		}
	}
}

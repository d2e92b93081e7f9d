//go:build accept

package apiserver

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// process is a running program of the control plane.
type process struct {
	name string
	cmd  *exec.Cmd
	// done is closed when the program has ended; err then says how.
	done chan struct{}
	err  error
}

// startProcess runs one program of the control plane binary, its output in
// dir/<name>.log. The kernel kills it when this process dies, however that
// happens.
func startProcess(binary, dir, name string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	p := &process{name: name, done: make(chan struct{})}
	p.cmd = exec.Command(binary, append([]string{name}, args...)...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// Pdeathsig looks at the thread that started the program, so that
		// thread has to live as long as the program.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer log.Close()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// stop ends the program and waits for its end.
func (p *process) stop() {
	// A program that has ended by itself cannot be killed, which is fine.
	_ = p.cmd.Process.Kill()
	<-p.done
}

// ended says whether and how the program ended.
func (p *process) ended() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s ended: %w", p.name, errors.Join(errEnded, p.err))
	default:
		return nil
	}
}

var errEnded = errors.New("before it was told to")

// freePorts returns ports of the loopback interface that nothing listens on. By
// the time they are used something may: the caller has to be ready for that.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// Open until all are found, so that they differ.
		defer listener.Close()
		ports[i] = listener.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// poll calls check until it is satisfied, the limit is over, or one of the
// programs has ended.
func poll(limit time.Duration, programs []*process, check func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return nil
		}
		for _, p := range programs {
			if ended := p.ended(); ended != nil {
				return ended
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not after %s: %w", limit, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

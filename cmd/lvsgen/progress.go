package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progressAfter is how long a run must last before it says how far it is: most end sooner.
const progressAfter = 300 * time.Millisecond

// progress shows on a terminal how far a long evaluation is. Elsewhere it is silent.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	start time.Time
	shown bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{start: time.Now()}
	if terminal(w) {
		p.w = w
	}
	return p
}

// show says that done of all parts are evaluated.
func (p *progress) show(done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil || time.Since(p.start) < progressAfter {
		return
	}
	p.shown = true
	fmt.Fprintf(p.w, "\r\x1b[Kevaluating %d/%d", done, all)
}

// clear takes the line away again.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

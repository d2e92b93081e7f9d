package load

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Limits end the process when the inputs make CUE run away: an evaluation cannot be cancelled, and nothing has been
// written by then. The zero value has no limits.
type Limits struct {
	// Time is the longest that one batch may take.
	Time time.Duration
	// Heap is the most memory in bytes that the process may hold while it evaluates.
	Heap uint64
	// Exceeded is called with the message when a limit is reached; it must not return.
	Exceeded func(message string)
}

// pollInterval is how often the limits are looked at. A runaway evaluation allocates about 1 GB/s; at 20 ms little of
// it goes unseen.
const pollInterval = 20 * time.Millisecond

// DefaultLimits are far above what any cloud needs: a batch takes 50 ms and 50 MB, one instance of 10,000 apps 10 s and
// 2.5 GB.
func DefaultLimits(exceeded func(message string)) Limits {
	return Limits{Time: 60 * time.Second, Heap: 4 << 30, Exceeded: exceeded}
}

// guard evaluates a batch under the limits. When one is reached, the files of the batch are tried one by one, so that
// the message names the one that runs away.
func (l Limits) guard(src *sources, b batch) result {
	if l.Exceeded == nil {
		return src.evaluate(b)
	}
	done := make(chan result, 1)
	go func() { done <- src.evaluate(b) }()
	if r, ok := l.wait(done); ok {
		return r
	}
	l.Exceeded(l.message(src, b))
	return <-done
}

// wait gives the result, or false when a limit was reached first.
func (l Limits) wait(done <-chan result) (result, bool) {
	deadline := time.After(l.Time)
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case r := <-done:
			return r, true
		case <-deadline:
			return result{}, false
		case <-ticker.C:
			if l.heapExceeded() {
				return result{}, false
			}
		}
	}
}

func (l Limits) heapExceeded() bool {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc > l.Heap
}

// probeTime is how long one file may take, alone with the shared files, before it is the one to name. An ordinary file
// takes a few milliseconds.
const probeTime = 2 * time.Second

// probing lets one goroutine look for the file to name; the others wait for the end of the process.
var probing sync.Mutex

// message names the files that run away: those of the batch are tried one by one.
func (l Limits) message(src *sources, b batch) string {
	probing.Lock()
	defer probing.Unlock()
	var culprits []string
	for _, f := range b.own {
		done := make(chan result, 1)
		go func() { done <- src.evaluate(batch{common: b.common, own: []*file{f}, apps: true, keep: b.keep}) }()
		select {
		case <-done:
			continue
		case <-time.After(probeTime):
			culprits = append(culprits, f.path)
		}
		break
	}
	if len(culprits) == 0 {
		for _, f := range b.common {
			culprits = append(culprits, f.path)
		}
	}
	return fmt.Sprintf("error: %s: the evaluation does not end within %s and %d MiB; nothing was written\n"+
		"hint: look for a comprehension or reference that multiplies itself; a cloud that is really this large can raise LVSGEN_EVAL_SECONDS and LVSGEN_EVAL_MEBIBYTES",
		strings.Join(culprits, ", "), l.Time, l.Heap>>20)
}

// Package load reads the inputs: CUE files -> model. It is the only place that imports CUE, which is the judge of what
// is legal; this package finds the files, evaluates them in batches that give what one instance of all would give, and
// turns what CUE has to say into messages about the user's own lines.
package load

import (
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// Rules of the findings of this package.
const (
	ruleInput     = "input"
	ruleSyntax    = "syntax"
	ruleImport    = "import"
	ruleUnknown   = "unknown-field"
	ruleValue     = "invalid-value"
	ruleMissing   = "missing-field"
	ruleDuplicate = "duplicate-app"
	ruleReference = "reference"
	ruleEvaluate  = "evaluation"
)

// Options bounds and steers an evaluation.
type Options struct {
	// Limits end the process when an evaluation runs away.
	Limits Limits
	// OneInstance evaluates everything as one instance. It is the reference that batches are tested against.
	OneInstance bool
	// Progress, when not nil, is told after each batch how many are done; calls may come from several goroutines.
	Progress func(done, all int)
}

// Load reads the inputs below root. It gives the model, or the findings that say why there is none; findings that are
// not errors may come beside a model.
func Load(root fs.FS, opts Options) (*model.Inputs, diag.Findings) {
	src, findings := read(root)
	if len(findings) > 0 {
		return nil, findings.Sorted()
	}
	plan := src.batches()
	if opts.OneInstance {
		plan = src.oneInstance()
	}
	results := evaluateAll(src, plan, opts)

	in := &model.Inputs{Module: src.module.path, Files: src.paths()}
	var errs []error
	for _, r := range results {
		findings = append(findings, r.findings...)
		if r.err != nil {
			errs = append(errs, r.err)
		}
		if r.shared != nil {
			in.SchemaVersion, in.Cloud, in.Cluster = r.shared.SchemaVersion, r.shared.Cloud, r.shared.Cluster
		}
		in.Apps = append(in.Apps, r.apps...)
	}
	if len(errs) > 0 {
		findings = append(findings, src.explain(errs)...)
	}
	if len(findings) > 0 {
		return nil, findings.Sorted()
	}
	slices.SortFunc(in.Apps, func(a, b model.App) int { return strings.Compare(a.Name, b.Name) })
	complete(in)
	return in, nil
}

// evaluateAll evaluates the batches on all processors and keeps their order. Each batch has a CUE context of its own:
// contexts keep everything that they ever saw.
func evaluateAll(src *sources, plan []batch, opts Options) []result {
	results := make([]result, len(plan))
	next := make(chan int)
	var workers sync.WaitGroup
	var done atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(plan)) {
		workers.Go(func() {
			for i := range next {
				results[i] = opts.Limits.guard(src, plan[i])
				if n := done.Add(1); opts.Progress != nil {
					opts.Progress(int(n), len(plan))
				}
			}
		})
	}
	for i := range plan {
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}

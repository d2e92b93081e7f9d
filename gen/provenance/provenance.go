// Package provenance leads from a line of a rendered file to the line of the inputs that made it. It is asked only when
// there is a finding. Nothing is guessed: the block that the file is rendered from is always known, and a value is named only
// when changing it changes that line.
package provenance

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/render"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// maxTries bounds the renderings of one run. One costs what its renderer costs: 1 ms for an app, 30 ms for all services.
const maxTries = 200

// maxValues is how many values a line may come from before only the block is named.
const maxValues = 2

// bounds of the evaluation of the inputs: a tenth of a second and 100 MB are usual. What takes longer is not waited for.
const (
	maxTime = 10 * time.Second
	maxHeap = 2 << 30
)

// Trace gives the places in the inputs below root that findings come from. It is false when the inputs cannot be read, do
// not render, or take too long: then nothing is known. An evaluation that runs away goes on until the process ends.
func Trace(root fs.FS, findings diag.Findings) (places [][]diag.Related, ok bool) {
	done, exceeded := make(chan [][]diag.Related, 1), make(chan struct{})
	var once sync.Once
	limits := load.Limits{Time: maxTime, Heap: maxHeap, Exceeded: func(string) {
		once.Do(func() { close(exceeded) })
		select {}
	}}
	go func() {
		defer func() {
			if recover() != nil {
				done <- nil // the inputs are not what validate judges: without them it says less, and nothing wrong
			}
		}()
		done <- trace(root, findings, load.Options{Limits: limits})
	}()
	select {
	case places = <-done:
	case <-exceeded:
	}
	if places == nil {
		return make([][]diag.Related, len(findings)), false
	}
	return places, true
}

// trace is Trace; nil when nothing is known.
func trace(root fs.FS, findings diag.Findings, opts load.Options) [][]diag.Related {
	base, in, _, err := generate.Tree(root, opts)
	if err != nil || base == nil {
		return nil
	}
	t := &tracer{root: root, in: in, base: base, tries: maxTries, aligned: map[string][]int{}, inputs: map[string][]string{}, blocks: map[string]*block{}}
	t.units, _ = unit.Units(in)
	out := make([][]diag.Related, len(findings))
	for i, f := range findings {
		if file, ok := base.Get(f.File); ok && f.Severity != diag.Info {
			out[i] = t.trace(f.Position, file)
		}
	}
	return out
}

type tracer struct {
	root  fs.FS
	in    *model.Inputs
	base  *tree.Tree
	units []unit.Unit
	// tries are the renderings that are left.
	tries int
	// aligned gives the line of the rendering for each line on disk, by file; inputs the lines of the inputs.
	aligned map[string][]int
	inputs  map[string][]string
	blocks  map[string]*block
}

// block is a part of the inputs that files are rendered from: an app, a service, the cluster or the cloud.
type block struct {
	what string
	at   model.Locator
	// value points to the part of the model.
	value any
	app   *model.App
	// changes are the values that the inputs mention, with the files that come out when each is changed.
	changes []change
	tried   map[string]bool
}

// trace gives the places that a line of a rendered file comes from.
func (t *tracer) trace(at diag.Position, file tree.File) []diag.Related {
	b := t.blockOf(file)
	place := b.at.Position()
	if place.File == "" {
		return nil
	}
	whole := []diag.Related{{Position: place, Message: "the file is rendered from " + b.what}}
	if at.Line == 0 {
		return whole
	}
	line, same := t.rendered(file, at.Line)
	if !same {
		whole[0].Message += ", and this line was changed since: lvsgen render --check shows it"
		return whole
	}
	if values := t.values(b, file, line); len(values) > 0 {
		return values
	}
	return whole
}

// blockOf gives the part of the inputs that a file comes from.
func (t *tracer) blockOf(file tree.File) *block {
	b := t.find(file)
	key := b.what
	if known := t.blocks[key]; known != nil {
		return known
	}
	b.tried = map[string]bool{}
	t.blocks[key] = b
	return b
}

func (t *tracer) find(file tree.File) *block {
	for i := range t.in.Apps {
		if a := &t.in.Apps[i]; a.Source == file.Source {
			return &block{what: "app " + a.Name, at: a.At, value: a, app: a}
		}
	}
	var best *unit.Unit
	for i := range t.units {
		u := &t.units[i]
		inside := strings.HasPrefix(file.Path, u.Path+"/")
		if u.Service != nil && u.Service.Source == file.Source && inside && (best == nil || len(u.Path) > len(best.Path)) {
			best = u
		}
	}
	switch {
	case best != nil:
		return &block{what: "service " + best.Service.Name, at: best.Service.At, value: best.Service}
	case file.Source == t.in.Cluster.Source:
		return &block{what: "cluster " + t.in.Cluster.Name, at: t.in.Cluster.At, value: &t.in.Cluster}
	}
	return &block{what: "the cloud", at: t.in.Cloud.At, value: &t.in.Cloud}
}

// values are the values of a block that a line comes from: those that change it when they change.
func (t *tracer) values(b *block, file tree.File, line int) []diag.Related {
	if !b.tried[file.Writer] {
		b.tried[file.Writer] = true
		t.tryAll(b, file.Writer)
	}
	old := splitLines(file.Content)
	var sure, other []diag.Related
	for _, c := range b.changes {
		content, there := c.files[file.Path]
		if c.writer != file.Writer || !there {
			continue
		}
		now := splitLines(content)
		if len(now) != len(old) || now[line-1] == old[line-1] {
			continue
		}
		place := diag.Related{Position: c.at, Message: "the line is rendered from this value"}
		if c.text != "" && strings.Contains(old[line-1], c.text) && !strings.Contains(now[line-1], c.text) {
			sure = append(sure, place)
		} else {
			other = append(other, place)
		}
	}
	if len(sure) == 0 {
		sure = other
	}
	sure = slices.CompactFunc(sure, func(a, b diag.Related) bool { return a.Position == b.Position })
	if len(sure) > maxValues {
		return nil
	}
	return sure
}

// tryAll changes the values of a block one after the other and renders each time.
func (t *tracer) tryAll(b *block, writer string) {
	for _, leaf := range leaves(b.value) {
		at := b.at.Position(leaf.path...)
		if !t.isValue(at) {
			continue // nobody wrote it
		}
		for _, other := range leaf.others() {
			if t.tries == 0 {
				return
			}
			t.tries--
			leaf.set(other)
			files, ok := t.again(b, writer)
			leaf.set(leaf.value)
			if ok {
				b.changes = append(b.changes, change{at: at, text: leaf.text(), writer: writer, files: files})
				break
			}
		}
	}
}

// change is what comes out when one value is changed.
type change struct {
	at diag.Position
	// text is the value as a line would hold it; "" when that says nothing.
	text   string
	writer string
	files  map[string][]byte
}

// again renders with one renderer. It is false when the renderer does not take the value.
func (t *tracer) again(b *block, writer string) (files map[string][]byte, ok bool) {
	defer func() {
		if recover() != nil {
			files, ok = nil, false // the value is none that the schema would let through
		}
	}()
	in := *t.in
	if b.app != nil && render.IsPerApp(writer) {
		in.Apps = []model.App{*b.app}
	}
	out, err := render.By(&in, writer)
	if err != nil {
		return nil, false
	}
	files = map[string][]byte{}
	for _, name := range out.Paths() {
		f, _ := out.Get(name)
		if base, there := t.base.Get(name); there && string(base.Content) != string(f.Content) {
			files[name] = f.Content
		}
	}
	return files, true
}

// rendered gives the line of the rendering that a line on disk is, counted from 1; false when it is not in it.
func (t *tracer) rendered(file tree.File, line int) (int, bool) {
	lines, ok := t.aligned[file.Path]
	if !ok {
		disk, err := fs.ReadFile(t.root, path.Clean(file.Path))
		if err == nil {
			lines = align(splitLines(disk), splitLines(file.Content))
		}
		t.aligned[file.Path] = lines
	}
	if line > len(lines) || lines[line-1] == 0 {
		return 0, false
	}
	return lines[line-1], true
}

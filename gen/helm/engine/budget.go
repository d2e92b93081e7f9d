package engine

import (
	"fmt"
	"reflect"
)

// The bounds of rendering. Of the charts that people publish most take some 100,000 steps; kube-prometheus-stack, which
// reads its own CRDs, takes five million.
const (
	// MaxSteps bounds one rendering. A step is one turn of a loop, one call of a template or function, or 256 bytes that a
	// function is given; functions that do more for their arguments cost more.
	MaxSteps = 20_000_000
	// MaxText is how many bytes templates and functions produce for one rendering, each time anew when one takes up what
	// another made.
	MaxText = 256 << 20
	// MaxNodes is how many values one value may hold, counted each time when it holds them more than once.
	MaxNodes = 1_000_000
	// maxNesting is how deep values may lie in each other; maxDepth how deep templates may call each other, with the blocks in
	// them; maxIncludes is Helm's own bound for one name (pkg/engine, recursionMaxNums).
	maxNesting  = 500
	maxDepth    = 50_000
	maxIncludes = 1000
)

// Budget is what may still be spent.
type Budget struct {
	// Steps are turns of loops and calls, Text bytes.
	Steps, Text int64
	over        *Exceeded
	depth       int
	// longest is the longest text so far, in bytes: each step may compare with it.
	longest int
	sizes   map[uintptr]sized
	insts   map[string]int
	// files are those whose methods take their cost from here.
	files []Files
}

// NewBudget is enough for one rendering.
func NewBudget() *Budget { return &Budget{Steps: MaxSteps, Text: MaxText} }

// Spent tells how many steps were taken of those of NewBudget.
func (b *Budget) Spent() int64 { return MaxSteps - b.Steps }

// Exceeded is the error of a rendering that does too much.
type Exceeded struct{ what string }

func (e *Exceeded) Error() string { return e.what }

func (b *Budget) exceed(format string, args ...any) error {
	if b.over == nil {
		b.over = &Exceeded{fmt.Sprintf(format, args...)}
	}
	return b.over
}

// steps takes n steps; the error says that there are not so many left.
func (b *Budget) steps(n float64) error {
	if b.over != nil || n > float64(b.Steps) {
		b.Steps = 0
		return b.exceed("it takes more than %d steps", MaxSteps)
	}
	b.Steps -= int64(n)
	return nil
}

// turn takes the steps of a turn of a loop, whose comparisons are not counted themselves: each may be with the longest text.
func (b *Budget) turn(n float64) error { return b.steps(n * (1 + float64(b.longest)/32768)) }

// deeper goes n levels down; who comes back takes them off depth.
func (b *Budget) deeper(n int) error {
	if b.depth += n; b.depth > maxDepth {
		return b.exceed("its templates call each other too deep")
	}
	return nil
}

// text takes n bytes of text.
func (b *Budget) text(n int) error {
	if b.over != nil || int64(n) > b.Text {
		b.Text = 0
		return b.exceed("it produces more than %d MiB of text", MaxText>>20)
	}
	b.Text -= int64(n)
	b.longest = max(b.longest, n)
	return nil
}

// must stops a function: text/template makes an error of a panic in one.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// size is what a value holds: its parts, how deep they lie, and how long it is when it is printed.
type size struct {
	nodes, height, text int
}

type sized struct {
	size
	// value keeps the address from being used again.
	value reflect.Value
}

// measure counts what a value holds, each part as often as it is met: a value that holds itself is too large.
func (b *Budget) measure(v reflect.Value, depth int) (s size, err error) {
	s = size{nodes: 1, text: 8}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return s, nil
		}
		return b.measure(v.Elem(), depth)
	case reflect.String:
		s.text += v.Len()
		b.longest = max(b.longest, v.Len())
	case reflect.Map:
		return b.measureMap(v, depth)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			s.text += 4 * v.Len() // a byte is printed as a number
			return s, nil
		}
		for i := range v.Len() {
			if s, err = b.plus(s, v.Index(i), depth); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

func (b *Budget) measureMap(v reflect.Value, depth int) (s size, err error) {
	if known, ok := b.sizes[v.Pointer()]; ok && depth+known.height <= maxNesting {
		return known.size, nil
	}
	s = size{nodes: 1, text: 8}
	for entries := v.MapRange(); entries.Next(); {
		if key := entries.Key(); key.Kind() == reflect.String {
			s.text += key.Len()
		}
		if s, err = b.plus(s, entries.Value(), depth); err != nil {
			return s, err
		}
	}
	if b.sizes == nil {
		b.sizes = map[uintptr]sized{}
	}
	b.sizes[v.Pointer()] = sized{s, v}
	return s, nil
}

// plus adds a part, which is indented by two when it is printed as YAML.
func (b *Budget) plus(s size, part reflect.Value, depth int) (size, error) {
	if depth >= maxNesting {
		return s, b.exceed("it makes a value that is nested deeper than %d levels", maxNesting)
	}
	more, err := b.measure(part, depth+1)
	if err != nil {
		return s, err
	}
	s.nodes, s.height, s.text = s.nodes+more.nodes, max(s.height, more.height+1), s.text+more.text+2*more.nodes
	switch {
	case s.nodes > MaxNodes:
		err = b.exceed("it makes a value that holds more than %d others", MaxNodes)
	case s.text > MaxText:
		err = b.exceed("it makes a value of more than %d MiB", MaxText>>20)
	}
	return s, err
}

// changed forgets sizes: a function changed a value in place.
func (b *Budget) changed() { clear(b.sizes) }

package provenance

import (
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// leaf is one value of the model: a text, number or truth value.
type leaf struct {
	// path are the names of the fields that lead to it, as the inputs write them.
	path  []string
	value reflect.Value
	set   func(reflect.Value)
}

// leaves are all values below a pointer, in a fixed order.
func leaves(pointer any) []leaf {
	var out []leaf
	walk(reflect.ValueOf(pointer).Elem(), nil, func() {}, &out)
	return out
}

// walk goes through a value that can be set; changed carries what was set up to where it belongs, which maps and interfaces
// need.
func walk(v reflect.Value, path []string, changed func(), out *[]leaf) {
	below := func(v reflect.Value, name string, changed func()) {
		walk(v, append(slices.Clip(path), name), changed, out)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), path, changed, out)
		}
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		inner := reflect.New(v.Elem().Type()).Elem()
		inner.Set(v.Elem())
		walk(inner, path, func() { v.Set(inner); changed() }, out)
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if v.Type().Field(i).IsExported() && name != "-" && name != "" {
				below(v.Field(i), name, changed)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			below(v.Index(i), strconv.Itoa(i), changed)
		}
	case reflect.Map:
		keys := slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			inner := reflect.New(v.Type().Elem()).Elem()
			inner.Set(v.MapIndex(key))
			below(inner, key.String(), func() { v.SetMapIndex(key, inner); changed() })
		}
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		*out = append(*out, leaf{path: path, value: old, set: func(to reflect.Value) { v.Set(to); changed() }})
	}
}

// text is the value as a line of a rendered file would hold it; "" for what says little: truth values and single characters.
func (l leaf) text() string {
	if l.value.Kind() == reflect.Bool {
		return ""
	}
	if text := fmt.Sprint(l.value.Interface()); len(text) > 1 {
		return text
	}
	return ""
}

// others are values of the same form: a renderer that reads a text as a quantity or a version should take one of them.
func (l leaf) others() []reflect.Value {
	var out []reflect.Value
	add := func(set func(v reflect.Value)) {
		v := reflect.New(l.value.Type()).Elem()
		set(v)
		out = append(out, v)
	}
	switch l.value.Kind() {
	case reflect.Bool:
		add(func(v reflect.Value) { v.SetBool(!l.value.Bool()) })
	case reflect.Int, reflect.Int64:
		add(func(v reflect.Value) { v.SetInt(l.value.Int() + 1) })
	case reflect.Float64:
		add(func(v reflect.Value) { v.SetFloat(l.value.Float() + 1) })
	case reflect.String:
		for _, text := range turned(l.value.String()) {
			add(func(v reflect.Value) { v.SetString(text) })
		}
	}
	return out
}

// turned are texts that differ from text in one letter or digit: the last one, or the first one.
func turned(text string) []string {
	at := regexp.MustCompile(`[A-Za-z0-9]`).FindAllStringIndex(text, -1)
	if len(at) == 0 {
		return []string{text + "x"}
	}
	var out []string
	for _, i := range []int{at[len(at)-1][0], at[0][0]} {
		c := text[i] + 1
		if text[i] == '9' || text[i] == 'z' || text[i] == 'Z' {
			c = text[i] - 1
		}
		out = append(out, text[:i]+string(c)+text[i+1:])
	}
	return out
}

// label begins a field of CUE: at such a place a block stands and no value.
var label = regexp.MustCompile(`^("[^"]*"|[\w$#]+)[?!]?:`)

// isValue tells whether a place in the inputs is that of a value.
func (t *tracer) isValue(at diag.Position) bool {
	if at.Line == 0 || at.Column == 0 {
		return false
	}
	lines, ok := t.inputs[at.File]
	if !ok {
		if content, err := fs.ReadFile(t.root, at.File); err == nil {
			lines = strings.Split(string(content), "\n")
		}
		t.inputs[at.File] = lines
	}
	if at.Line > len(lines) || at.Column > len(lines[at.Line-1]) {
		return false
	}
	return !label.MatchString(lines[at.Line-1][at.Column-1:])
}

package engine

import (
	"encoding/base64"
	"path"
	"reflect"
	"strings"
	"sync"

	"github.com/gobwas/glob"
)

// Files are the other files of a chart, as templates see them.
type Files map[string][]byte

// budgets are those of the files that a rendering looks at, by the address of their map: a method of Files has no other way
// to its budget, and charts rely on Files being a map.
var budgets sync.Map

// attach has the methods of the files that templates see take their cost from the budget, until detach is called.
func (b *Budget) attach(templates []Template) (detach func()) {
	for i := range templates {
		if f, ok := templates[i].Scope["Files"].(Files); ok {
			b.add(f)
		}
	}
	return func() {
		for _, f := range b.files {
			budgets.Delete(reflect.ValueOf(f).Pointer())
		}
		b.files = nil
	}
}

func (b *Budget) add(f Files) {
	b.files = append(b.files, f)
	budgets.Store(reflect.ValueOf(f).Pointer(), b)
}

// spend takes the cost of reading n bytes.
func (f Files) spend(n int) {
	if b, ok := budgets.Load(reflect.ValueOf(f).Pointer()); ok {
		must(b.(*Budget).steps(1 + float64(n)/256))
		must(b.(*Budget).text(n))
	}
}

func (f Files) total() int {
	n := 0
	for name, content := range f {
		n += len(name) + len(content)
	}
	return n
}

// GetBytes gives a file; what is not there is empty.
func (f Files) GetBytes(name string) []byte {
	if content, ok := f[name]; ok {
		return content
	}
	return []byte{}
}

// Get gives a file as a text.
func (f Files) Get(name string) string {
	f.spend(len(f[name]))
	return string(f[name])
}

// Glob gives the files whose names match a pattern. A pattern that cannot be read matches all.
func (f Files) Glob(pattern string) Files {
	f.spend(len(pattern)*len(f) + f.total()/64)
	matcher, err := glob.Compile(pattern, '/')
	if err != nil {
		matcher = glob.MustCompile("**")
	}
	out := Files{}
	for name, content := range f {
		if matcher.Match(name) {
			out[name] = content
		}
	}
	if b, ok := budgets.Load(reflect.ValueOf(f).Pointer()); ok {
		b.(*Budget).add(out)
	}
	return out
}

// AsConfig gives the files as the data of a ConfigMap.
func (f Files) AsConfig() string {
	return f.data(func(content []byte) string { return string(content) })
}

// AsSecrets gives the files as the data of a Secret.
func (f Files) AsSecrets() string { return f.data(base64.StdEncoding.EncodeToString) }

func (f Files) data(encode func([]byte) string) string {
	if f == nil {
		return ""
	}
	f.spend(4 * f.total())
	data := map[string]string{}
	for name, content := range f {
		data[path.Base(name)] = encode(content)
	}
	return toYAML(data)
}

// Lines gives the lines of a file.
func (f Files) Lines(name string) []string {
	f.spend(16 * len(f[name]))
	text := strings.TrimSuffix(string(f[name]), "\n")
	if len(f[name]) == 0 {
		return []string{}
	}
	return strings.Split(text, "\n")
}

// Package yamlfile reads YAML files into plain values whose every part knows its place.
package yamlfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/lvs-cloud/lvsgen/gen/conflict"
	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// The bounds of one document, far above what Kubernetes takes: they stop files that are made to exhaust memory.
const (
	maxNodes = 1_000_000
	maxDepth = 200
	// maxMarks bounds the punctuation of a file, and so the memory for its nodes; maxDocuments how many documents it holds.
	maxMarks     = 2_000_000
	maxDocuments = 20_000
)

// Bounded tells by its punctuation whether a text can hold too many values to be parsed at all: every value needs at least a
// comma, colon, dash, bracket or line of its own. It takes no memory.
func Bounded(content []byte) error {
	marks := 0
	for _, c := range content {
		switch c {
		case ',', ':', '-', '\n', '\r', '[', '{', '?', '\'', '"':
			marks++
		}
	}
	if marks > maxMarks {
		return fmt.Errorf("it may hold more than %d values", maxMarks/2)
	}
	return nil
}

// Document is one document of a file.
type Document struct {
	File string
	// Index counts the documents of the file from 0, those that are empty among them.
	Index int
	// Value is the content as JSON would hold it: map[string]any, []any, string, int64, float64, bool or nil.
	Value any
	root  *yaml.Node
}

// Fields is the document's mapping; nil when it is something else.
func (d *Document) Fields() map[string]any {
	m, _ := d.Value.(map[string]any)
	return m
}

// Rule names the finding of a file that is no YAML.
const Rule = "yaml-syntax"

// Parse reads all documents of a file that are not empty. What is wrong with it is the finding; documents before the
// mistake are given too.
func Parse(file string, content []byte) (docs []*Document, findings diag.Findings) {
	content = fromUTF16(content)
	markers, inside, conflicted := conflict.Finding(file, content)
	if conflicted && !inside {
		return nil, diag.Findings{markers}
	}
	if line, ok := invalidUTF8(content); ok {
		return nil, diag.Findings{diag.Errorf(Rule, diag.Position{File: file, Line: line}, "the file is not UTF-8").
			WithHint("save it as UTF-8")}
	}
	if err := Bounded(content); err != nil {
		return nil, diag.Findings{diag.Errorf(Rule, diag.Position{File: file}, "the file is not read: %v", err).
			WithHint("split it into several files")}
	}
	// The library turns most of its panics into errors; the rest must not reach the user.
	defer func() {
		if r := recover(); r != nil {
			findings = append(findings, diag.Errorf(Rule, diag.Position{File: file}, "the file cannot be read as YAML: %v", r))
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for index := 0; ; index++ {
		var node yaml.Node
		err := decoder.Decode(&node)
		if errors.Is(err, io.EOF) {
			return docs, findings
		}
		if err != nil && conflicted {
			return docs, append(findings, markers)
		}
		if err != nil {
			return docs, append(findings, syntaxError(file, content, err))
		}
		if index == maxDocuments {
			return docs, append(findings, diag.Errorf(Rule, place(file, &node), "the file holds more than %d documents, which are not read", maxDocuments).
				WithHint("split it into several files"))
		}
		if len(node.Content) == 0 {
			continue
		}
		doc := &Document{File: file, Index: index, root: node.Content[0]}
		c := converter{file: file}
		doc.Value = c.value(doc.root, 0)
		if len(c.findings) > 0 {
			return docs, append(findings, c.findings...)
		}
		if doc.Value != nil {
			docs = append(docs, doc)
		}
	}
}

// fromUTF16 gives a text in UTF-8 that begins with the byte order mark of UTF-16: YAML allows both, and kustomize takes both.
func fromUTF16(content []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(content, []byte("\xfe\xff")):
		order = binary.BigEndian
	}
	if order == nil || len(content)%2 != 0 {
		return content
	}
	units := make([]uint16, 0, len(content)/2)
	for rest := content[2:]; len(rest) > 0; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	return []byte(string(utf16.Decode(units)))
}

func invalidUTF8(content []byte) (line int, invalid bool) {
	if utf8.Valid(content) {
		return 0, false
	}
	line = 1
	for len(content) > 0 {
		r, size := utf8.DecodeRune(content)
		switch {
		case r == utf8.RuneError && size == 1:
			return line, true
		case r == '\n':
			line++
		}
		content = content[size:]
	}
	return line, true
}

// converter turns nodes into values.
type converter struct {
	file     string
	nodes    int
	findings diag.Findings
}

func (c *converter) fail(n *yaml.Node, format string, args ...any) *diag.Finding {
	c.findings = append(c.findings, diag.Errorf(Rule, place(c.file, n), format, args...))
	return &c.findings[len(c.findings)-1]
}

func (c *converter) value(n *yaml.Node, depth int) any {
	c.nodes++
	if len(c.findings) > 0 {
		return nil
	}
	if c.nodes > maxNodes {
		c.fail(n, "the document has more than %d values, with its aliases counted", maxNodes)
		return nil
	}
	if depth > maxDepth {
		c.fail(n, "the document is nested deeper than %d levels", maxDepth)
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return c.mapping(n, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, c.value(item, depth+1))
		}
		return list
	case yaml.AliasNode:
		return c.value(n.Alias, depth+1)
	case yaml.ScalarNode:
		return c.scalar(n)
	}
	return nil
}

func (c *converter) mapping(n *yaml.Node, depth int) map[string]any {
	m := make(map[string]any, len(n.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.Tag == "!!merge" {
			merged = append(merged, value)
			continue
		}
		name, ok := keyName(key)
		if !ok {
			c.fail(key, KeyMustBeText)
			return nil
		}
		if _, twice := m[name]; twice {
			f := c.fail(key, "key %q is there twice", name)
			*f = f.WithRelated(place(c.file, first(n, name)), "the first one").WithHint("remove one of them: only one can count")
			return nil
		}
		m[name] = c.value(value, depth+1)
	}
	for _, source := range merged {
		c.merge(m, source, depth)
	}
	return m
}

// merge fills in what "<<" brings: keys that are there already win.
func (c *converter) merge(m map[string]any, source *yaml.Node, depth int) {
	switch v := c.value(source, depth+1).(type) {
	case map[string]any:
		for key, value := range v {
			if _, there := m[key]; !there {
				m[key] = value
			}
		}
	case []any:
		for _, item := range v {
			if from, ok := item.(map[string]any); ok {
				for key, value := range from {
					if _, there := m[key]; !there {
						m[key] = value
					}
				}
			}
		}
	}
}

func keyName(key *yaml.Node) (string, bool) {
	if key.Kind == yaml.AliasNode {
		key = key.Alias
	}
	return key.Value, key.Kind == yaml.ScalarNode
}

func first(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if got, ok := keyName(n.Content[i]); ok && got == name {
			return n.Content[i]
		}
	}
	return n
}

func (c *converter) scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			return i
		}
		var f float64
		if n.Decode(&f) == nil {
			return f
		}
	case "!!float":
		var f float64
		if n.Decode(&f) == nil {
			return f
		}
	}
	return n.Value
}

func place(file string, n *yaml.Node) diag.Position {
	return diag.Position{File: file, Line: n.Line, Column: n.Column}
}

// Position gives the place of the part at path: keys are strings, places in a list are ints. What is not written there
// has the place of the nearest part above it that is. For a part of a mapping it is the place of the value, unless that
// is a mapping or list: then of its key.
func (d *Document) Position(path ...any) diag.Position {
	at, _ := d.Lookup(path...)
	return at
}

// Lookup is Position, and tells whether the whole path is written in the document.
func (d *Document) Lookup(path ...any) (diag.Position, bool) {
	node, mark := d.root, d.root
	for _, part := range path {
		for node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		key, value := child(node, part)
		if value == nil {
			return place(d.File, mark), false
		}
		node, mark = value, value
		if key != nil && value.Kind != yaml.ScalarNode {
			mark = key
		}
	}
	return place(d.File, mark), true
}

// Inside is the place of a line of the text at path, counted from 0. Of a text that is not written as a block with its own
// lines it is the place of the text.
func (d *Document) Inside(line int, path ...any) diag.Position {
	node := d.root
	for _, part := range path {
		for node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		_, value := child(node, part)
		if value == nil {
			return d.Position(path...)
		}
		node = value
	}
	if node.Style&yaml.LiteralStyle == 0 {
		return place(d.File, node)
	}
	return diag.Position{File: d.File, Line: node.Line + 1 + line}
}

func child(n *yaml.Node, part any) (key, value *yaml.Node) {
	switch p := part.(type) {
	case string:
		if n.Kind != yaml.MappingNode {
			return nil, nil
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if name, ok := keyName(n.Content[i]); ok && name == p {
				return n.Content[i], n.Content[i+1]
			}
		}
	case int:
		if n.Kind == yaml.SequenceNode && p >= 0 && p < len(n.Content) {
			return nil, n.Content[p]
		}
	}
	return nil, nil
}

// Key gives the place of a key itself.
func (d *Document) Key(path ...any) diag.Position {
	if len(path) == 0 {
		return d.Position()
	}
	node := d.root
	for i, part := range path {
		for node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		key, value := child(node, part)
		if value == nil {
			return d.Position(path...)
		}
		if i == len(path)-1 && key != nil {
			return place(d.File, key)
		}
		node = value
	}
	return d.Position(path...)
}

// Texts calls visit for every scalar of the document with its path; the path is only good during the call.
func (d *Document) Texts(visit func(path []any, value string, at diag.Position)) {
	var walk func(n *yaml.Node, path []any)
	walk = func(n *yaml.Node, path []any) {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				name, _ := keyName(n.Content[i])
				walk(n.Content[i+1], append(path, name))
			}
		case yaml.SequenceNode:
			for i, item := range n.Content {
				walk(item, append(path, i))
			}
		case yaml.ScalarNode:
			visit(path, n.Value, place(d.File, n))
		}
	}
	walk(d.root, nil)
}

// String names the document for messages.
func (d *Document) String() string { return fmt.Sprintf("%s#%d", d.File, d.Index) }

// Package kube writes Kubernetes manifests: ordered YAML in the one form that lvsgen uses and that Flux's image
// automation, which rewrites whole files, leaves as it is.
package kube

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Map is a YAML mapping that keeps the order of its entries.
type Map []Entry

// Entry is one line of a Map. Comment, without "#", stands at the end of the line of a scalar.
type Entry struct {
	Key     string
	Value   any
	Comment string
}

// Set appends key: value and gives the longer Map, for building step by step.
func (m Map) Set(key string, value any) Map {
	return append(m, Entry{Key: key, Value: value})
}

// SetIf appends key: value when cond holds.
func (m Map) SetIf(cond bool, key string, value any) Map {
	if !cond {
		return m
	}
	return m.Set(key, value)
}

// Marked appends a scalar with a comment at the end of its line.
func (m Map) Marked(key string, value any, comment string) Map {
	return append(m, Entry{Key: key, Value: value, Comment: comment})
}

// M makes a Map from alternating keys and values.
func M(pairs ...any) Map {
	m := make(Map, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m = m.Set(pairs[i].(string), pairs[i+1])
	}
	return m
}

// Object starts a manifest: apiVersion, kind and metadata. Namespace is left out when it is empty.
func Object(apiVersion, kind, namespace, name string) Map {
	return M("apiVersion", apiVersion, "kind", kind,
		"metadata", M("name", name).SetIf(namespace != "", "namespace", namespace))
}

// Encode writes the values as the documents of one YAML file. It takes Map, map[string]any and other maps with string
// keys (their keys sorted, but for the order that readers of manifests expect), slices, strings, numbers and booleans.
// Strings of several lines become block scalars.
func Encode(docs ...any) ([]byte, error) {
	var buf bytes.Buffer
	for i, doc := range docs {
		if i > 0 {
			buf.WriteString("---\n")
		}
		if err := encode(&buf, doc); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), nil
}

// encode writes one document. Each has an encoder of its own: the library's keeps the memory of all that it wrote.
func encode(w io.Writer, doc any) error {
	n, err := node(doc)
	if err != nil {
		return err
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	enc.CompactSeqIndent()
	if err := enc.Encode(n); err != nil {
		return err
	}
	return enc.Close()
}

func node(v any) (*yaml.Node, error) {
	switch v := v.(type) {
	case Map:
		return mapping(v)
	case string:
		return text(v), nil
	case bool:
		return scalar("!!bool", strconv.FormatBool(v)), nil
	case int:
		return scalar("!!int", strconv.Itoa(v)), nil
	case int64:
		return scalar("!!int", strconv.FormatInt(v, 10)), nil
	case float64:
		return number(v)
	case *big.Int: // what CUE makes of whole numbers beyond 64 bits
		return scalar("", v.String()), nil // with a tag the library would write it, beyond 64 bits
	case json.Number:
		return scalar("", v.String()), nil
	case nil:
		return scalar("!!null", "null"), nil
	case map[string]any:
		return mapping(ordered(v))
	case map[string]string:
		return mapping(ordered(v))
	case []any:
		return sequence(v)
	case []Map:
		return sequence(v)
	case []string:
		return sequence(v)
	case []map[string]any:
		return sequence(v)
	}
	return nil, fmt.Errorf("kube: no YAML form for a value of type %T", v)
}

func sequence[T any](items []T) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if len(items) == 0 {
		n.Style = yaml.FlowStyle
	}
	for _, item := range items {
		child, err := node(item)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, child)
	}
	return n, nil
}

func mapping(m Map) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if len(m) == 0 {
		n.Style = yaml.FlowStyle
	}
	for _, e := range m {
		value, err := node(e.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Key, err)
		}
		if e.Comment != "" {
			value.LineComment = "# " + e.Comment
		}
		key := text(e.Key)
		if strings.Contains(e.Key, "\n") {
			key.Style = yaml.DoubleQuotedStyle // a block would make it a "? key"
		}
		n.Content = append(n.Content, key, value)
	}
	return n, nil
}

// number keeps whole numbers free of an exponent: JSON has only floats, manifests mostly mean integers.
func number(f float64) (*yaml.Node, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("kube: %v is not a number that a manifest can hold", f)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return scalar("!!int", strconv.FormatFloat(f, 'f', -1, 64)), nil
	}
	return scalar("!!float", strconv.FormatFloat(f, 'g', -1, 64)), nil
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// text makes a string node. What a YAML 1.1 reader would take for something else (yes, on, 1_000, 12:30:45) is quoted
// too: Helm, kustomize and Flux do not agree on the version of YAML.
func text(s string) *yaml.Node {
	n := scalar("!!str", s)
	switch {
	case strings.Contains(s, "\n") && blockSafe(s):
		n.Style = yaml.LiteralStyle
	case ambiguous(s), strings.Contains(s, "\n"): // without a style, yaml.v3 would take a block even where it loses something
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// blockSafe tells whether a literal block keeps s to the byte: no trailing spaces before a line's end, no control
// characters, no leading space or empty first line (they need an indentation indicator that kyaml drops).
func blockSafe(s string) bool {
	if strings.HasPrefix(s, " ") || strings.HasPrefix(s, "\n") || strings.Contains(s, " \n") || strings.HasSuffix(s, " ") ||
		strings.HasSuffix(s, "\n\n") || strings.Contains(s, "\t") {
		return false
	}
	for _, r := range s {
		if r != '\n' && (r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff) {
			return false
		}
	}
	return true
}

// ambiguous tells whether the plain form of s could be read as something other than a string, by YAML 1.1 or 1.2.
func ambiguous(s string) bool {
	if s == "" {
		return true
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".inf", ".nan", "=", "<<":
		return true
	}
	if strings.IndexByte("0123456789+-.", s[0]) < 0 {
		return false
	}
	// Numbers in all bases, floats, times (sexagesimal in YAML 1.1) and dates are made of these.
	return !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEFxXoOtTzZ_+-.,: ", r) })
}

// first are the keys that readers of manifests expect at the top, in this order.
var first = []string{"apiVersion", "kind", "name", "metadata", "namespace", "type", "spec"}

func ordered[V any](m map[string]V) Map {
	out := make(Map, 0, len(m))
	for _, key := range first {
		if v, ok := m[key]; ok {
			out = out.Set(key, v)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(first, key) {
			out = out.Set(key, m[key])
		}
	}
	return out
}

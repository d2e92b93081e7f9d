package sops

import (
	"bytes"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// document is one YAML mapping.
type document struct{ root *yaml.Node }

// parse reads a file that is one mapping. The parser's errors quote the file, so they are not passed on.
func parse(file []byte) (*document, error) {
	d := yaml.NewDecoder(bytes.NewReader(file))
	var doc, next yaml.Node
	if err := d.Decode(&doc); err != nil {
		return nil, errors.New("is not YAML")
	}
	if err := d.Decode(&next); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one YAML document")
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("is not one Kubernetes object")
	}
	out := &document{doc.Content[0]}
	// What stands above and below the mapping belongs to the document's node, which is not kept.
	if out.root.HeadComment == "" {
		out.root.HeadComment = doc.HeadComment
	}
	if out.root.FootComment == "" {
		out.root.FootComment = doc.FootComment
	}
	return out, check(out.root)
}

// check refuses what a Secret never holds and SOPS treats in ways of its own.
func check(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return errors.New("holds YAML anchors, which lvsgen does not write into encrypted files")
	}
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
				return errors.New("has a key that is not a text")
			}
			if seen[key.Value] {
				return errors.New("has a key twice")
			}
			seen[key.Value] = true
		}
	}
	for _, child := range n.Content {
		if err := check(child); err != nil {
			return err
		}
	}
	return nil
}

// field gives the value of a key of a document, nil when it is absent.
func (d *document) field(name string) *yaml.Node { return child(d.root, name) }

func child(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// text gives the text at a path, "" when there is none.
func (d *document) text(path ...string) string {
	n := d.root
	for _, name := range path {
		n = child(n, name)
	}
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// take removes a key of the document and gives its value.
func (d *document) take(name string) *yaml.Node {
	for i := 0; i < len(d.root.Content); i += 2 {
		if d.root.Content[i].Value == name {
			n := d.root.Content[i+1]
			d.root.Content = append(d.root.Content[:i:i], d.root.Content[i+2:]...)
			return n
		}
	}
	return nil
}

// at gives the node at a path of mappings, made where it is absent.
func (d *document) at(path []string) (*yaml.Node, error) {
	n := d.root
	for i, name := range path {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == nullTag {
			*n = yaml.Node{Kind: yaml.MappingNode}
		}
		if n.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("its field %q is not a mapping", path[max(i-1, 0)])
		}
		n.Style = 0
		next := child(n, name)
		if next == nil {
			key := &yaml.Node{}
			key.SetString(name)
			next = &yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag}
			n.Content = append(n.Content, key, next)
		}
		n = next
	}
	if n.Kind != yaml.ScalarNode {
		return nil, fmt.Errorf("its key %q is not a text", path[len(path)-1])
	}
	return n, nil
}

// walk calls leaf for every scalar, in the order of the file. An item of a list has the path of the list.
func (d *document) walk(leaf func(n *yaml.Node, path []string) error) error {
	return walk(d.root, nil, leaf)
}

func walk(n *yaml.Node, path []string, leaf func(*yaml.Node, []string) error) error {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			if err := walk(n.Content[i+1], append(path[:len(path):len(path)], n.Content[i].Value), leaf); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if err := walk(item, path, leaf); err != nil {
				return err
			}
		}
	case yaml.ScalarNode:
		return leaf(n, path)
	}
	return nil
}

// onlyEncrypted starts the hash of a file whose MAC covers its encrypted values alone: SHA-256 of "sops", as SOPS has it.
var onlyEncrypted = []byte{
	0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0xb,
	0xb, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
}

// mac gives the message authentication code of a document whose values are encrypted with key.
func (d *document) mac(m *metadata, key []byte) (string, error) {
	rule, err := m.rule()
	if err != nil {
		return "", err
	}
	hash := sha512.New()
	if m.MACOnlyEncrypted {
		hash.Write(onlyEncrypted)
	}
	err = d.walk(func(n *yaml.Node, path []string) error {
		sealed := rule(path)
		if n.ShortTag() == nullTag || m.MACOnlyEncrypted && !sealed {
			return nil
		}
		if !sealed {
			text, _, err := plainText(n)
			hash.Write([]byte(text))
			return err
		}
		if n.ShortTag() != "!!str" {
			return errValue
		}
		text, kind, err := decrypt(key, n.Value, place(path))
		if err != nil {
			return err
		}
		text, _, err = canonical(text, kind)
		hash.Write([]byte(text))
		return err
	})
	return fmt.Sprintf("%X", hash.Sum(nil)), err
}

// verify refuses a document that was changed behind SOPS's back: sealing it again would make the change look right.
func (d *document) verify(m *metadata, key []byte) error {
	at, err := m.modified()
	if err != nil {
		return err
	}
	want, _, err := decrypt(key, m.MAC, at)
	if err != nil {
		return err
	}
	got, err := d.mac(m, key)
	if err != nil {
		return err
	}
	if want == "" || subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return ErrTampered
	}
	return nil
}

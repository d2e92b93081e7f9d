// Package sops reads and writes the part of SOPS's file format that the cloud's Secrets need: one YAML document, values
// under AES-256-GCM, the data key given to age recipients, and a MAC over all values. What else SOPS can do (PGP, key
// services, key groups) is refused, never guessed. test/sops holds it against SOPS itself.
//
// No error of this package holds a value of a file, encrypted or not.
package sops

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"filippo.io/age"
	"go.yaml.in/yaml/v3"
)

// EncryptedRegex names the fields of a Secret that are encrypted: Flux has to read the others.
const EncryptedRegex = "^(data|stringData)$"

// version is the release of SOPS whose format this is; programs that read a file look at it.
const version = "3.13.3"

// metadataKey is the field of a document that holds what SOPS knows of it.
const metadataKey = "sops"

var (
	// ErrPlain tells that a file is not encrypted.
	ErrPlain = errors.New("is not encrypted: it has no \"sops\" metadata")
	// ErrNoIdentity tells that none of the identities opens the file.
	ErrNoIdentity = errors.New("no age identity that was given opens it")
	// ErrTampered tells that a value does not fit the file's message authentication code, or its place.
	ErrTampered = errors.New("was changed since it was encrypted: its message authentication code does not fit")
)

// CheckRecipient tells what is wrong with the public key of an age identity ("age1...").
func CheckRecipient(text string) error {
	_, err := age.ParseX25519Recipient(text)
	return err
}

// Identity is the private half of an age key.
type Identity = age.Identity

// Identities reads age identities, one a line; empty lines and those that start with '#' are passed over. No identity is
// in the error.
func Identities(r io.Reader) ([]Identity, error) {
	ids, err := age.ParseIdentities(r)
	if err != nil {
		return nil, errors.New("holds no age identities, one AGE-SECRET-KEY-1... a line")
	}
	return ids, nil
}

// Encrypt makes an encrypted file of a plain manifest: the values of data and stringData are encrypted to the recipients.
// Comments stay as they are, in clear.
func Encrypt(plain []byte, recipients []string, now time.Time) ([]byte, error) {
	doc, err := parse(plain)
	if err != nil {
		return nil, err
	}
	if doc.field(metadataKey) != nil {
		return nil, errors.New("is encrypted already")
	}
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	m := &metadata{EncryptedRegex: EncryptedRegex, Version: version}
	if err := m.give(key, recipients); err != nil {
		return nil, err
	}
	rule, err := m.rule()
	if err != nil {
		return nil, err
	}
	if err := doc.walk(func(n *yaml.Node, path []string) error {
		if !rule(path) {
			return nil
		}
		text, kind, err := plainText(n)
		if err != nil {
			return err
		}
		return setScalar(n, key, text, kind, path)
	}); err != nil {
		return nil, err
	}
	return doc.seal(m, key, now)
}

// Set puts values into the field ("data") of an encrypted file. The other values are read, to verify and to renew the
// message authentication code, but their ciphertext is kept as it is. Recipients that the file lacks are added.
func Set(file []byte, field string, values map[string]string, recipients []string, ids []Identity, now time.Time) ([]byte, error) {
	doc, m, err := open(file)
	if err != nil {
		return nil, err
	}
	key, err := m.dataKey(ids)
	if err != nil {
		return nil, err
	}
	if err := doc.verify(m, key); err != nil {
		return nil, err
	}
	rule, err := m.rule()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(keysOf(values)) {
		path := []string{field, name}
		if !rule(path) {
			return nil, fmt.Errorf("its own rule would leave %q in clear", field)
		}
		n, err := doc.at(path)
		if err != nil {
			return nil, err
		}
		if err := setScalar(n, key, values[name], "str", path); err != nil {
			return nil, err
		}
	}
	missing := slices.DeleteFunc(slices.Clone(recipients), func(r string) bool { return slices.Contains(m.recipients(), r) })
	if err := m.give(key, missing); err != nil {
		return nil, err
	}
	return doc.seal(m, key, now)
}

// Summary is what can be known of an encrypted file without a key.
type Summary struct {
	APIVersion, Kind, Namespace, Name string
	// Keys are those of data and stringData, sorted. Empty are those whose value is empty, InClear those whose value is
	// not encrypted.
	Keys, Empty, InClear []string
	// Recipients are the age recipients, sorted.
	Recipients []string
}

// Inspect reads what is in clear in an encrypted file.
func Inspect(file []byte) (*Summary, error) {
	doc, m, err := open(file)
	if err != nil {
		return nil, err
	}
	s := &Summary{
		APIVersion: doc.text("apiVersion"), Kind: doc.text("kind"),
		Namespace: doc.text("metadata", "namespace"), Name: doc.text("metadata", "name"),
		Recipients: slices.Sorted(slices.Values(m.recipients())),
	}
	for _, field := range []string{"data", "stringData"} {
		n := doc.field(field)
		if n == nil || n.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i < len(n.Content); i += 2 {
			name, value := n.Content[i].Value, n.Content[i+1]
			s.Keys = append(s.Keys, name)
			switch {
			case value.Kind != yaml.ScalarNode || value.Value != "" && value.Tag != nullTag && !encrypted.MatchString(value.Value):
				s.InClear = append(s.InClear, name)
			case value.Value == "" || value.Tag == nullTag:
				s.Empty = append(s.Empty, name)
			}
		}
	}
	slices.Sort(s.Keys)
	slices.Sort(s.Empty)
	slices.Sort(s.InClear)
	return s, nil
}

// open reads an encrypted file and takes its metadata off.
func open(file []byte) (*document, *metadata, error) {
	doc, err := parse(file)
	if err != nil {
		return nil, nil, err
	}
	n := doc.take(metadataKey)
	if n == nil {
		return nil, nil, ErrPlain
	}
	m := &metadata{}
	if err := n.Decode(m); err != nil {
		return nil, nil, errors.New("has \"sops\" metadata that SOPS did not write")
	}
	return doc, m, m.check()
}

// seal makes the file of a document whose values are encrypted with key.
func (d *document) seal(m *metadata, key []byte, now time.Time) ([]byte, error) {
	m.LastModified = now.UTC().Format(time.RFC3339)
	mac, err := d.mac(m, key)
	if err != nil {
		return nil, err
	}
	if m.MAC, err = encrypt(key, mac, "str", m.LastModified); err != nil {
		return nil, err
	}
	var n yaml.Node
	if err := n.Encode(m); err != nil {
		return nil, err
	}
	sealed := *d.root
	sealed.Content = append(slices.Clone(d.root.Content), &yaml.Node{Kind: yaml.ScalarNode, Value: metadataKey}, &n)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(4) // SOPS's own
	if err := e.Encode(&sealed); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

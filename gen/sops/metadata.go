package sops

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"go.yaml.in/yaml/v3"
)

// metadata is what SOPS writes into a file about it, in SOPS's order.
type metadata struct {
	Age               []recipient `yaml:"age,omitempty"`
	EncryptedRegex    string      `yaml:"encrypted_regex,omitempty"`
	EncryptedSuffix   string      `yaml:"encrypted_suffix,omitempty"`
	LastModified      string      `yaml:"lastmodified"`
	MAC               string      `yaml:"mac"`
	MACOnlyEncrypted  bool        `yaml:"mac_only_encrypted,omitempty"`
	ShamirThreshold   int         `yaml:"shamir_threshold,omitempty"`
	UnencryptedRegex  string      `yaml:"unencrypted_regex,omitempty"`
	UnencryptedSuffix string      `yaml:"unencrypted_suffix,omitempty"`
	Version           string      `yaml:"version"`
	// Others are fields that lvsgen does not know. Those of other kinds of keys are kept as they are: the data key stays.
	Others map[string]yaml.Node `yaml:",inline"`
}

// recipient is the data key, encrypted to one age recipient.
type recipient struct {
	Enc       string `yaml:"enc"`
	Recipient string `yaml:"recipient"`
}

// otherKeys are the fields of other kinds of keys.
var otherKeys = map[string]bool{"azure_kv": true, "gcp_kms": true, "hc_vault": true, "hckms": true, "kms": true, "pgp": true}

// check refuses what changes the meaning of a file in ways that lvsgen does not know.
func (m *metadata) check() error {
	for name, n := range m.Others {
		if !otherKeys[name] && !(n.Kind == yaml.SequenceNode && len(n.Content) == 0) {
			return fmt.Errorf("uses SOPS's %q, which only the program sops can handle", name)
		}
	}
	if m.ShamirThreshold > 1 {
		return errors.New("splits its key between groups, which only the program sops can handle")
	}
	_, err := m.rule()
	return err
}

// modified is the time that the MAC is bound to.
func (m *metadata) modified() (string, error) {
	t, err := time.Parse(time.RFC3339, m.LastModified)
	if err != nil {
		return "", errors.New("does not say when it was encrypted")
	}
	return t.Format(time.RFC3339), nil
}

// rule tells which paths are encrypted. SOPS allows one rule in a file; without one, all that does not end in
// "_unencrypted" is.
func (m *metadata) rule() (func(path []string) bool, error) {
	ifAny := func(match func(string) bool, then bool) func([]string) bool {
		return func(path []string) bool {
			for _, part := range path {
				if match(part) {
					return then
				}
			}
			return !then
		}
	}
	var rules []func([]string) bool
	for _, r := range []struct {
		text string
		then bool
	}{{m.EncryptedRegex, true}, {m.UnencryptedRegex, false}} {
		if r.text == "" {
			continue
		}
		re, err := regexp.Compile(r.text)
		if err != nil {
			return nil, errors.New("has a rule that is not a regular expression")
		}
		rules = append(rules, ifAny(re.MatchString, r.then))
	}
	for _, r := range []struct {
		text string
		then bool
	}{{m.EncryptedSuffix, true}, {m.UnencryptedSuffix, false}} {
		if r.text != "" {
			rules = append(rules, ifAny(func(s string) bool { return strings.HasSuffix(s, r.text) }, r.then))
		}
	}
	switch len(rules) {
	case 0:
		return ifAny(func(s string) bool { return strings.HasSuffix(s, "_unencrypted") }, false), nil
	case 1:
		return rules[0], nil
	}
	return nil, errors.New("has more than one rule of what is encrypted")
}

func (m *metadata) recipients() []string {
	out := make([]string, 0, len(m.Age))
	for _, a := range m.Age {
		out = append(out, a.Recipient)
	}
	return out
}

// give encrypts the data key to more recipients.
func (m *metadata) give(key []byte, recipients []string) error {
	for _, text := range recipients {
		to, err := age.ParseX25519Recipient(text)
		if err != nil {
			return fmt.Errorf("%q is not an age recipient: %w", text, err)
		}
		var b bytes.Buffer
		a := armor.NewWriter(&b)
		w, err := age.Encrypt(a, to)
		if err != nil {
			return err
		}
		if _, err := w.Write(key); err != nil {
			return err
		}
		if err := errors.Join(w.Close(), a.Close()); err != nil {
			return err
		}
		m.Age = append(m.Age, recipient{Enc: b.String(), Recipient: text})
	}
	if len(m.Age) == 0 {
		return errors.New("nobody could decrypt it: there is no age recipient")
	}
	return nil
}

// dataKey gives the key that the values are encrypted with.
func (m *metadata) dataKey(ids []Identity) ([]byte, error) {
	if len(m.Age) == 0 {
		return nil, errors.New("is encrypted to no age recipient")
	}
	for _, a := range m.Age {
		if len(ids) == 0 {
			break
		}
		r, err := age.Decrypt(armor.NewReader(strings.NewReader(a.Enc)), ids...)
		if err != nil {
			continue
		}
		key, err := io.ReadAll(io.LimitReader(r, keySize+1))
		if err != nil || len(key) != keySize {
			return nil, ErrTampered
		}
		return key, nil
	}
	return nil, ErrNoIdentity
}

package sops

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Sizes in bytes: of the data key, and of the nonce that SOPS gives to AES-GCM.
const (
	keySize   = 32
	nonceSize = 32
)

const nullTag = "!!null"

// encrypted is how SOPS writes a value.
var encrypted = regexp.MustCompile(`^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]*),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z]+)\]$`)

// errValue is all that an error says of a value.
var errValue = errors.New("holds a value that SOPS did not encrypt")

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// place is what a value is bound to, so that nobody can move a ciphertext to another key.
func place(path []string) string { return strings.Join(path, ":") + ":" }

func gcm(key []byte, nonce int) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errors.New("its data key has the wrong length")
	}
	return cipher.NewGCMWithNonceSize(block, nonce)
}

// encrypt gives a value as SOPS writes it. An empty text stays empty.
func encrypt(key []byte, text, kind, bound string) (string, error) {
	if text == "" {
		return "", nil
	}
	aead, err := gcm(key, nonceSize)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, nonceSize)
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	out := aead.Seal(nil, nonce, []byte(text), []byte(bound))
	at := len(out) - aead.Overhead()
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("ENC[AES256_GCM,data:%s,iv:%s,tag:%s,type:%s]", b64(out[:at]), b64(nonce), b64(out[at:]), kind), nil
}

// decrypt gives the text and the type of a value that SOPS wrote.
func decrypt(key []byte, value, bound string) (text, kind string, err error) {
	if value == "" {
		return "", "str", nil
	}
	parts := encrypted.FindStringSubmatch(value)
	if parts == nil {
		return "", "", errValue
	}
	var raw [3][]byte
	for i := range raw {
		if raw[i], err = base64.StdEncoding.DecodeString(parts[i+1]); err != nil {
			return "", "", errValue
		}
	}
	aead, err := gcm(key, len(raw[1]))
	if err != nil {
		return "", "", err
	}
	out, err := aead.Open(nil, raw[1], append(raw[0], raw[2]...), []byte(bound))
	if err != nil {
		return "", "", ErrTampered
	}
	return string(out), parts[4], nil
}

// canonical gives a decrypted text as the MAC sees it. comment tells that the value is none.
func canonical(text, kind string) (out string, comment bool, err error) {
	switch kind {
	case "str", "bytes":
		return text, false, nil
	case "comment":
		return "", true, nil
	case "int":
		n, err := strconv.Atoi(text)
		return strconv.Itoa(n), false, bad(err)
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		return strconv.FormatFloat(f, 'f', -1, 64), false, bad(err)
	case "bool":
		b, err := strconv.ParseBool(text)
		return boolText(b), false, bad(err)
	case "time":
		var t time.Time
		if err := t.UnmarshalText([]byte(text)); err != nil {
			return "", false, errValue
		}
		b, err := t.MarshalText()
		return string(b), false, bad(err)
	}
	return "", false, errValue
}

func bad(err error) error {
	if err != nil {
		return errValue
	}
	return nil
}

// boolText is how SOPS, once a Python program, writes a bool.
func boolText(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// plainText gives a scalar in clear as SOPS writes it, and its type.
func plainText(n *yaml.Node) (text, kind string, err error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return "", "", errValue
	}
	switch v := v.(type) {
	case nil:
		return "", "", nil
	case string:
		return v, "str", nil
	case int:
		return strconv.Itoa(v), "int", nil
	case bool:
		return boolText(v), "bool", nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), "float", nil
	case time.Time:
		b, err := v.MarshalText()
		return string(b), "time", bad(err)
	}
	return "", "", errors.New("holds a value of a type that SOPS does not know")
}

// setScalar makes n the encrypted value. A null stays.
func setScalar(n *yaml.Node, key []byte, text, kind string, path []string) error {
	if kind == "" {
		return nil
	}
	value, err := encrypt(key, text, kind, place(path))
	if err != nil {
		return err
	}
	n.SetString(value)
	n.Style = 0
	if value == "" {
		n.Style = yaml.DoubleQuotedStyle
	}
	n.Content, n.Alias = nil, nil
	return nil
}

// Package sops holds gen/sops against SOPS itself, in both directions: SOPS decrypts what lvsgen encrypts and updates, and
// lvsgen updates what SOPS encrypts.
package sops

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/decrypt"
	"github.com/getsops/sops/v3/stores/yaml"
	goyaml "go.yaml.in/yaml/v3"

	ours "github.com/lvs-cloud/lvsgen/gen/sops"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))

// identity makes a key that SOPS finds too.
func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOPS_AGE_KEY", id.String())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	return id
}

// data is what SOPS reads in the field data of a file, with the MAC verified.
func data(t *testing.T, file []byte) map[string]string {
	t.Helper()
	plain, err := decrypt.Data(file, "yaml")
	if err != nil {
		t.Fatalf("SOPS: %v\n%s", err, file)
	}
	var o struct {
		Data map[string]string `yaml:"data"`
	}
	if err := goyaml.Unmarshal(plain, &o); err != nil {
		t.Fatal(err)
	}
	return o.Data
}

// bySOPS encrypts a manifest as the program sops does.
func bySOPS(t *testing.T, plain string, recipient string, change func(*sops.Metadata)) []byte {
	t.Helper()
	store := yaml.NewStore(&config.YAMLStoreConfig{})
	branches, err := store.LoadPlainFile([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	to, err := sopsage.MasterKeyFromRecipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	tree := sops.Tree{Branches: branches, Metadata: sops.Metadata{
		KeyGroups: []sops.KeyGroup{{to}}, Version: "3.13.3", EncryptedRegex: ours.EncryptedRegex,
	}}
	if change != nil {
		change(&tree.Metadata)
	}
	key, errs := tree.GenerateDataKey()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if err := common.EncryptTree(common.EncryptTreeOpts{DataKey: key, Tree: &tree, Cipher: aes.NewCipher()}); err != nil {
		t.Fatal(err)
	}
	out, err := store.EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// hostile are values that something on the way might misread.
var hostile = map[string]string{
	"plain": "secret", "newline": "a\nb\n", "dollar": "${x} $y", "yaml": "a: b # c", "null": "null", "bool": "true", "number": "0123",
	"quotes": `"'\`, "unicode": "ä€😀\u2028", "nul": "a\x00b", "binary": "\xff\xfe\x80", "spaces": "  x  ", "long": strings.Repeat("x", 70000),
	"enc": "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]", ".dockerconfigjson": `{"auths":{}}`, "tab": "\t", "one": "1",
}

const manifest = `# A comment.
apiVersion: v1
kind: Secret
metadata:
  name: mail
  namespace: shop
  labels: {app: "1", n: "null"}
  creationTimestamp: 2026-01-02T03:04:05Z
type: Opaque
immutable: false
list: [1, 2.5, true, null, "x"]
data:
  first: Zmlyc3Q=
  empty: ""
  absent: null
`

func encoded(values map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range values {
		out[name] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	return out
}

func expect(t *testing.T, got map[string]string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%q: got %d bytes, want %d", name, len(got[name]), len(value))
		}
	}
	if got["first"] != "Zmlyc3Q=" {
		t.Errorf("the value that was there is %q", got["first"])
	}
}

func TestSOPSReadsOurs(t *testing.T) {
	id := identity(t)
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients := []string{other.Recipient().String(), id.Recipient().String()}
	file, err := ours.Encrypt([]byte(manifest), recipients, now)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, data(t, file), nil)
	for name, values := range map[string]map[string]string{"base64": encoded(hostile), "as they are": asText(hostile)} {
		updated, err := ours.Set(file, "data", values, recipients, []age.Identity{id}, now.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		t.Log(name, len(updated))
		expect(t, data(t, updated), values)
	}
}

// asText leaves out what no YAML document can hold.
func asText(values map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range values {
		if name != "binary" && name != "nul" {
			out[name] = value
		}
	}
	return out
}

func TestWeUpdateSOPS(t *testing.T) {
	id := identity(t)
	to := id.Recipient().String()
	for name, change := range map[string]func(*sops.Metadata){
		"regex":              nil,
		"mac only encrypted": func(m *sops.Metadata) { m.MACOnlyEncrypted = true },
		"suffix":             func(m *sops.Metadata) { m.EncryptedRegex, m.UnencryptedSuffix = "", "_plain" },
		"encrypted suffix":   func(m *sops.Metadata) { m.EncryptedRegex, m.EncryptedSuffix = "", "ata" },
		"unencrypted regex":  func(m *sops.Metadata) { m.EncryptedRegex, m.UnencryptedRegex = "", "^(metadata|kind|apiVersion)$" },
	} {
		t.Run(name, func(t *testing.T) {
			file := bySOPS(t, manifest, to, change)
			before, err := ours.Inspect(file)
			if err != nil {
				t.Fatal(err)
			}
			if name == "regex" && fmt.Sprint(before.Keys, before.Empty, before.InClear) != "[absent empty first] [absent empty] []" {
				t.Errorf("got %+v", before)
			}
			updated, err := ours.Set(file, "data", encoded(hostile), []string{to}, []age.Identity{id}, now)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, data(t, updated), encoded(hostile))
			if first := line(file, " first: "); first == "" || first != line(updated, " first: ") {
				t.Error("the ciphertext of another value changed")
			}
		})
	}
}

// TestSOPSUpdatesOurs goes there and back: ours, edited by SOPS, updated by us.
func TestSOPSUpdatesOurs(t *testing.T) {
	id := identity(t)
	to := id.Recipient().String()
	file, err := ours.Encrypt([]byte(manifest), []string{to}, now)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := decrypt.Data(file, "yaml")
	if err != nil {
		t.Fatal(err)
	}
	file = bySOPS(t, string(plain)+"    # a comment among the values\n    second: c2Vjb25k\n", to, nil)
	updated, err := ours.Set(file, "data", map[string]string{"third": "dGhpcmQ="}, nil, []age.Identity{id}, now)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, data(t, updated), map[string]string{"second": "c2Vjb25k", "third": "dGhpcmQ="})
}

// TestTampering: a changed file is refused by both, so that an update never makes a forgery look right.
func TestTampering(t *testing.T) {
	id := identity(t)
	to := id.Recipient().String()
	file := string(bySOPS(t, strings.Replace(manifest, `empty: ""`, "other: b3RoZXI=", 1), to, nil))
	first, other := line([]byte(file), " first: "), line([]byte(file), " other: ")
	for name, changed := range map[string]string{
		"a name in clear": strings.Replace(file, "name: mail", "name: evil", 1),
		"values swapped": strings.NewReplacer(first, strings.Replace(other, "other", "first", 1),
			other, strings.Replace(first, "first", "other", 1)).Replace(file),
		"a value taken away": strings.Replace(file, first+"\n", "", 1),
	} {
		if changed == file {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := decrypt.Data([]byte(changed), "yaml"); err == nil {
			t.Errorf("%s: SOPS takes it", name)
		}
		if _, err := ours.Set([]byte(changed), "data", map[string]string{"x": "eA=="}, nil, []age.Identity{id}, now); !errors.Is(err, ours.ErrTampered) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func line(file []byte, with string) string {
	for l := range strings.SplitSeq(string(file), "\n") {
		if strings.Contains(l, with) {
			return l
		}
	}
	return ""
}

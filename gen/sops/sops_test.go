package sops_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/lvs-cloud/lvsgen/gen/sops"
)

const canary = "canary-7f3a"

const plain = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: mail\n  namespace: shop\ndata:\n  a: " + canary + "\n  b: \"\"\n"

var now = time.Unix(1767323045, 0)

func key(t testing.TB) (*age.X25519Identity, []string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id, []string{id.Recipient().String()}
}

func TestInspect(t *testing.T) {
	_, to := key(t)
	file, err := sops.Encrypt([]byte(plain), to, now)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(file), canary) {
		t.Error("the value is in clear")
	}
	s, err := sops.Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	if s.Kind != "Secret" || s.Namespace != "shop" || s.Name != "mail" || !slices.Equal(s.Keys, []string{"a", "b"}) ||
		!slices.Equal(s.Empty, []string{"b"}) || len(s.InClear) != 0 || !slices.Equal(s.Recipients, to) {
		t.Errorf("got %+v", s)
	}
	s, err = sops.Inspect([]byte(strings.Replace(string(file), "b: \"\"", "b: "+canary, 1)))
	if err != nil || !slices.Equal(s.InClear, []string{"b"}) {
		t.Errorf("a value in clear: %+v, %v", s, err)
	}
}

// TestRefusals: what is not understood is refused, and no error shows a value.
func TestRefusals(t *testing.T) {
	id, to := key(t)
	sealed, err := sops.Encrypt([]byte(plain), to, now)
	if err != nil {
		t.Fatal(err)
	}
	file := string(sealed)
	for name, c := range map[string]struct {
		file string
		want string
	}{
		"plain":        {plain, sops.ErrPlain.Error()},
		"no YAML":      {"a: [" + canary, "is not YAML"},
		"empty":        {"", "is not YAML"},
		"a list":       {"- " + canary, "is not one Kubernetes object"},
		"two":          {file + "---\n" + plain, "more than one YAML document"},
		"anchor":       {strings.Replace(file, "kind: Secret", "kind: &x Secret", 1), "anchors"},
		"double key":   {strings.Replace(file, "kind: Secret", "kind: Secret\nkind: "+canary, 1), "a key twice"},
		"in clear":     {strings.Replace(file, "b: \"\"", "b: "+canary, 1), "did not encrypt"},
		"two rules":    {strings.Replace(file, "sops:\n", "sops:\n    encrypted_suffix: x\n", 1), "more than one rule"},
		"bad rule":     {strings.Replace(file, "^(data|stringData)$", "'('", 1), "not a regular expression"},
		"groups":       {strings.Replace(file, "sops:\n", "sops:\n    shamir_threshold: 2\n", 1), "between groups"},
		"unknown":      {strings.Replace(file, "sops:\n", "sops:\n    key_groups: [{a: "+canary+"}]\n", 1), "only the program sops"},
		"odd metadata": {plain + "sops: " + canary + "\n", "SOPS did not write"},
		"no key":       {plain + "sops: {version: \"1\"}\n", "no age recipient"},
	} {
		_, err := sops.Set([]byte(c.file), "data", map[string]string{"c": canary}, to, []sops.Identity{id}, now)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	other, _ := key(t)
	if _, err := sops.Set(sealed, "data", map[string]string{"c": "x"}, to, []sops.Identity{other}, now); !errors.Is(err, sops.ErrNoIdentity) {
		t.Errorf("got %v", err)
	}
	if _, err := sops.Set(sealed, "metadata", map[string]string{"name": canary}, to, []sops.Identity{id}, now); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("a place that stays in clear: got %v", err)
	}
	if _, err := sops.Encrypt([]byte(plain), nil, now); err == nil {
		t.Error("encrypted to nobody")
	}
	if _, err := sops.Identities(strings.NewReader(canary)); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
}

// TestSetAddsRecipients: a new recipient of the cloud can read a file once it is changed.
func TestSetAddsRecipients(t *testing.T) {
	id, to := key(t)
	other, more := key(t)
	file, err := sops.Encrypt([]byte(plain), to, now)
	if err != nil {
		t.Fatal(err)
	}
	if file, err = sops.Set(file, "data", map[string]string{"c": "eA=="}, more, []sops.Identity{id}, now); err != nil {
		t.Fatal(err)
	}
	if _, err = sops.Set(file, "data", map[string]string{"d": "eA=="}, nil, []sops.Identity{other}, now); err != nil {
		t.Error(err)
	}
}

// FuzzInspect holds that no file panics, that what is in it is told the same twice, that what is called empty or in clear is among its
// keys, and that nothing is written to a file that no identity opens.
func FuzzInspect(f *testing.F) {
	_, to := key(f)
	if file, err := sops.Encrypt([]byte(plain), to, now); err != nil {
		f.Fatal(err)
	} else {
		f.Add(file)
	}
	f.Add([]byte(plain))
	f.Add([]byte("sops: {mac: x, age: [{enc: y}]}\ndata: {a: b}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		summary, err := sops.Inspect(file)
		if (summary == nil) == (err == nil) {
			t.Fatalf("%+v, %v", summary, err)
		}
		if out, err := sops.Set(file, "data", map[string]string{"a": "b"}, nil, nil, now); err == nil {
			t.Errorf("written without an identity: %q", out)
		}
		if err != nil {
			return
		}
		for _, name := range slices.Concat(summary.Empty, summary.InClear) {
			if !slices.Contains(summary.Keys, name) {
				t.Errorf("%q is not among %q", name, summary.Keys)
			}
		}
		if again, err := sops.Inspect(file); err != nil || !reflect.DeepEqual(again, summary) {
			t.Errorf("first %+v, then %+v, %v", summary, again, err)
		}
	})
}

package node

import (
	"os"
	"strings"
	"testing"
)

const secretsFile = "/var/lib/lvsgen/secrets.json"

func TestDeliver(t *testing.T) {
	m := newMachine(t, written(t))
	m.deliver(delivered())
	same(t, "calls", m.calls(), []string{"systemctl restart --no-block lvsgen-secrets.target"})
	info, err := os.Stat(m.path(secretsFile))
	m.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	before := m.read(secretsFile)
	good := encode(delivered())
	for name, c := range map[string]struct{ input, want string }{
		"nothing":            {"", "is not one JSON object"},
		"not JSON":           {"secret-value-in-clear", "is not one JSON object"},
		"cut off":            {good[:len(good)-20], "is not one JSON object"},
		"two objects":        {good + good, "is not one JSON object"},
		"a list":             {"[" + good + "]", "is not one JSON object"},
		"a text":             {`"secret-value-in-clear"`, "is not one JSON object"},
		"bytes":              {"\x00\x01\xfe\xff{", "is not one JSON object"},
		"bytes in a value":   {`{"git_private_key":"eA==","registry_password":"` + "\xff\xfe" + `"}`, "not in base64: registry_password"},
		"missing":            {`{"git_private_key":"eA=="}`, "missing or empty: registry_password"},
		"empty":              {`{"git_private_key":"eA==","registry_password":""}`, "missing or empty: registry_password"},
		"not base64":         {`{"git_private_key":"eA==","registry_password":"secret-value-in-clear"}`, "not in base64: registry_password"},
		"base64, two lines":  {`{"git_private_key":"eA==","registry_password":"eA==\n"}`, "not in base64: registry_password"},
		"half a base64":      {`{"git_private_key":"eA==","registry_password":"eA="}`, "not in base64: registry_password"},
		"a number":           {`{"git_private_key":"eA==","registry_password":7}`, "not in base64: registry_password"},
		"an object":          {`{"git_private_key":"eA==","registry_password":{"secret-value-in-clear":1}}`, "not in base64: registry_password"},
		"a name with spaces": {`{"git_private_key":"eA==","registry_password":"eA==","a b":"eA=="}`, "a name has other characters"},
		"a name of a shell":  {`{"git_private_key":"eA==","registry_password":"eA==","$(touch /owned)":"eA=="}`, "a name has other characters"},
		"a name, two lines":  {`{"git_private_key":"eA==","registry_password":"eA==","a\nb":"eA=="}`, "a name has other characters"},
		"too large":          {`{"git_private_key":"eA==","registry_password":"` + strings.Repeat("AAAA", 1<<18) + `"}`, "take more than 1048576 bytes"},
	} {
		out, err := m.run(c.input, "/usr/local/sbin/lvsgen-deliver")
		if err == nil || !strings.Contains(out, c.want) || !strings.Contains(out, "; nothing was changed") {
			t.Errorf("%s: got %v, want %q\n%s", name, err, c.want, out)
		}
		if strings.Contains(out, "secret-value") || strings.Contains(out, "eA") {
			t.Errorf("%s: a value is shown:\n%s", name, out)
		}
		if m.read(secretsFile) != before {
			t.Errorf("%s: the values changed", name)
		}
		if calls := m.calls(); len(calls) > 0 {
			t.Errorf("%s: started %q", name, calls)
		}
	}
	left, err := os.ReadDir(m.path("/var/lib/lvsgen"))
	m.must(err)
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := os.Stat(m.path("/owned")); err == nil {
		t.Error("a value was run")
	}
}

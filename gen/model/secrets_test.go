package model

import (
	"slices"
	"testing"
)

func TestSecretVariable(t *testing.T) {
	if got := SecretVariable("my-shop", "tls", "TLS.crt"); got != "my_shop_tls_tls_crt" {
		t.Errorf("variable %q", got)
	}
	a := App{Name: "a", Secrets: map[string]AppSecret{"tls": {Keys: []string{"tls.key", "tls.crt"}}, "session": {Keys: []string{"key"}}}}
	want := []SecretKey{{"session", "key", "a_session_key"}, {"tls", "tls.crt", "a_tls_tls_crt"}, {"tls", "tls.key", "a_tls_tls_key"}}
	if got := a.SecretKeys(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

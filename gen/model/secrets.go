package model

import (
	"maps"
	"slices"
	"strings"
)

// SecretKey is one key of one of an app's Secrets.
type SecretKey struct {
	Secret string
	Key    string
	// Variable is the key of flux-system/cloud-secrets that holds the value.
	Variable string
}

// SecretVariable names the key of flux-system/cloud-secrets that holds, in base64, the value of a key of an app's
// Secret. It is a name that Flux can substitute: lower-case letters, digits and '_'. Other characters become '_', so
// different keys can have one variable; gen/check refuses that.
func SecretVariable(app, secret, key string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + ('a' - 'A')
		case (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9'):
			return r
		}
		return '_'
	}, app+"_"+secret+"_"+key)
}

// SecretKeys are all keys of all Secrets of the app, by Secret and key.
func (a *App) SecretKeys() []SecretKey {
	var out []SecretKey
	for _, secret := range slices.Sorted(maps.Keys(a.Secrets)) {
		keys := slices.Clone(a.Secrets[secret].Keys)
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			out = append(out, SecretKey{Secret: secret, Key: key, Variable: SecretVariable(a.Name, secret, key)})
		}
	}
	return out
}

// DatabaseName names the Job that makes the app's database, its access rights and the Secrets that it writes.
func (a *App) DatabaseName() string { return a.Name + "-database" }

// DatabaseSecretKeys are the keys of the Secret of an app's database.
func DatabaseSecretKeys() []string {
	return []string{"DATABASE_URL", "host", "port", "database", "username", "password"}
}

package conform

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// decoded copies v in the form in which the API server reads JSON: whole numbers are int64. Without nulls, it leaves out
// fields that are null: so does the API server in the metadata of all objects and in its own kinds. In custom resources
// they are values.
func decoded(v any, withoutNulls bool) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			if value != nil || !withoutNulls {
				out[key] = decoded(value, withoutNulls)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = decoded(value, withoutNulls)
		}
		return out
	case int:
		return int64(v)
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v)
		}
		return float64(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<63 {
			return int64(v)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if n, err := v.Float64(); err == nil {
			return decoded(n, withoutNulls)
		}
	}
	return v
}

// unknown tells whether a text is one that only the cluster knows: a variable that Flux fills in, or a value that SOPS
// encrypted. Such a text may become a value of any type.
func unknown(text string) bool {
	return strings.Contains(text, "${") || strings.HasPrefix(text, "ENC[AES256_GCM,")
}

// guessed tells whether a value holds a text that only the cluster knows.
func guessed(v any) bool {
	switch v := v.(type) {
	case string:
		return unknown(v)
	case map[string]any:
		for key, value := range v {
			if unknown(key) || guessed(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, guessed)
	}
	return false
}

// guessedKey tells whether a mapping may have any field: only the cluster knows the name of one.
func guessedKey(v any) bool {
	m, _ := v.(map[string]any)
	for key := range m {
		if unknown(key) {
			return true
		}
	}
	return false
}

// apart are fields of Kubernetes' kinds on which no other field of the object depends.
var apart = map[string]bool{
	"annotations": true, "args": true, "command": true, "data": true, "env": true, "image": true, "stringData": true,
}

// open tells whether a text that only the cluster knows may decide whether two fields of the object contradict each other.
func open(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if unknown(key) || !apart[key] && open(value) {
				return true
			}
			if apart[key] && guessedKey(value) {
				return true
			}
		}
		return false
	case []any:
		return slices.ContainsFunc(v, open)
	}
	return guessed(v)
}

// at is the part of v at path, nil when it is not there.
func valueAt(v any, path []any) any {
	for _, part := range path {
		switch p := part.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p < 0 || p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

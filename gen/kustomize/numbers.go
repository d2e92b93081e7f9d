package kustomize

import (
	"fmt"
	"strconv"

	"sigs.k8s.io/kustomize/api/resource"
)

// asFiles are the fields of a built object with whole numbers and keys as files give them: kustomize counts in int, and leaves
// keys that YAML takes for numbers or truth values as such.
func asFiles(r *resource.Resource) (map[string]any, error) {
	fields, err := r.Map()
	if err != nil {
		return nil, err
	}
	return wide(fields).(map[string]any), nil
}

func wide(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = wide(item)
		}
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[keyText(key)] = wide(item)
		}
		return out
	case []any:
		for i, item := range v {
			v[i] = wide(item)
		}
	case int:
		return int64(v)
	}
	return v
}

// keyText is a key as Kubernetes reads it (sigs.k8s.io/yaml, convertToJSONableObject).
func keyText(key any) string {
	if f, ok := key.(float64); ok {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return fmt.Sprint(key)
}

package kustomize

import "sigs.k8s.io/kustomize/api/resource"

// asFiles are the fields of a built object with whole numbers as files give them: kustomize counts in int.
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
	case []any:
		for i, item := range v {
			v[i] = wide(item)
		}
	case int:
		return int64(v)
	}
	return v
}

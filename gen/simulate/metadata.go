package simulate

import "github.com/lvs-cloud/lvsgen/gen/world"

// put sets common labels and annotations on an object that may share its fields with others.
func (m *metadata) put(o *world.Object) {
	if len(m.Labels) == 0 && len(m.Annotations) == 0 {
		return
	}
	fields := copied(o.Fields)
	meta := copied(fields["metadata"])
	for field, values := range map[string]map[string]string{"labels": m.Labels, "annotations": m.Annotations} {
		if len(values) == 0 {
			continue
		}
		all := copied(meta[field])
		for key, value := range values {
			all[key] = value
		}
		meta[field] = all
	}
	fields["metadata"] = meta
	*o = *withFields(o, fields)
}

func copied(v any) map[string]any {
	m, _ := v.(map[string]any)
	out := make(map[string]any, len(m)+1)
	for key, value := range m {
		out[key] = value
	}
	return out
}

// sealed tells whether SOPS encrypted an object.
func sealed(o *world.Object) bool { return o.Map("sops") != nil }

// unseal takes SOPS's own field away, as Flux does after decrypting. Values stay as they are: nobody reads them.
func unseal(o *world.Object) {
	fields := copied(o.Fields)
	delete(fields, "sops")
	if o.Kind == "Secret" {
		if data, ok := fields["data"]; ok {
			// Encrypted texts are no base64: kept as stringData they are not judged as such.
			delete(fields, "data")
			texts := copied(data)
			if _, ok := texts[".dockerconfigjson"]; ok {
				texts[".dockerconfigjson"] = `{"auths":{}}` // its form is judged too
			}
			fields["stringData"] = texts
		}
	}
	*o = *withFields(o, fields)
}

package hcloud

import (
	"crypto/sha1" //nolint:gosec // what the provider keeps of the user data
	"encoding/base64"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type object = map[string]tftypes.Value

func fields(v tftypes.Value) (object, error) {
	if v.IsNull() || !v.IsKnown() {
		return nil, nil
	}
	out := object{}
	return out, v.As(&out)
}

func value(kind tftypes.Type, v any) tftypes.Value { return tftypes.NewValue(kind, v) }

// known tells whether nothing in the value is left open.
func known(v tftypes.Value) bool { return v.IsFullyKnown() }

// fill replaces what is not set: by the default of an argument, or by absent(attribute) for what Hetzner decides.
func fill(attributes []attribute, in object, absent func(attribute, tftypes.Value) tftypes.Value) {
	for _, a := range attributes {
		v := in[a.name]
		switch {
		case a.standard != nil && v.IsNull():
			in[a.name] = value(a.kind, a.standard)
		case a.mode == chosen || a.mode == computed:
			in[a.name] = absent(a, v)
		}
	}
}

// fillAll fills the resource and what is nested in it.
func (r resource) fillAll(in object, absent func(attribute, tftypes.Value) tftypes.Value) error {
	fill(r.attributes, in, absent)
	for _, n := range r.nested {
		var elements []tftypes.Value
		set := in[n.name]
		if set.IsNull() || !set.IsKnown() {
			continue
		}
		if err := set.As(&elements); err != nil {
			return err
		}
		for i, e := range elements {
			f, err := fields(e)
			if err != nil || f == nil {
				return err
			}
			fill(n.attributes, f, absent)
			elements[i] = value(e.Type(), f)
		}
		in[n.name] = value(set.Type(), elements)
	}
	return nil
}

// open marks what is decided when the resource is made.
func open(a attribute, v tftypes.Value) tftypes.Value {
	if v.IsNull() {
		return value(a.kind, tftypes.UnknownValue)
	}
	return v
}

// hashed is what the provider keeps of user data: never the text.
func hashed(v tftypes.Value) tftypes.Value {
	var s string
	if v.IsNull() || !v.IsKnown() || v.As(&s) != nil {
		return v
	}
	sum := sha1.Sum([]byte(s)) //nolint:gosec // see the import
	return value(text, base64.StdEncoding.EncodeToString(sum[:]))
}

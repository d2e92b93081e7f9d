package refs

import (
	"maps"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/world"
)

// OfValues gives the Secrets, ConfigMaps and claims that the values of a release name, whose chart is not rendered: by the
// names of values that charts agree on. The chart may make them itself, or not read the value.
func OfValues(owner *world.Owner) []Reference {
	if owner.Chart == "" || owner.Opaque == "" || owner.Object == nil {
		return nil
	}
	c := collector{from: owner.Object}
	c.values(owner.Object.Value("spec", "values"), path("spec", "values"))
	for i := range c.out {
		c.out[i].Namespace = owner.Namespace
	}
	return c.out
}

// valueNames are names of values, in small letters, by what they name.
var valueNames = map[string]string{
	"existingsecret": Secret, "existingsecretname": Secret, "passwordsecret": Secret, "secretname": Secret,
	"configmap": ConfigMap, "configmapname": ConfigMap, "existingconfigmap": ConfigMap,
	"existingclaim": Claim, "claimname": Claim,
}

func (c *collector) values(v any, at []any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name, isText := v[key].(string)
			switch lower := strings.ToLower(key); {
			case isText && valueNames[lower] != "" && name != "" && !strings.Contains(name, "{{"):
				c.out = append(c.out, Reference{From: c.from, Kind: valueNames[lower], Name: name, At: join(at, key)})
			case lower == "tls" || lower == "ingress":
				// cert-manager makes what these name
			default:
				c.values(v[key], join(at, key))
			}
		}
	case []any:
		for i, item := range v {
			c.values(item, join(at, i))
		}
	}
}

package entry

import (
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// issuerSeen holds once cert-manager has looked at an issuer. Flux by itself waits until the issuer has its account at
// Let's Encrypt, and would hold back every app with a host while Let's Encrypt cannot be reached; the apps run without.
const issuerSeen = "status.conditions.exists(c, c.type == 'Ready')"

// expressions say when an object is ready, for the kinds about which Flux's own idea (kstatus: the condition Ready, or
// no condition at all) is wrong.
var expressions = []struct{ apiVersion, kind, current string }{
	{"cert-manager.io/v1", "ClusterIssuer", issuerSeen},
	{"cert-manager.io/v1", "Issuer", issuerSeen},
}

func healthCheckExprs(u *unit.Unit) []kube.Map {
	var out []kube.Map
	for _, e := range expressions {
		for _, objects := range u.Objects {
			if slices.ContainsFunc(objects, func(o model.Manifest) bool {
				return o["apiVersion"] == e.apiVersion && o["kind"] == e.kind
			}) {
				out = append(out, kube.M("apiVersion", e.apiVersion, "kind", e.kind, "current", e.current))
				break
			}
		}
	}
	return out
}

// healthChecks name what must be ready before others go on, when that is more than the unit's own objects.
func healthChecks(u *unit.Unit, apis unit.APIs) []kube.Map {
	if u.Kind != unit.Service || len(u.Service.Health) == 0 {
		return nil
	}
	var refs []model.ObjectRef
	if u.HasChart() {
		refs = append(refs, model.ObjectRef{
			APIVersion: apis.Helm, Kind: "HelmRelease", Name: u.Service.Name, Namespace: u.Service.Namespace,
		})
	}
	for _, file := range u.Files() {
		for _, o := range u.Objects[file] {
			refs = append(refs, reference(o))
		}
	}
	for _, ref := range u.Service.Health {
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	out := make([]kube.Map, len(refs))
	for i, ref := range refs {
		out[i] = kube.M("apiVersion", ref.APIVersion, "kind", ref.Kind, "name", ref.Name).
			SetIf(ref.Namespace != "", "namespace", ref.Namespace)
	}
	return out
}

func reference(o model.Manifest) model.ObjectRef {
	text := func(m map[string]any, key string) string {
		s, _ := m[key].(string)
		return s
	}
	metadata, _ := o["metadata"].(map[string]any)
	return model.ObjectRef{
		APIVersion: text(o, "apiVersion"), Kind: text(o, "kind"),
		Name: text(metadata, "name"), Namespace: text(metadata, "namespace"),
	}
}

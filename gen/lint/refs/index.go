package refs

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Index answers questions about one world, each part of it looked through once.
type Index struct {
	World *world.World
	kinds map[kind][]*world.Object
	// namespaces are the objects of each namespace.
	namespaces map[string][]*world.Object
	// makers are, by namespace, custom resources whose operators may make further objects.
	makers map[string][]*world.Object
	// secrets are those that a controller makes for an object of the repository.
	secrets map[string]*world.Object
	k3s     bool
}

type kind struct{ group, kind, namespace string }

// In is the key under which the rules of one run share the index of a world.
type In struct{ World *world.World }

// Index makes the index.
func (i In) Index() *Index { return New(i.World) }

// New looks through a world.
func New(w *world.World) *Index {
	x := &Index{World: w, kinds: map[kind][]*world.Object{}, namespaces: map[string][]*world.Object{}, makers: map[string][]*world.Object{}, secrets: map[string]*world.Object{}}
	for _, o := range w.Objects {
		key := kind{o.Group, o.Kind, o.Namespace}
		x.kinds[key] = append(x.kinds[key], o)
		x.namespaces[o.Namespace] = append(x.namespaces[o.Namespace], o)
		if maker(o) {
			x.makers[o.Namespace] = append(x.makers[o.Namespace], o)
		}
		if name := madeSecret(o); name != "" {
			x.secrets[o.Namespace+"/"+name] = o
		}
		x.k3s = x.k3s || o.Group == "helm.cattle.io" || o.Group == "k3s.cattle.io" || o.Is("upgrade.cattle.io", "Plan") && strings.Contains(o.Text("spec", "upgrade", "image"), "k3s")
	}
	for _, o := range w.Objects {
		if o.Is("networking.k8s.io", "Ingress") && Issued(o) {
			for _, tls := range o.List("spec", "tls") {
				x.secrets[o.Namespace+"/"+text(tls, "secretName")] = o
			}
		}
	}
	return x
}

// IssuerAnnotations make cert-manager issue a certificate for an Ingress, with the kind of what they name.
var IssuerAnnotations = map[string]string{"cert-manager.io/cluster-issuer": "ClusterIssuer", "cert-manager.io/issuer": "Issuer"}

// Issued tells whether cert-manager makes the certificates of an Ingress.
func Issued(o *world.Object) bool {
	annotations := o.Map("metadata", "annotations")
	for key := range annotations {
		if _, ok := IssuerAnnotations[key]; ok || key == "kubernetes.io/tls-acme" {
			return true
		}
	}
	return false
}

// passive are groups of custom resources whose controllers make no objects that others name.
var passive = []string{
	"cert-manager.io", "gateway.networking.k8s.io", "longhorn.io", "metallb.io", "monitoring.coreos.com", "traefik.io",
	"upgrade.cattle.io", "helm.cattle.io", "cilium.io", "external-secrets.io", "bitnami.com", "barmancloud.cnpg.io",
}

func maker(o *world.Object) bool {
	return !builtin(o.Group) && !facts.Flux(o.Group) && !slices.Contains(passive, o.Group)
}

// madeSecret is the name of the Secret that a controller makes of an object; "" when it makes none.
func madeSecret(o *world.Object) string {
	switch {
	case o.Is("cert-manager.io", "Certificate"):
		return o.Text("spec", "secretName")
	case o.Is("bitnami.com", "SealedSecret"):
		return o.Name
	case o.Group == "external-secrets.io" && o.Kind == "ExternalSecret":
		if name := o.Text("spec", "target", "name"); name != "" {
			return name
		}
		return o.Name
	}
	return ""
}

// Kind gives the objects of a kind in a namespace ("" is outside of namespaces).
func (x *Index) Kind(group, name, namespace string) []*world.Object {
	return x.kinds[kind{group, name, namespace}]
}

// Namespace gives all objects of a namespace ("" is outside of namespaces).
func (x *Index) Namespace(namespace string) []*world.Object { return x.namespaces[namespace] }

// Names gives the names of objects.
func Names(objects []*world.Object) []string {
	out := make([]string, 0, len(objects))
	for _, o := range objects {
		out = append(out, o.Name)
	}
	return out
}

// K3s tells whether the cluster is known to be k3s, whose own objects are known.
func (x *Index) K3s() bool { return x.k3s }

// Made gives the object that a controller makes a Secret for; nil when there is none.
func (x *Index) Made(namespace, secret string) *world.Object { return x.secrets[namespace+"/"+secret] }

// clusterNamespaces hold objects that the cluster itself makes.
var clusterNamespaces = []string{"default", "kube-node-lease", "kube-public", "kube-system"}

// Lookup is the world's Lookup with what is known of charts and operators: an object that a chart or an operator could
// make is Unknown only when its name may come from there.
func (x *Index) Lookup(group, kind, namespace, name string) (world.Answer, *world.Object) {
	answer, o := x.World.Lookup(group, kind, namespace, name)
	switch {
	case answer == world.Found:
		return answer, o
	case world.Guessed(name), world.Guessed(namespace), slices.Contains(clusterNamespaces, namespace), x.lost(namespace):
		return world.Unknown, nil
	case own[kind] == name && name != "", kind == ConfigMap && slices.Contains(spread, name):
		return world.Found, nil
	case kind == Secret && x.Made(namespace, name) != nil:
		return world.Found, nil
	case x.operatorMakes(namespace, name):
		return world.Unknown, nil
	}
	if x.Maker(group, kind, namespace, name) != nil {
		return world.Unknown, nil
	}
	return world.Absent, nil
}

// lost tells whether nothing makes a namespace: that is then what is wrong, not what is missing in it.
func (x *Index) lost(namespace string) bool {
	if namespace == "" {
		return false
	}
	answer, _ := x.World.Lookup("", "Namespace", "", namespace)
	return answer == world.Absent || answer == world.Unknown && x.Maker("", "Namespace", "", namespace) == nil
}

// Pods tells whether there may be pods in a namespace that are not known: those of charts and operators.
func (x *Index) Pods(namespace string) bool {
	return slices.Contains(clusterNamespaces, namespace) || x.lost(namespace) || len(x.makers[namespace]) > 0 || x.World.Hidden("apps", "Deployment", namespace) != nil
}

// own are objects that Kubernetes puts into every namespace.
var own = map[string]string{ServiceAccount: "default", ConfigMap: "kube-root-ca.crt"}

// spread are ConfigMaps that a program puts into every namespace: Istio's certificate authority and OpenShift's
// (istio.io/latest/docs/ops/integrations/certmanager, docs.openshift.com "service CA").
var spread = []string{"istio-ca-root-cert", "openshift-service-ca.crt"}

// Maker gives an owner that may make an object; nil when none can.
func (x *Index) Maker(group, kind, namespace, name string) *world.Owner {
	for _, owner := range x.World.Owners {
		if owner.Hides(group, kind, namespace) && x.mayMake(owner, kind, name) {
			return owner
		}
	}
	return nil
}

// fluxOwn are the Services and ServiceAccounts of Flux's manifests (flux install --export, 2.9).
var fluxOwn = map[string][]string{
	"Service":      {"notification-controller", "source-controller", "source-watcher", "webhook-receiver"},
	ServiceAccount: {"helm-controller", "image-automation-controller", "image-reflector-controller", "kustomize-controller", "notification-controller", "source-controller", "source-watcher"},
}

// mayMake tells whether an owner whose objects are not known may make one of a name. Charts that are known name theirs
// after the release or the chart, or as the values say.
func (x *Index) mayMake(owner *world.Owner, kind, name string) bool {
	if owner.FluxItself && kind == "Namespace" {
		return name == "flux-system"
	}
	if names, known := fluxOwn[kind]; owner.FluxItself && known {
		return slices.Contains(names, name)
	}
	if strings.HasSuffix(kind, "Issuer") && owner.Chart != "" && facts.ChartGroups(owner.Chart) != nil && owner.Object != nil && !Mentions(owner.Object.Value("spec", "values"), "Issuer") {
		// Issuers are named by people: a chart makes them for itself, or of what its values say.
		return strings.Contains(name, owner.Chart) || strings.Contains(name, owner.Object.Name)
	}
	if kind == "Middleware" && owner.Chart != "" && facts.ChartGroups(owner.Chart) != nil && owner.Object != nil {
		// Charts that are known make a Middleware only of what their values say.
		return Mentions(owner.Object.Value("spec", "values"), "Middleware")
	}
	if owner.Chart == "" || facts.ChartGroups(owner.Chart) == nil || owner.Object == nil {
		return true
	}
	release := owner.Object.Text("spec", "releaseName")
	if release == "" {
		release = owner.Object.Name
	}
	if strings.Contains(name, release) || strings.Contains(name, owner.Chart) || strings.Contains(owner.Chart, name) {
		return true
	}
	values := owner.Object.Value("spec", "values")
	if kind == ConfigMap {
		values = withoutHosts(values)
	}
	return Mentions(values, name) || x.valuesMention(owner.Object, name)
}

// Mentions tells whether a value holds a name, in a text or as a key.
func Mentions(v any, name string) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if strings.Contains(key, name) || Mentions(value, name) {
				return true
			}
			if text, ok := value.(string); ok && text != "" && strings.HasSuffix(strings.ToLower(key), "nameoverride") && strings.Contains(name, text) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if Mentions(item, name) {
				return true
			}
		}
	case string:
		return strings.Contains(v, name)
	}
	return false
}

// withoutHosts gives values without the hosts of Services: NAME.NAMESPACE.svc names no ConfigMap.
func withoutHosts(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[key] = withoutHosts(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = withoutHosts(item)
		}
		return out
	case string:
		return host.ReplaceAllString(v, "")
	}
	return v
}

var host = regexp.MustCompile(`[a-z0-9.-]+\.svc\b`)

func (x *Index) valuesMention(release *world.Object, name string) bool {
	for _, ref := range release.List("spec", "valuesFrom") {
		from := x.World.Find("", text(ref, "kind"), release.Namespace, text(ref, "name"))
		if from == nil || from.Kind == Secret || Mentions(from.Map("data"), name) {
			return true
		}
	}
	return false
}

// operatorMakes tells whether an operator may make an object for a custom resource of the namespace: they name it after
// the resource, or as the resource says.
func (x *Index) operatorMakes(namespace, name string) bool {
	for _, o := range append(slices.Clone(x.makers[namespace]), x.makers[""]...) {
		if strings.HasPrefix(name, o.Name) || Mentions(o.Map("spec"), name) {
			return true
		}
	}
	return false
}

// Near gives the object that a name is probably meant for: one whose name is a slip away, or differs in one word that is
// cut short ("postgres-backup", "postgresql-backup"). It is nil when none is, or when several
// are.
func Near(name string, objects []*world.Object) *world.Object {
	var out *world.Object
	for _, o := range objects {
		switch {
		case Alike(name, o.Name):
			return o
		case !kin(name, o.Name):
		case out != nil && out.Name != o.Name:
			return nil
		default:
			out = o
		}
	}
	return out
}

// kin tells whether two names differ in one word only, which has the same beginning.
func kin(a, b string) bool {
	as, bs := strings.Split(a, "-"), strings.Split(b, "-")
	if len(as) != len(bs) || a == b {
		return false
	}
	differ := 0
	for i := range as {
		if as[i] == bs[i] {
			continue
		}
		differ++
		short, long := as[i], bs[i]
		if len(short) > len(long) {
			short, long = long, short
		}
		if len(short) < 4 || len(long)-len(short) > 3 || !strings.HasPrefix(long, short) || strings.Trim(long[len(short):], "0123456789") == "" {
			return false
		}
	}
	return differ == 1
}

// Alike tells whether two names are so near that one is a slip: one letter more, less or other, two swapped. Numbers are
// no slips.
func Alike(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == b || len(a) < 4 || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	digit := func(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
	if digit(a[i:]) || digit(b[i:]) {
		return false
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || len(a)-i >= 2 && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

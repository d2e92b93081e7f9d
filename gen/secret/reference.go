package secret

import (
	"regexp"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// Reference is a place that reads, or names, a Secret.
type Reference struct {
	// Namespace is "" for that of the object that holds the reference.
	Namespace, Name string
	// Key is "" when the whole Secret is meant.
	Key string
	// Made tells that the object that holds the reference has the Secret made: a Certificate, the TLS of an Ingress with an
	// issuer, the account key of an issuer.
	Made bool
}

// label is the name of an object. Charts also take passwords in fields such as "clientSecret": a placeholder is no name.
var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)

// issued is the annotation by which cert-manager makes the Secrets of an Ingress's TLS.
func issued(annotations map[string]any) bool {
	for name := range annotations {
		if name == "cert-manager.io/cluster-issuer" || name == "cert-manager.io/issuer" {
			return true
		}
	}
	return false
}

// References finds the Secrets that an object, or the values of a chart, refer to: by the field names that Kubernetes,
// Flux, cert-manager and the authors of charts use.
func References(value any) []Reference {
	w := &walker{}
	if o, ok := mapping(value); ok {
		w.maker = o["kind"] == "Certificate" || o["kind"] == "ClusterIssuer" || o["kind"] == "Issuer"
		// A manifest's metadata refers to nothing, and what a Secret or ConfigMap holds is text.
		if o["kind"] == "Secret" || o["kind"] == "ConfigMap" {
			return nil
		}
	}
	w.value("", value)
	return w.found
}

type walker struct {
	maker bool
	found []Reference
}

func mapping(value any) (map[string]any, bool) {
	switch v := value.(type) {
	case map[string]any:
		return v, true
	case model.Manifest:
		return v, true
	}
	return nil, false
}

func (w *walker) add(r Reference) {
	if label.MatchString(r.Name) {
		w.found = append(w.found, r)
	}
}

func (w *walker) value(field string, value any) {
	if m, ok := mapping(value); ok {
		w.mapping(field, m)
		return
	}
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if name, ok := item.(string); ok && field == "imagePullSecrets" {
				w.add(Reference{Name: name})
			}
			w.value(field, item)
		}
	case string:
		if lower := strings.ToLower(field); strings.HasSuffix(lower, "secret") || strings.HasSuffix(lower, "secretname") {
			w.add(Reference{Name: v, Made: w.maker && field == "secretName"})
		}
	}
}

func (w *walker) mapping(field string, m map[string]any) {
	text := func(name string) string { s, _ := m[name].(string); return s }
	lower := strings.ToLower(field)
	named := strings.HasSuffix(lower, "secret") || strings.HasSuffix(lower, "secretref") || lower == "secretkeyref" ||
		strings.HasSuffix(lower, "secretkeyselector") || lower == "imagepullsecrets" || m["kind"] == "Secret" && m["metadata"] == nil
	if name := text("name"); named && name != "" {
		w.add(Reference{Namespace: text("namespace"), Name: name, Key: text("key"), Made: w.maker && field == "privateKeySecretRef"})
	}
	before := w.maker
	annotations, _ := mapping(m["annotations"])
	if metadata, ok := mapping(m["metadata"]); ok {
		annotations, _ = mapping(metadata["annotations"])
	}
	if issued(annotations) {
		w.maker = true
	}
	for _, name := range sorted(m) {
		if name != "metadata" {
			w.value(name, m[name])
		}
	}
	w.maker = before
}

// Package crossnamespace is the rule cross-namespace.
package crossnamespace

import (
	_ "embed"
	"reflect"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "cross-namespace",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "A reference leads into another namespace, where it is refused",
	Why: "Traefik takes Middlewares and Services of the own namespace only, unless it is told otherwise, and drops " +
		"the route. Flux lets an ImageRepository be used from another namespace only when its accessFrom says so.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		open := traefikAllows(w)
		for _, o := range w.Objects {
			switch {
			case o.Group == "traefik.io" && strings.HasPrefix(o.Kind, "IngressRoute") && !open:
				route(p, o)
			case o.Is("image.toolkit.fluxcd.io", "ImagePolicy"):
				policy(p, w, o)
			}
		}
	}
}

// traefikAllows tells whether Traefik is told to take references to other namespaces, or may be: its values are those of
// a HelmRelease or of k3s's HelmChartConfig.
func traefikAllows(w *world.World) bool {
	known := false
	for _, o := range w.Objects {
		switch {
		case (o.Is("helm.cattle.io", "HelmChartConfig") || o.Is("helm.cattle.io", "HelmChart")) && o.Name == "traefik":
			known = true
			if strings.Contains(strings.ToLower(o.Text("spec", "valuesContent")), "allowcrossnamespace") {
				return true
			}
		case o.Is("helm.toolkit.fluxcd.io", "HelmRelease") && strings.Contains(o.Text("spec", "chart", "spec", "chart")+o.Name, "traefik"):
			known = true
			if mentions(o.Value("spec", "values")) || len(o.List("spec", "valuesFrom")) > 0 {
				return true
			}
		case o.Kind == "Deployment" && strings.Contains(o.Name, "traefik"):
			known = true
			if mentions(o.Map("spec")) {
				return true
			}
		}
	}
	return !known
}

func mentions(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if strings.EqualFold(key, "allowCrossNamespace") && value != false || mentions(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, mentions)
	case string:
		return strings.Contains(strings.ToLower(v), "allowcrossnamespace")
	}
	return false
}

func route(p *lint.Pass, o *world.Object) {
	for i := range o.List("spec", "routes") {
		for _, field := range []string{"middlewares", "services"} {
			for j := range o.List("spec", "routes", i, field) {
				at := []any{"spec", "routes", i, field, j, "namespace"}
				namespace := o.Text(at...)
				if namespace == "" || namespace == o.Namespace || world.Guessed(namespace) {
					continue
				}
				p.Errorf(o.Position(at...), o, "%s is in namespace %q and may not use what is in %q: Traefik drops the route", o.ID(), o.Namespace, namespace).
					Hint("put both into one namespace, or set providers.kubernetesCRD.allowCrossNamespace in Traefik's values")
			}
		}
	}
}

func policy(p *lint.Pass, w *world.World, o *world.Object) {
	at := []any{"spec", "imageRepositoryRef", "namespace"}
	namespace := o.Text(at...)
	if namespace == "" || namespace == o.Namespace {
		return
	}
	repository := w.Find(o.Group, "ImageRepository", namespace, o.Text("spec", "imageRepositoryRef", "name"))
	if repository == nil {
		return
	}
	for _, selector := range repository.List("spec", "accessFrom", "namespaceSelectors") {
		labels, _ := world.Value(selector, "matchLabels").(map[string]any)
		own := w.Find("", "Namespace", "", o.Namespace)
		if own == nil || matches(own.Map("metadata", "labels"), labels, o.Namespace) {
			return
		}
	}
	p.Errorf(o.Position(at...), o, "%s may not use %s: it grants no access to namespace %q", o.ID(), repository.ID(), o.Namespace).
		Hint("add spec.accessFrom.namespaceSelectors to the ImageRepository").See(repository.Position("metadata", "name"), "%s", repository.ID())
}

func matches(have, want map[string]any, namespace string) bool {
	for key, value := range want {
		if !reflect.DeepEqual(have[key], value) && (key != "kubernetes.io/metadata.name" || value != namespace) {
			return false
		}
	}
	return true
}

// Package missingservice is the rule missing-service.
package missingservice

import (
	_ "embed"
	"fmt"
	"reflect"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-service",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A route or a pod names a Service, or a port of one, that is not there",
	Why: "The ingress controller drops the route and says so only in its log; the host answers 404 although " +
		"everything is ready.",
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
		x := lint.Compute(p, refs.In{World: w}, refs.In.Index)
		lost := missing{}
		for _, o := range w.Objects {
			for _, b := range backends(o) {
				backend(p, x, o, b, lost)
			}
			hosts(p, x, o)
			if name := o.Text("spec", "serviceName"); o.Is("apps", "StatefulSet") && name != "" {
				if answer, _ := x.Lookup("", "Service", o.Namespace, name); answer == world.Absent {
					near(p.Warnf(o.Position("spec", "serviceName"), o, "Service %s/%s, which gives the pods of %s their names, does not exist", o.Namespace, name, o.ID()), x, o, name)
				}
			}
		}
	}
}

// missing are the reports of Services that are not there, by namespace and name: several routes may lead to one.
type missing map[string]*lint.Report

func backend(p *lint.Pass, x *refs.Index, o *world.Object, b ref, lost missing) {
	if b.name == "" || strings.Contains(b.name, "@") || world.Guessed(b.name) {
		return
	}
	answer, service := x.Lookup("", "Service", o.Namespace, b.name)
	switch {
	case answer == world.Absent, answer == world.Unknown && refs.Near(b.name, x.Kind("", "Service", o.Namespace)) != nil:
		id := o.Namespace + "/" + b.name
		if first := lost[id]; first != nil {
			first.See(o.Position(b.nameAt...), "so does %s", o.ID())
			return
		}
		lost[id] = p.Missing(answer)(o.Position(b.nameAt...), o, "Service %s, to which %s leads, does not exist", id, o.ID())
		near(lost[id], x, o, b.name)
	case service != nil && !has(service, b.port):
		p.Errorf(o.Position(b.portAt...), o, "%s has no port %v, to which %s leads", service.ID(), b.port, o.ID()).
			Hint("its ports are: %s", strings.Join(ports(service), ", ")).See(service.Position("spec", "ports"), "%s", service.ID())
	}
}

func near(r *lint.Report, x *refs.Index, o *world.Object, name string) {
	for _, other := range x.World.Kind("", "Service") {
		if other.Name == name {
			r.Hint("it is in namespace %q: only objects of that namespace can use it", other.Namespace).See(other.Position("metadata", "namespace"), "%s", other.ID())
			return
		}
	}
	if nearest := diag.Nearest(name, refs.Names(x.Kind("", "Service", o.Namespace))); nearest != "" {
		r.Hint("did you mean %q?", nearest)
		return
	}
	r.Hint("the Services of namespace %s are: %s", o.Namespace, strings.Join(refs.Names(x.Kind("", "Service", o.Namespace)), ", "))
}

// has tells whether a Service has a port, by number or by name; a Service without a list of ports forwards all.
func has(service *world.Object, port any) bool {
	if port == nil || len(service.List("spec", "ports")) == 0 {
		return true
	}
	for _, item := range service.List("spec", "ports") {
		if reflect.DeepEqual(world.Value(item, "port"), port) || reflect.DeepEqual(world.Value(item, "name"), port) {
			return true
		}
	}
	return false
}

func ports(service *world.Object) []string {
	var out []string
	for _, item := range service.List("spec", "ports") {
		text := fmt.Sprint(world.Value(item, "port"))
		if name, ok := world.Value(item, "name").(string); ok {
			text += " (" + name + ")"
		}
		out = append(out, text)
	}
	return out
}

// ref is a Service as a route names it.
type ref struct {
	name           string
	nameAt, portAt []any
	port           any
}

func backends(o *world.Object) []ref {
	switch {
	case o.Is("networking.k8s.io", "Ingress"):
		return ofIngress(o)
	case o.Group == "traefik.io" && strings.HasPrefix(o.Kind, "IngressRoute"):
		return ofIngressRoute(o)
	case o.Is("traefik.io", "Middleware") && o.Map("spec", "errors", "service") != nil:
		at := []any{"spec", "errors", "service"}
		if namespace := o.Text(refs.Join(at, "namespace")...); namespace != "" && namespace != o.Namespace {
			return nil
		}
		return []ref{{o.Text(refs.Join(at, "name")...), refs.Join(at, "name"), refs.Join(at, "port"), o.Value(refs.Join(at, "port")...)}}
	}
	return nil
}

func ofIngress(o *world.Object) []ref {
	at := [][]any{{"spec", "defaultBackend", "service"}}
	for i := range o.List("spec", "rules") {
		for j := range o.List("spec", "rules", i, "http", "paths") {
			at = append(at, []any{"spec", "rules", i, "http", "paths", j, "backend", "service"})
		}
	}
	var out []ref
	for _, path := range at {
		b := ref{name: o.Text(refs.Join(path, "name")...), nameAt: refs.Join(path, "name")}
		for _, field := range []string{"number", "name"} {
			if port := o.Value(refs.Join(path, "port", field)...); port != nil {
				b.port, b.portAt = port, refs.Join(path, "port", field)
			}
		}
		out = append(out, b)
	}
	return out
}

func ofIngressRoute(o *world.Object) []ref {
	var out []ref
	for i := range o.List("spec", "routes") {
		for j := range o.List("spec", "routes", i, "services") {
			path := []any{"spec", "routes", i, "services", j}
			kind, namespace := o.Text(refs.Join(path, "kind")...), o.Text(refs.Join(path, "namespace")...)
			if kind != "" && kind != "Service" || namespace != "" && namespace != o.Namespace {
				continue
			}
			out = append(out, ref{
				name: o.Text(refs.Join(path, "name")...), nameAt: refs.Join(path, "name"),
				port: o.Value(refs.Join(path, "port")...), portAt: refs.Join(path, "port"),
			})
		}
	}
	return out
}

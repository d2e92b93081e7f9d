// Package selectormismatch is the rule selector-mismatch.
package selectormismatch

import (
	_ "embed"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "selector-mismatch",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "A workload, Service, NetworkPolicy or PodDisruptionBudget selects no pod, or a port that no container has",
	Why: "Kubernetes takes a selector that selects nothing: the Service has no endpoints, the policy protects " +
		"nobody, the budget keeps nothing, and all of them look well.",
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
		c := checker{Pass: p, x: lint.Compute(p, refs.In{World: w}, refs.In.Index), pods: map[string][]pods{}}
		for _, o := range w.Objects {
			for _, template := range refs.Pods(o) {
				c.pods[o.Namespace] = append(c.pods[o.Namespace], pods{o, template})
			}
		}
		for _, o := range w.Objects {
			switch {
			case o.Is("", "Service"):
				c.service(o)
			case o.Is("networking.k8s.io", "NetworkPolicy"):
				c.labels(o, "spec", "podSelector", "matchLabels")
			case o.Is("policy", "PodDisruptionBudget"):
				c.labels(o, "spec", "selector", "matchLabels")
			}
		}
	}
}

type checker struct {
	*lint.Pass
	x *refs.Index
	// pods are those of each namespace.
	pods map[string][]pods
}

type pods struct {
	of       *world.Object
	template refs.Pod
}

func (c *checker) service(o *world.Object) {
	selected := c.labels(o, "spec", "selector")
	for i := range o.List("spec", "ports") {
		name := o.Text("spec", "ports", i, "targetPort")
		if name == "" || world.Guessed(name) || len(selected) == 0 || slices.ContainsFunc(selected, func(p pods) bool { return hasPort(p.template.Spec, name) }) {
			continue
		}
		of := selected[0].of
		c.Errorf(o.Position("spec", "ports", i, "targetPort"), o, "no container of %s has a port named %q, to which %s leads", of.ID(), name, o.ID()).
			Hint("name one of its ports, or write the number").See(of.Position(refs.Join(selected[0].template.Path, "spec", "containers")...), "%s", of.ID())
	}
}

// hasPort tells whether a container has a port of a name; sidecars are init containers.
func hasPort(spec map[string]any, name string) bool {
	for _, field := range []string{"containers", "initContainers"} {
		containers, _ := spec[field].([]any)
		for _, container := range containers {
			ports, _ := world.Value(container, "ports").([]any)
			for _, port := range ports {
				if world.Value(port, "name") == name {
					return true
				}
			}
		}
	}
	return false
}

// fromControllers are labels that controllers put on pods.
var fromControllers = []string{
	"apps.kubernetes.io/pod-index", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index",
	"batch.kubernetes.io/job-name", "controller-revision-hash", "job-name", "pod-template-hash", "statefulset.kubernetes.io/pod-name",
}

// labels gives the pods that a selector selects, and reports one that selects none.
func (c *checker) labels(o *world.Object, path ...any) []pods {
	want := o.Map(path...)
	if len(want) == 0 || world.Guessed(fmt.Sprint(want)) || o.Value("spec", "podSelector", "matchExpressions") != nil || o.Value("spec", "selector", "matchExpressions") != nil {
		return nil
	}
	var out []pods
	for _, p := range c.pods[o.Namespace] {
		if c.matches(p, want) {
			out = append(out, p)
		}
	}
	if len(out) > 0 {
		return out
	}
	severity := c.Errorf
	if c.x.Pods(o.Namespace) {
		// Other pods are there that are not known. One of the same name is meant all the same.
		if !slices.ContainsFunc(c.pods[o.Namespace], func(p pods) bool { return p.of.Name == o.Name }) || !o.Is("", "Service") {
			return nil
		}
		severity = c.Warnf
	}
	key := c.wrong(o.Namespace, want)
	r := severity(o.Position(append(path, key)...), o, "%s selects no pod: none of namespace %s has the label %s: %v", o.ID(), o.Namespace, key, want[key])
	c.hint(r, o, key)
	return nil
}

func (c *checker) matches(p pods, want map[string]any) bool {
	for key, value := range want {
		if !p.has(key, value) && !slices.Contains(fromControllers, key) {
			return false
		}
	}
	return true
}

// has tells whether the pods have a label, or their owner says that they do: that it is mistaken is another finding.
func (p *pods) has(key string, value any) bool {
	return reflect.DeepEqual(p.template.Labels[key], value) || reflect.DeepEqual(p.of.Value("spec", "selector", "matchLabels", key), value)
}

// wrong is the first label that no pod has, or the first of all when each has one.
func (c *checker) wrong(namespace string, want map[string]any) string {
	keys := slices.Sorted(maps.Keys(want))
	for _, key := range keys {
		if !slices.ContainsFunc(c.pods[namespace], func(p pods) bool { return p.has(key, want[key]) }) {
			return key
		}
	}
	return keys[0]
}

func (c *checker) hint(r *lint.Report, o *world.Object, key string) {
	for _, p := range c.pods[o.Namespace] {
		if value, ok := p.template.Labels[key]; ok {
			r.Hint("pods of %s have %s: %v", p.of.ID(), key, value).See(p.of.Position(refs.Join(p.template.Path, "metadata", "labels")...), "%s", p.of.ID())
			return
		}
	}
	r.Hint("compare it with the labels of the pods' template")
}

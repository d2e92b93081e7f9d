// Package recurringjob is the rule recurring-job.
package recurringjob

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "recurring-job",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "A volume of Longhorn names a recurring job that does not run for it",
	Why: "Longhorn takes its jobs from labels, and from those of a claim only when the claim is marked as their " +
		"source. A label of a job or group that does not exist is taken in silence: the volume has no backup, and " +
		"nobody is told.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

const (
	jobLabel   = "recurring-job.longhorn.io/"
	groupLabel = "recurring-job-group.longhorn.io/"
	source     = jobLabel + "source"
	annotation = "longhorn.io/recurring-jobs"
)

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		c := checker{Pass: p, jobs: map[string]bool{}, groups: map[string]bool{}}
		for _, o := range w.Kind("longhorn.io", "RecurringJob") {
			c.jobs[o.Name] = true
			for i := range o.List("spec", "groups") {
				c.groups[o.Text("spec", "groups", i)] = true
			}
		}
		// Without a job of its own, the cluster may have Longhorn from elsewhere, or none.
		if answer, _ := w.Lookup("longhorn.io", "RecurringJob", "-", "-"); len(c.jobs) == 0 || answer != world.Absent {
			continue
		}
		for _, o := range w.Objects {
			c.object(o)
		}
	}
}

type checker struct {
	*lint.Pass
	jobs, groups map[string]bool
}

func (c *checker) object(o *world.Object) {
	switch {
	case o.Is("", "PersistentVolumeClaim"):
		c.annotations(o)
		c.labels(o, o.Map("metadata", "labels"), []any{"metadata", "labels"})
	case o.Is("apps", "StatefulSet"):
		for i := range o.List("spec", "volumeClaimTemplates") {
			at := []any{"spec", "volumeClaimTemplates", i, "metadata", "labels"}
			c.labels(o, o.Map(at...), at)
		}
	case o.Is("helm.toolkit.fluxcd.io", "HelmRelease"):
		c.values(o, o.Value("spec", "values"), []any{"spec", "values"})
	case o.Is("storage.k8s.io", "StorageClass") && o.Text("provisioner") == "driver.longhorn.io":
		c.class(o)
	}
}

// annotations finds what was written as an annotation, where Longhorn does not look.
func (c *checker) annotations(o *world.Object) {
	for _, key := range slices.Sorted(maps.Keys(o.Map("metadata", "annotations"))) {
		if key == annotation || strings.HasPrefix(key, jobLabel) || strings.HasPrefix(key, groupLabel) {
			c.Errorf(o.Key("metadata", "annotations", key), o, "Longhorn does not look at the annotation %s of %s", key, o.ID()).
				Hint("write labels: %s: enabled, and %sNAME: enabled", source, groupLabel)
		}
	}
}

func (c *checker) labels(o *world.Object, labels map[string]any, at []any) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		group, isGroup := strings.CutPrefix(key, groupLabel)
		job, isJob := strings.CutPrefix(key, jobLabel)
		if key == source || !isGroup && !isJob || labels[key] != "enabled" {
			continue
		}
		place := o.Position(refs.Join(at, key)...)
		switch {
		case labels[source] != "enabled":
			c.Errorf(place, o, "Longhorn does not take the label %s over to the volume: %s is not marked as a source", key, o.ID()).
				Hint("add the label %s: enabled", source)
			return
		case isGroup && !c.groups[group]:
			c.unknown(place, o, "no RecurringJob belongs to the group", group, c.groups)
		case isJob && !isGroup && !c.jobs[job]:
			c.unknown(place, o, "there is no RecurringJob", job, c.jobs)
		}
	}
}

func (c *checker) unknown(at diag.Position, o *world.Object, what, name string, known map[string]bool) {
	names := slices.Sorted(maps.Keys(known))
	r := c.Errorf(at, o, "%s %q that %s names", what, name, o.ID())
	if near := diag.Nearest(name, names); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	r.Hint("those that are there: %s", strings.Join(names, ", "))
}

// values finds labels of claims in the values of a release.
func (c *checker) values(o *world.Object, v any, at []any) {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			if strings.HasPrefix(key, jobLabel) || strings.HasPrefix(key, groupLabel) {
				c.labels(o, v, at)
				return
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			c.values(o, v[key], refs.Join(at, key))
		}
	case []any:
		for i, item := range v {
			c.values(o, item, refs.Join(at, i))
		}
	}
}

func (c *checker) class(o *world.Object) {
	var selected []struct {
		Name    string `json:"name"`
		IsGroup bool   `json:"isGroup"`
	}
	if json.Unmarshal([]byte(o.Text("parameters", "recurringJobSelector")), &selected) != nil {
		return
	}
	at := o.Position("parameters", "recurringJobSelector")
	for _, s := range selected {
		if s.IsGroup && !c.groups[s.Name] {
			c.unknown(at, o, "no RecurringJob belongs to the group", s.Name, c.groups)
		} else if !s.IsGroup && !c.jobs[s.Name] {
			c.unknown(at, o, "there is no RecurringJob", s.Name, c.jobs)
		}
	}
}

// Package missingdatasource is the rule missing-datasource.
package missingdatasource

import (
	_ "embed"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-datasource",
	Group:      3,
	Severities: []diag.Severity{diag.Error},
	Title:      "Grafana is told of a data source, or of its Service, that is not there",
	Why: "An alert rule without its data source is in error and never fires; panels stay empty; a link from logs to " +
		"traces leads nowhere. Grafana itself starts and is ready.",
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
		c := checker{Pass: p, x: lint.Compute(p, refs.In{World: w}, refs.In.Index), uids: map[string]bool{}}
		for _, o := range w.Objects {
			if o.Is("", "ConfigMap") {
				c.read(o)
			}
		}
		for _, f := range c.files {
			c.judge(f)
		}
	}
}

type checker struct {
	*lint.Pass
	x *refs.Index
	// uids are those of the data sources that are provisioned.
	uids  map[string]bool
	files []file
}

// file is a provisioning file or a dashboard inside a ConfigMap.
type file struct {
	in  *world.Object
	key string
	doc *yamlfile.Document
}

func (c *checker) read(o *world.Object) {
	data := o.Map("data")
	for _, key := range slices.Sorted(maps.Keys(data)) {
		text, _ := data[key].(string)
		if !strings.Contains(text, "datasource") {
			continue
		}
		docs, findings := lint.Parsed(c.Pass, text)
		if len(docs) != 1 || len(findings) > 0 || docs[0].Fields() == nil {
			continue
		}
		f := file{o, key, docs[0]}
		fields := docs[0].Fields()
		sources, isList := fields["datasources"].([]any)
		if fields["apiVersion"] == nil && fields["panels"] == nil {
			continue // some other program's
		}
		c.files = append(c.files, f)
		if isList {
			for _, source := range sources {
				if uid, _ := world.Value(source, "uid").(string); uid != "" {
					c.uids[uid] = true
				}
			}
		}
	}
}

func (c *checker) judge(f file) {
	if c.complete(f.in.Namespace) {
		c.walk(f, f.doc.Value, nil)
	}
	sources, _ := f.doc.Fields()["datasources"].([]any)
	for i, source := range sources {
		if address, _ := world.Value(source, "url").(string); address != "" {
			c.service(f, address, []any{"datasources", i, "url"})
		}
	}
}

// complete tells whether all data sources are known: a chart of unknown content may bring some too.
func (c *checker) complete(namespace string) bool {
	return len(c.uids) > 0 && c.x.Maker("", "ConfigMap", namespace, "\x00") == nil // no name: any that is free
}

// builtIn are the data sources that every Grafana has.
var builtIn = []string{"__expr__", "-100", "grafana", "-- Grafana --", "-- Mixed --", "-- Dashboard --"}

// walk finds the uids that are referred to: datasourceUid in alert rules and correlations, datasource.uid in dashboards.
func (c *checker) walk(f file, v any, at []any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			below := refs.Join(at, key)
			if key == "datasourceUid" {
				c.uid(f, v[key], below)
			} else if uid := world.Value(v[key], "uid"); key == "datasource" && uid != nil {
				c.uid(f, uid, refs.Join(below, "uid"))
				continue
			}
			c.walk(f, v[key], below)
		}
	case []any:
		for i, item := range v {
			c.walk(f, item, refs.Join(at, i))
		}
	}
}

func (c *checker) uid(f file, v any, at []any) {
	uid, _ := v.(string)
	if uid == "" || c.uids[uid] || strings.Contains(uid, "$") || slices.Contains(builtIn, uid) {
		return
	}
	known := slices.Sorted(maps.Keys(c.uids))
	r := c.Errorf(c.place(f, at), f.in, "Grafana has no data source with the uid %q", uid)
	if near := diag.Nearest(uid, known); near != "" {
		r.Hint("did you mean %q?", near)
		return
	}
	r.Hint("those that are provisioned are: %s", strings.Join(known, ", "))
}

func (c *checker) place(f file, at []any) diag.Position {
	return f.in.Inside(f.doc.Position(at...).Line-1, "data", f.key)
}

// service checks a URL that leads to a Service of the cluster: NAME.NAMESPACE.svc.
func (c *checker) service(f file, address string, at []any) {
	u, err := url.Parse(address)
	if err != nil || world.Guessed(address) {
		return
	}
	parts := strings.Split(u.Hostname(), ".")
	if len(parts) < 3 || parts[2] != "svc" {
		return
	}
	name, namespace := parts[0], parts[1]
	if answer, _ := c.x.Lookup("", "Namespace", "", namespace); answer == world.Absent {
		c.Errorf(c.place(f, at), f.in, "%q leads to namespace %q, which does not exist", address, namespace).Hint("%s", c.other(name))
		return
	}
	answer, service := c.x.Lookup("", "Service", namespace, name)
	switch {
	case answer == world.Absent:
		c.Errorf(c.place(f, at), f.in, "%q leads to Service %s/%s, which does not exist", address, namespace, name).Hint("%s", c.other(name))
	case service != nil && u.Port() != "" && len(service.List("spec", "ports")) > 0:
		for _, port := range service.List("spec", "ports") {
			if fmt.Sprint(world.Value(port, "port")) == u.Port() {
				return
			}
		}
		c.Errorf(c.place(f, at), f.in, "%q leads to port %s, which %s does not have", address, u.Port(), service.ID()).
			Hint("compare it with the ports of the Service").See(service.Position("spec", "ports"), "%s", service.ID())
	}
}

func (c *checker) other(name string) string {
	for _, o := range c.x.World.Kind("", "Service") {
		if o.Name == name {
			return "Service " + name + " is in namespace " + o.Namespace
		}
	}
	return "write NAME.NAMESPACE.svc.cluster.local of a Service that is there"
}

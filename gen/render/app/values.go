package app

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// metricsPath is where Prometheus reads metrics unless the app says otherwise: the chart's default.
const metricsPath = "/metrics"

// effectiveValues are the values of the app's release: what its fields say, and over that its own values. Keys whose
// value is the chart's default are left out.
func effectiveValues(s *model.Shared, a *model.App) (kube.Map, error) {
	storage, err := storageValues(s, a)
	if err != nil {
		return nil, err
	}
	traces, err := tracesValues(s, a)
	if err != nil {
		return nil, err
	}
	v := kube.Map{}.
		Set("image", imageValues(a)).
		SetIf(a.Port != 0, "port", a.Port).
		Set("replicas", a.Replicas).
		SetIf(a.Replicas > 1, "disruptionBudget", kube.M("maxUnavailable", a.DisruptionBudget.MaxUnavailable))
	v = setFilled(v, "resources", resourceValues(a.Resources))
	v = setFilled(v, "command", a.Command)
	v = setFilled(v, "args", a.Args)
	v = setFilled(v, "secretMounts", secretMounts(a))
	v = v.SetIf(a.Database != nil, "databaseSecret", a.DatabaseName())
	v = setFilled(v, "traces", traces)
	v = setFilled(v, "probes", probeValues(a))
	v = setFilled(v, "metrics", metricsValues(a))
	v = setFilled(v, "ingress", ingressValues(a))
	v = v.SetIf(len(a.Access.Apps) > 0, "access", kube.M("apps", a.Access.Apps))
	v = setFilled(v, "security", securityValues(a))
	v = setFilled(v, "workers", workerValues(a))
	v = setFilled(v, "cronJobs", cronJobValues(a))
	v = setFilled(v, "storage", storage)
	v = setFilled(v, "env", envValues(a))
	v = setFilled(v, "files", a.Files)
	if len(a.Values) == 0 {
		return v, nil
	}
	v = textsLast(merge(v, a.Values))
	if err := accepted(v); err != nil {
		return nil, refuse(a, []string{"values"}, "the chart of app %q does not take these values: %v", a.Name, err)
	}
	return v, nil
}

// textsLast moves the keys that hold texts and no lists to the end. Image automation indents all lists of a file as the
// first one that it sees, and it sees one in a block of text too: a real list has to come before
// (sigs.k8s.io/kustomize/kyaml, DeriveSeqIndentStyle).
func textsLast(v kube.Map) kube.Map {
	texts := []string{"storage", "env", "files"}
	slices.SortStableFunc(v, func(a, b kube.Entry) int {
		return slices.Index(texts, a.Key) - slices.Index(texts, b.Key)
	})
	return v
}

// imageValues hold the one field that Flux edits. A pinned image has no marker: Flux leaves it alone.
func imageValues(a *model.App) kube.Map {
	m := kube.M("repository", a.Image.Repository)
	if a.Image.Pin {
		return m.Set("tag", a.Image.Version)
	}
	return m.Marked("tag", a.Image.Version, fmt.Sprintf(`{"$imagepolicy": "flux-system:%s:tag"}`, a.Name))
}

func resourceValues(r model.Resources) kube.Map {
	quantities := func(cpu, memory string) kube.Map {
		return kube.Map{}.SetIf(cpu != "", "cpu", cpu).SetIf(memory != "", "memory", memory)
	}
	m := setFilled(kube.Map{}, "requests", quantities(r.CPU, r.Memory))
	return setFilled(m, "limits", quantities(r.CPULimit, r.MemoryLimit))
}

func envValues(a *model.App) kube.Map {
	m := make(kube.Map, 0, len(a.Env))
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		e := a.Env[name]
		switch e.From {
		case "secret":
			m = m.Set(name, kube.M("secret", e.Name, "key", e.Key))
		case "field":
			m = m.Set(name, kube.M("field", e.Path))
		default:
			m = m.Set(name, kube.M("value", e.Value))
		}
	}
	return m
}

func secretMounts(a *model.App) kube.Map {
	var m kube.Map
	for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
		m = m.SetIf(a.Secrets[name].Path != "", name, a.Secrets[name].Path)
	}
	return m
}

func storageValues(s *model.Shared, a *model.App) (kube.Map, error) {
	if a.Storage == nil {
		return nil, nil
	}
	provider := s.Cluster.Provider(model.CapabilityStorage)
	if provider == nil || provider.StorageClass == "" {
		return nil, refuse(a, []string{"storage"}, "app %q has storage, but no service of the cluster names a storageClass", a.Name)
	}
	m := kube.M("size", a.Storage.Size, "path", a.Storage.Path, "storageClass", provider.StorageClass)
	// Longhorn copies the labels recurring-job-group.longhorn.io/<group> of a claim to its volume when the claim says
	// that it is their source (longhorn-manager v1.12.0, syncPVCRecurringJobLabels).
	if a.Storage.Backup != "none" {
		return m.Set("labels", kube.M(
			"recurring-job-group.longhorn.io/backup-"+a.Storage.Backup, "enabled",
			"recurring-job.longhorn.io/source", "enabled",
		)), nil
	}
	return m.Set("labels", kube.M("recurring-job.longhorn.io/source", "enabled")).
		Set("annotations", kube.M("lvsgen.dev/backup", "none")), nil
}

func tracesValues(s *model.Shared, a *model.App) (kube.Map, error) {
	if !a.Traces {
		return nil, nil
	}
	provider := s.Cluster.Provider(model.CapabilityTraces)
	if provider == nil || provider.Traces == nil || provider.Traces.Endpoint == "" {
		return nil, refuse(a, []string{"traces"}, "app %q sends traces, but no service of the cluster names an endpoint for them", a.Name)
	}
	return kube.M("endpoint", provider.Traces.Endpoint), nil
}

func probeValues(a *model.App) kube.Map {
	if a.Port == 0 {
		return nil
	}
	return kube.Map{}.
		SetIf(a.Probes.Ready != "", "ready", a.Probes.Ready).
		SetIf(a.Probes.Live != "", "live", a.Probes.Live).
		SetIf(a.Probes.StartSeconds != 60 && a.Probes.StartSeconds != 0, "startSeconds", a.Probes.StartSeconds)
}

func metricsValues(a *model.App) kube.Map {
	if a.Metrics == nil {
		return nil
	}
	return kube.M("port", metricsPort(a)).
		SetIf(a.Metrics.Path != "" && a.Metrics.Path != metricsPath, "path", a.Metrics.Path)
}

func metricsPort(a *model.App) int {
	if a.Metrics.Port != 0 {
		return a.Metrics.Port
	}
	return a.Port
}

func ingressValues(a *model.App) kube.Map {
	hosts := a.AllHosts()
	if len(hosts) == 0 {
		return nil
	}
	m := kube.M("hosts", hosts).
		SetIf(len(a.Paths) > 0 && !slices.Equal(a.Paths, []string{"/"}), "paths", a.Paths).
		SetIf(len(a.Access.Allow) > 0, "allow", a.Access.Allow)
	if a.Access.BasicAuth != nil {
		m = m.Set("basicAuthSecret", a.Access.BasicAuth.Secret)
	}
	return m
}

func securityValues(a *model.App) kube.Map {
	m := kube.Map{}.
		SetIf(a.Security.User != 10001, "user", a.Security.User).
		SetIf(a.Security.WritableRoot, "writableRoot", true)
	return setFilled(m, "writable", writable(a))
}

// writable are the directories besides /tmp, which is always there, without repetition.
func writable(a *model.App) []string {
	var out []string
	for _, dir := range a.Security.Writable {
		if dir != "/tmp" && !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return out
}

func workerValues(a *model.App) kube.Map {
	var m kube.Map
	for _, name := range slices.Sorted(maps.Keys(a.Workers)) {
		w := a.Workers[name]
		m = m.Set(name, setFilled(kube.M("command", w.Command, "replicas", w.Replicas), "resources", resourceValues(w.Resources)))
	}
	return m
}

func cronJobValues(a *model.App) kube.Map {
	var m kube.Map
	for _, name := range slices.Sorted(maps.Keys(a.CronJobs)) {
		j := a.CronJobs[name]
		m = m.Set(name, setFilled(kube.M("schedule", j.Schedule, "timeZone", j.TimeZone, "concurrency", j.Concurrency,
			"command", j.Command), "resources", resourceValues(j.Resources)))
	}
	return m
}

// setFilled appends key unless value is empty.
func setFilled(m kube.Map, key string, value any) kube.Map {
	return m.SetIf(reflect.ValueOf(value).Len() > 0, key, value)
}

// merge gives m with over on top: maps merge, everything else, lists too, replaces; null takes a key away, so that the
// chart's default holds. The marker of an image tag that is replaced goes with it.
func merge(m kube.Map, over map[string]any) kube.Map {
	out := slices.Clone(m)
	for _, key := range slices.Sorted(maps.Keys(over)) {
		value := over[key]
		i := slices.IndexFunc(out, func(e kube.Entry) bool { return e.Key == key })
		switch {
		case value == nil:
			if i >= 0 {
				out = slices.Delete(out, i, i+1)
			}
		case i < 0:
			out = out.Set(key, merged(nil, value))
		default:
			out[i] = kube.Entry{Key: key, Value: merged(out[i].Value, value)}
		}
	}
	return out
}

func merged(under, over any) any {
	fields, isMap := over.(map[string]any)
	if !isMap {
		return over
	}
	switch under := under.(type) {
	case kube.Map:
		return merge(under, fields)
	case map[string]string:
		var m kube.Map
		for _, key := range slices.Sorted(maps.Keys(under)) {
			m = m.Set(key, under[key])
		}
		return merge(m, fields)
	}
	return merge(nil, fields)
}

// field gives the value at path, or nil.
func field(m kube.Map, path ...string) any {
	for _, e := range m {
		if e.Key != path[0] {
			continue
		}
		if len(path) == 1 {
			return e.Value
		}
		below, _ := e.Value.(kube.Map)
		return field(below, path[1:]...)
	}
	return nil
}

// valuesSchema is the chart's schema, compiled when the first app has values of its own.
var valuesSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	const name = "values.schema.json"
	text, err := chartFS.ReadFile("chart/" + name)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		return nil, err
	}
	return c.Compile(name)
})

// accepted judges values as Helm will before it renders the chart.
func accepted(values kube.Map) error {
	schema, err := valuesSchema()
	if err != nil {
		return err
	}
	if err := schema.Validate(plain(values)); err != nil {
		_, reason, found := strings.Cut(err.Error(), "\n")
		if !found {
			return err
		}
		var reasons []string
		for line := range strings.Lines(reason) {
			reasons = append(reasons, strings.TrimPrefix(strings.TrimSpace(line), "- "))
		}
		return errors.New(strings.Join(reasons, "; "))
	}
	return nil
}

// plain gives v as JSON decodes it.
func plain(v any) any {
	switch v := v.(type) {
	case kube.Map:
		out := make(map[string]any, len(v))
		for _, e := range v {
			out[e.Key] = plain(e.Value)
		}
		return out
	case map[string]string:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = value
		}
		return out
	case []string:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = item
		}
		return out
	}
	return v
}

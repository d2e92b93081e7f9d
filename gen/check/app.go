package check

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones must not depend on the machine that renders

	"github.com/Masterminds/semver/v3"
	"github.com/robfig/cron/v3"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// app checks the rules among the fields of one app.
func (c *checker) app(a *model.App) {
	c.port(a)
	c.host(a)
	c.image(a)
	c.secrets(a)
	c.texts(a)
	c.objects(a)
	c.values(a)
	c.patches(a)
	c.metrics(a)
	c.volumes(a)
	c.volumeBackup(a)
	c.resources(a.Resources, a, "resources")
	for _, name := range slices.Sorted(maps.Keys(a.Workers)) {
		c.resources(a.Workers[name].Resources, a, "workers", name, "resources")
	}
	c.cronJobs(a)
	c.access(a)
}

// port checks what makes sense only for a program that listens.
func (c *checker) port(a *model.App) {
	if a.Port != 0 {
		return
	}
	needs := []struct {
		field string
		at    diag.Position
		set   bool
	}{
		{"host", a.At.Position("host"), a.Host != ""},
		{"hosts", a.At.Position("hosts"), a.Host == "" && len(a.Hosts) > 0},
		{"probes", a.At.Position("probes"), a.Probes.Ready != "" || a.Probes.Live != ""},
		{"access", a.At.Position("access"), len(a.Access.Apps) > 0},
		{"metrics", a.At.Position("metrics"), a.Metrics != nil && a.Metrics.Port == 0},
	}
	for _, n := range needs {
		if n.set {
			f := c.errorf(ruleWorkload, n.at, "app %q has %s but no port to reach it at", a.Name, n.field)
			hint(f, "write port: the port that the program listens on")
			return
		}
	}
}

// host checks what makes sense only for an app that the internet reaches: without a host it would do nothing, and the
// app would look guarded.
func (c *checker) host(a *model.App) {
	if len(a.AllHosts()) > 0 {
		return
	}
	for _, n := range []struct {
		path []string
		set  bool
	}{
		{[]string{"paths"}, len(a.Paths) != 1 || a.Paths[0] != "/"},
		{[]string{"access", "allow"}, len(a.Access.Allow) > 0},
		{[]string{"access", "basicAuth"}, a.Access.BasicAuth != nil},
	} {
		if n.set {
			f := c.errorf(ruleWorkload, a.At.Position(n.path...), "app %q has %s but no host that it could apply to", a.Name, strings.Join(n.path, "."))
			hint(f, "write host: the public name, or take it out; inside the cluster, access.apps says who may call")
		}
	}
}

// commitVersion is the tag of release: "commit": seconds since 1970 and the commit.
var commitVersion = regexp.MustCompile(`^[0-9]{10}-[0-9a-f]{7,40}$`)

// image checks that the version, the way of releasing and the range speak of the same tags.
func (c *checker) image(a *model.App) {
	at := a.At.Position("image", "version")
	isCommit := commitVersion.MatchString(a.Image.Version)
	switch {
	case a.Release == "commit" && !isCommit:
		hint(c.errorf(ruleImage, at, "image.version is %q, but with release: \"commit\" tags are <seconds>-<commit>", a.Image.Version),
			"write the tag of an image that exists, such as \"1767225600-0a1b2c3\", or leave release out")
		return
	case a.Release == "tag" && isCommit:
		hint(c.errorf(ruleImage, at, "image.version is %q, but with release: \"tag\" it is a semantic version", a.Image.Version),
			"write release: \"commit\", or a version such as \"1.0.0\"")
		return
	case a.Release == "commit":
		if a.Image.Range != ">="+a.Image.Version {
			hint(c.errorf(ruleImage, a.At.Position("image", "range"), "image.range has no meaning with release: \"commit\": the newest commit wins"), "leave range out")
		}
		return
	}
	version, err := semver.StrictNewVersion(a.Image.Version)
	if err != nil {
		hint(c.errorf(ruleImage, at, "image.version is %q, which is not a semantic version: %v", a.Image.Version, err), "write a version such as \"1.2.3\"")
		return
	}
	constraint, err := semver.NewConstraint(a.Image.Range)
	if err != nil {
		hint(c.errorf(ruleImage, a.At.Position("image", "range"), "image.range is %q, which is not a semver range", a.Image.Range),
			"write a range such as \">=1.0.0\", \"1.x\" or \">=1.0.0 <3.0.0\"; leave it out for everything from version on")
		return
	}
	if a.Image.Pin {
		if a.Image.Range != ">="+a.Image.Version {
			hint(c.errorf(ruleImage, a.At.Position("image", "range"), "image.range of app %q has no meaning beside image.pin: the version is kept exactly", a.Name), "take one of them out")
		}
		return
	}
	if version.Prerelease() != "" && a.Image.Range == ">="+a.Image.Version {
		f := c.errorf(ruleImage, at, "image.version %q is a pre-release or a variant, and no range says which others of its kind Flux may take", a.Image.Version)
		hint(f, "write image.range (\">=%s-0\" takes pre-releases of all kinds), or keep this version with image.pin: true", release(version))
		return
	}
	if !constraint.Check(version) {
		f := c.errorf(ruleImage, a.At.Position("image", "range"), "image.range %q does not accept image.version %q: Flux would replace it at once, or never move", a.Image.Range, a.Image.Version)
		related(f, at, "the version")
		if version.Prerelease() != "" {
			hint(f, "a pre-release is only in a range that names one: \">=%s-0\"", release(version))
		} else {
			hint(f, "widen the range, or start from a version inside it")
		}
	}
}

func release(v *semver.Version) string {
	r, err := v.SetPrerelease("")
	if err != nil {
		return v.String()
	}
	return r.String()
}

// secrets checks that what the app reads is declared, with that key.
func (c *checker) secrets(a *model.App) {
	names := slices.Sorted(maps.Keys(a.Secrets))
	for _, variable := range slices.Sorted(maps.Keys(a.Env)) {
		e := a.Env[variable]
		if e.From != "secret" {
			continue
		}
		secret, declared := a.Secrets[e.Name]
		if a.Database != nil && e.Name == a.DatabaseName() {
			secret, declared = model.AppSecret{Keys: model.DatabaseSecretKeys()}, true
		}
		if !declared {
			f := c.errorf(ruleSecret, a.At.Position("env", variable, "name"), "env.%s reads secret %q, which app %q does not declare", variable, e.Name, a.Name)
			suggest(f, e.Name, names, "declare it: secrets: "+quoteLabel(e.Name)+": keys: [\""+e.Key+"\"]")
			continue
		}
		if !slices.Contains(secret.Keys, e.Key) {
			f := c.errorf(ruleSecret, a.At.Position("env", variable, "key"), "env.%s reads key %q, which secret %q does not have", variable, e.Key, e.Name)
			related(f, a.At.Position("secrets", e.Name, "keys"), "the secret's keys")
			suggest(f, e.Key, secret.Keys, "its keys are "+strings.Join(secret.Keys, ", "))
		}
	}
	if auth := a.Access.BasicAuth; auth != nil {
		secret, declared := a.Secrets[auth.Secret]
		at := a.At.Position("access", "basicAuth", "secret")
		switch {
		case !declared:
			suggest(c.errorf(ruleSecret, at, "access.basicAuth reads secret %q, which app %q does not declare", auth.Secret, a.Name),
				auth.Secret, names, "declare it: secrets: "+quoteLabel(auth.Secret)+": keys: [\"users\"]")
		case !slices.Equal(secret.Keys, []string{"users"}):
			hint(c.errorf(ruleSecret, at, "access.basicAuth needs secret %q to have the one key \"users\", it has %s", auth.Secret, strings.Join(secret.Keys, ", ")),
				"Traefik takes a Secret with exactly one key; give the other keys a Secret of their own")
		}
	}
}

func suggest(f *diag.Finding, name string, candidates []string, otherwise string) {
	if near := diag.Nearest(name, candidates); near != "" {
		hint(f, "did you mean %q?", near)
		return
	}
	hint(f, "%s", otherwise)
}

func quoteLabel(s string) string {
	if strings.ContainsAny(s, "-.") {
		return "\"" + s + "\""
	}
	return s
}

// volumes checks that no two things are mounted at one path, and that a volume has one pod.
func (c *checker) volumes(a *model.App) {
	mounts := map[string]diag.Position{}
	mount := func(path string, at diag.Position) {
		switch path {
		case "/":
			hint(c.errorf(ruleVolume, at, "app %q cannot mount anything at \"/\": it would hide the image", a.Name), "choose a directory")
			return
		case "/tmp":
			hint(c.errorf(ruleVolume, at, "app %q cannot mount anything at \"/tmp\": every app has a writable directory there", a.Name), "choose another path")
			return
		}
		if other, taken := mounts[path]; taken {
			related(c.errorf(ruleVolume, at, "app %q has two things at path %q", a.Name, path), other, "the other one")
			return
		}
		mounts[path] = at
	}
	if a.Storage != nil {
		mount(a.Storage.Path, a.At.Position("storage", "path"))
		if a.Replicas > 1 {
			f := c.errorf(ruleVolume, a.At.Position("replicas"), "app %q has storage and %d replicas: the volume attaches to one pod", a.Name, a.Replicas)
			related(f, a.At.Position("storage"), "the storage")
			hint(f, "keep replicas at 1, or keep the data in the database")
		}
	}
	for _, path := range slices.Sorted(maps.Keys(a.Files)) {
		mount(path, a.At.Position("files", path))
	}
	for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
		if p := a.Secrets[name].Path; p != "" {
			mount(p, a.At.Position("secrets", name, "path"))
		}
	}
	for _, path := range a.Security.Writable {
		if path != "/tmp" {
			mount(path, a.At.Position("security", "writable"))
		}
	}
}

// resources checks that no limit is below its request: Kubernetes refuses that.
func (c *checker) resources(r model.Resources, a *model.App, path ...string) {
	compare := func(limit, request, limitField, requestField string) {
		if limit == "" || request == "" {
			return
		}
		l, err1 := resource.ParseQuantity(limit)
		q, err2 := resource.ParseQuantity(request)
		if err1 == nil && err2 == nil && l.Cmp(q) < 0 {
			f := c.errorf(ruleFormat, a.At.Position(append(path, limitField)...), "%s %q of app %q is below %s %q", limitField, limit, a.Name, requestField, request)
			hint(f, "a limit is at least what is promised")
		}
	}
	compare(r.MemoryLimit, r.Memory, "memoryLimit", "memory")
	compare(r.CPULimit, r.CPU, "cpuLimit", "cpu")
}

// cronJobs checks the schedules with the parser that Kubernetes uses.
func (c *checker) cronJobs(a *model.App) {
	for _, name := range slices.Sorted(maps.Keys(a.CronJobs)) {
		job := a.CronJobs[name]
		if _, err := cron.ParseStandard(job.Schedule); err != nil {
			hint(c.errorf(ruleFormat, a.At.Position("cronJobs", name, "schedule"), "schedule %q of cron job %q of app %q is not a cron schedule: %s", job.Schedule, name, a.Name, strings.TrimPrefix(err.Error(), "failed to parse int from ")),
				"minute hour day month weekday, such as \"15 3 * * *\" for 3:15 every day")
		}
		if _, err := time.LoadLocation(job.TimeZone); err != nil {
			hint(c.errorf(ruleFormat, a.At.Position("cronJobs", name, "timeZone"), "time zone %q of cron job %q of app %q does not exist", job.TimeZone, name, a.Name),
				"write a name of the IANA database such as \"Europe/London\"")
		}
		c.resources(job.Resources, a, "cronJobs", name, "resources")
	}
}

// access checks who may call.
func (c *checker) access(a *model.App) {
	for _, network := range a.Access.Allow {
		c.prefix(network, a.At.Position("access", "allow"))
	}
	for _, caller := range a.Access.Apps {
		if _, known := slices.BinarySearchFunc(c.in.Apps, caller, func(a model.App, name string) int { return strings.Compare(a.Name, name) }); !known {
			var names []string
			for i := range c.in.Apps {
				names = append(names, c.in.Apps[i].Name)
			}
			suggest(c.errorf(ruleWorkload, a.At.Position("access", "apps"), "access.apps of app %q names %q, which is no app of this cloud", a.Name, caller),
				caller, names, "the names are those under apps:")
		}
	}
}

// prefix checks a network in CIDR form.
func (c *checker) prefix(text string, at diag.Position) netip.Prefix {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		hint(c.errorf(ruleFormat, at, "%q is not a network", text), "write an address and a length such as \"203.0.113.0/24\"")
		return netip.Prefix{}
	}
	if p.Masked() != p {
		hint(c.errorf(ruleFormat, at, "network %q has bits set behind its length", text), "write %q", p.Masked())
	}
	return p
}

// fixedValues are the values of the chart from which lvsgen derives more than the chart: order among units, what may be
// pruned, Pod Security, certificates. They have fields of their own.
var fixedValues = map[string]string{
	"image":          "image",
	"port":           "port",
	"replicas":       "replicas",
	"storage":        "storage",
	"databaseSecret": "database",
	"traces":         "traces",
	"security":       "security",
	"probes":         "probes",
	"workers":        "workers",
}

// values checks that the escape hatch does not go past fields that say the same.
func (c *checker) values(a *model.App) {
	for _, name := range slices.Sorted(maps.Keys(a.Values)) {
		if field, fixed := fixedValues[name]; fixed {
			hint(c.errorf(ruleWorkload, a.At.Position("values", name), "values.%s of app %q goes past the field %s, from which more follows than the chart", name, a.Name, field), "write apps.%s.%s instead", quoteLabel(a.Name), field)
		}
	}
	if ingress, ok := a.Values["ingress"].(map[string]any); ok && ingress["hosts"] != nil {
		hint(c.errorf(ruleWorkload, a.At.Position("values", "ingress", "hosts"), "values.ingress.hosts of app %q goes past the field host, from which more follows than the chart", a.Name), "write apps.%s.host instead", quoteLabel(a.Name))
	}
}

// metrics warns of metrics that the internet can read.
func (c *checker) metrics(a *model.App) {
	if a.Metrics == nil || a.Metrics.Port != a.Port || len(a.AllHosts()) == 0 || !slices.Contains(a.Paths, "/") || len(a.Access.Allow) > 0 || a.Access.BasicAuth != nil {
		return
	}
	f := c.errorf(ruleWorkload, a.At.Position("metrics"), "everybody can read the metrics of app %q at https://%s%s", a.Name, a.AllHosts()[0], a.Metrics.Path)
	f.Severity = diag.Warning
	hint(f, "serve them on a port of their own (metrics: port: ...)")
}

// patches checks that each patch is one: YAML, a map or a list of operations.
func (c *checker) patches(a *model.App) {
	for i, p := range a.Patches {
		var doc any
		at := a.At.Position("patches", strconv.Itoa(i))
		err := yaml.Unmarshal([]byte(p.Patch), &doc)
		_, isMap := doc.(map[string]any)
		_, isList := doc.([]any)
		switch {
		case err != nil:
			hint(c.errorf(ruleFormat, at, "patch %d of app %q is not YAML: %s", i+1, a.Name, strings.TrimPrefix(err.Error(), "yaml: ")), "write a part of the manifest, or a list of JSON 6902 operations")
		case !isMap && !isList:
			hint(c.errorf(ruleFormat, at, "patch %d of app %q is neither a part of a manifest nor a list of operations", i+1, a.Name), "write a part of the manifest, or a list of JSON 6902 operations")
		}
	}
}

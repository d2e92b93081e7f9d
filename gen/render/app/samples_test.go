package app

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// shared is a cluster whose services bring all that apps may ask for.
func shared(mode model.SecretsMode) *model.Shared {
	cloud := &model.Cloud{Domain: "example.org"}
	cloud.Secrets.Mode = mode
	storage := model.Service{Name: "longhorn", Namespace: "longhorn-system", StorageClass: "longhorn"}
	storage.Brings.Capabilities = []string{model.CapabilityStorage}
	database := model.Service{Name: "postgresql", Namespace: "postgresql"}
	database.Brings.Capabilities = []string{model.CapabilityDatabase}
	database.Database = &model.DatabaseServer{Host: "postgresql.postgresql.svc.cluster.local", Port: 5432}
	database.Database.AdminSecret.Name = "postgresql-auth"
	database.Database.AdminSecret.Key = "postgres-password"
	traces := model.Service{Name: "monitoring", Namespace: "monitoring"}
	traces.Brings.Capabilities = []string{model.CapabilityTraces}
	traces.Traces = &model.TracesReceiver{Endpoint: "http://alloy.monitoring:4318"}
	return &model.Shared{
		Cloud:   cloud,
		Cluster: &model.Cluster{Name: "prod", Services: []model.Service{storage, traces, database}},
	}
}

var terraform = shared(model.SecretsTerraform)

// newApp is an app with the schema's defaults, changed by the given functions.
func newApp(name string, changes ...func(*model.App)) *model.App {
	a := &model.App{
		Name:      name,
		Paths:     []string{"/"},
		Image:     model.AppImage{Version: "1.2.3", Repository: "registry.example.org/" + name},
		Release:   "tag",
		Namespace: name,
		Replicas:  1,
		Resources: small,
		Source:    "applications/" + name + "/app.cue",
	}
	a.DisruptionBudget.MaxUnavailable = 1
	a.Probes.StartSeconds = 60
	a.Security.User = 10001
	for _, change := range changes {
		change(a)
	}
	return a
}

var small = model.Resources{CPU: "50m", Memory: "128Mi", MemoryLimit: "256Mi"}

func web(a *model.App) {
	a.Host = a.Name + ".example.org"
	a.Port = 8080
}

func stored(backup string) func(*model.App) {
	return func(a *model.App) { a.Storage = &model.Storage{Size: "10Gi", Path: "/data", Backup: backup} }
}

func withDatabase(a *model.App) {
	a.Database = &model.Database{Name: strings.ReplaceAll(a.Name, "-", "_")}
}

type metrics = struct {
	Path string `json:"path"`
	Port int    `json:"port"`
}

type basicAuth = struct {
	Secret string `json:"secret"`
}

// everything sets every field of an app.
func everything(a *model.App) {
	web(a)
	a.Hosts = []string{"www.example.org", a.Host}
	a.Paths = []string{"/", "/api/v1"}
	a.Image.Range = ">=1.2.3 <2.0.0"
	a.Namespace = "trade"
	a.DisruptionBudget.MaxUnavailable = 2
	a.Resources = model.Resources{CPU: "1", Memory: "1Gi", CPULimit: "2", MemoryLimit: "2Gi"}
	a.Command = []string{"bin/serve", "--greeting", "{{ hello }} ${WORLD}"}
	a.Args = []string{"yes", "-1", ""}
	a.Env = map[string]model.EnvValue{
		"GREETING":    {Value: "{{ .Values.image.tag }} ${HOME} $(PORT) $$ <no value>"},
		"NO":          {Value: "no"},
		"SESSION_KEY": {From: "secret", Name: "session", Key: "key"},
		"DB_USER":     {From: "secret", Name: a.Name + "-database", Key: "username"},
		"POD_NAME":    {From: "field", Path: "metadata.name"},
	}
	a.Files = map[string]string{
		"/etc/shop/shop.toml": "title = \"{{ title }}\"\n\n[a]\npath = \"${DIR}\"\n",
		"/etc/x~y/a+b.conf":   "",
		"/srv/x/shop.toml":    "one line, no end",
	}
	a.Secrets = map[string]model.AppSecret{
		"session": {Keys: []string{"key"}},
		"users":   {Keys: []string{"users"}},
		"tls":     {Keys: []string{"tls.crt", "tls.key"}, Path: "/etc/tls"},
	}
	stored("daily")(a)
	withDatabase(a)
	a.Workers = map[string]model.Worker{
		"mailer": {Command: []string{"bin/mailer"}, Replicas: 2, Resources: small},
		"y":      {Command: []string{"bin/y", "--all"}, Replicas: 0, Resources: small},
	}
	a.CronJobs = map[string]model.CronJob{
		"cleanup": {
			Schedule: "15 3 * * *", Command: []string{"bin/cleanup"}, TimeZone: "Europe/London",
			Concurrency: "Forbid", Resources: small,
		},
		"a-report-with-a-name-of-forty-characters": {
			Schedule: "@daily", Command: []string{"bin/report"}, TimeZone: "Etc/UTC",
			Concurrency: "Replace", Resources: small,
		},
	}
	a.Probes.Ready = "/readyz"
	a.Probes.Live = "/livez"
	a.Probes.StartSeconds = 121
	a.Metrics = &metrics{Path: "/prometheus", Port: 9100}
	a.Traces = true
	a.Access.BasicAuth = &basicAuth{Secret: "users"}
	a.Access.Allow = []string{"203.0.113.0/24", "2001:db8::/32"}
	a.Access.Apps = []string{"billing", "on"}
	a.Security.User = 2147483647
	a.Security.Writable = []string{"/var/cache/shop", "/tmp", "/run/shop"}
	a.Objects = []model.Manifest{
		{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": "extra"},
			"data":     map[string]any{"text": "${KEPT} {{ as }} it is"},
		},
		{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
			"metadata": map[string]any{"name": "shop", "annotations": map[string]any{"a": "b"}},
			"rules":    []any{},
		},
	}
	patch := model.Patch{Patch: "- op: add\n  path: /metadata/labels/team\n  value: ${TEAM}\n"}
	patch.Target.Group, patch.Target.Version, patch.Target.Kind, patch.Target.Name = "apps", "v1", "Deployment", a.Name
	a.Patches = []model.Patch{patch}
	a.Values = map[string]any{
		"probes": map[string]any{"ready": "/ready"},
		"env":    map[string]any{"MORE": map[string]any{"value": "1"}},
	}
}

// samples cover every field of an app, alone or with what it needs.
func samples() []*model.App {
	return []*model.App{
		newApp("smallest"),
		newApp("site", web),
		newApp("everything", everything),
		newApp("yes", web, func(a *model.App) { a.Host, a.Hosts = "", []string{"a.example.org", "b.example.org"} }),
		newApp("ha", web, func(a *model.App) { a.Replicas = 3; a.Metrics = &metrics{Path: "/metrics"} }),
		newApp("pinned", web, func(a *model.App) { a.Image.Pin = true; a.Image.Version = "1700000000-0123456" }),
		newApp("rooted", web, func(a *model.App) { a.Security.User = 0; a.Security.WritableRoot = true }),
		newApp("weekly", stored("weekly")),
		newApp("scratch", web, stored("none")),
		newApp("books", withDatabase, func(a *model.App) {
			a.Workers = map[string]model.Worker{"sync": {Command: []string{"bin/sync"}, Replicas: 1, Resources: small}}
		}),
		newApp("inside", func(a *model.App) {
			a.Port = 9000
			a.Access.Apps = []string{"site"}
			a.Traces = true
			a.Env = map[string]model.EnvValue{"PORT": {Value: "9001"}, "OTEL_SERVICE_NAME": {Value: "own"}}
		}),
		newApp("with-metrics-only", func(a *model.App) { a.Metrics = &metrics{Path: "/metrics", Port: 9102} }),
		newApp("in-the-database-namespace", withDatabase, func(a *model.App) { a.Namespace = "postgresql" }),
	}
}

// hostile are texts that one of the readers between an input and a container is known to change or to take for
// something else: YAML 1.1 and 1.2, Go's templates, Helm, kustomize, Flux's substitution, Kubernetes' expansion.
var hostile = []string{
	"", " ", "  leading", "trailing ", "\n", "\n\n", "a\n", "a\n\n", "\na", " a\nb", "a \nb", "a\n  b\n", "a\tb", "\t", "a\n\tb\n",
	"yes", "No", "on", "y", "~", "null", "true", "=", "<<", "---", "--- a", "...", "- a", "-", "? a", ": a", "a: b", "a:", "a #b", "# a", "&a", "*a",
	"!a", "|", "> a", "%a", "@a", "`a`", "'a'", "\"a\"", "[a]", "{a: b}", "{}", "[]", ",a",
	"1", "-1", "+1", "1.0", "1e3", "0x1f", "0o17", "017", "1_000", "12:30:45", "2026-11-23", "2026-11-23T00:00:00Z", ".5", ".inf", ".NaN",
	"{{ .Values.image.tag }}", "{{", "}}", "{{- end }}", "{{/*", "${HOME}", "$HOME", "$$", "$(PORT)", "$$(PORT)", "$(", "$(APP_VERSION", "${A:-b}", "$${A}",
	"<no value>", "a<no value>b", "\\<no value>", "<&>", "\\", "\\n", "\\u0041", "%s%d%!", "a\rb", "a\r\nb\r\n", "\x01\x1b[0m", "\x7f", "\u0080", "\u0085", "\u00a0",
	"\u2028", "\u2029", "\ufeff", "a\ufeff", "\ufffd", "żółć", "日本語", "👩‍💻", "\U000e0001", "\U0010fffd", "ﷺ", "e\u0301",
	"# {\"$imagepolicy\": \"flux-system:site:tag\"}", "foo:\n  - a\n", "foo:\n- a\nbar:\n  - b\n", "a: |\n  b\n", "key: value\nother: 'x'\n",
	strings.Repeat("word ", 60) + "end", strings.Repeat("x", 300), "line\n" + strings.Repeat("long ", 60) + "\nline\n", "#!/bin/sh\nset -eu\necho \"$1\"\n",
}

// random makes an app of every shape that the inputs allow, full of hostile texts.
func random(r *rand.Rand, i int) *model.App {
	text := func() string {
		s := hostile[r.IntN(len(hostile))]
		for range r.IntN(3) {
			s += []string{"", " ", "\n", "x", ": ", " # "}[r.IntN(6)] + hostile[r.IntN(len(hostile))]
		}
		return s
	}
	some := func() bool { return r.IntN(3) == 0 }
	names := []string{"on", "yes", "null", "a", "worker", "n0", "true", "web", "a-very-long-name-that-fills-forty-letters"}
	word := func() string { return names[r.IntN(len(names))] }
	texts := func(least int) []string {
		var out []string
		for range least + r.IntN(3) {
			out = append(out, text())
		}
		return out
	}
	sizes := []model.Resources{small, {}, {CPU: "0.5", Memory: "1Gi", CPULimit: "1", MemoryLimit: "1Gi"}}
	size := func() model.Resources { return sizes[r.IntN(len(sizes))] }

	a := newApp(fmt.Sprintf("%s-%d", word(), i))
	a.Image.Version = []string{"1.2.3", "0.0.0-rc.1", "1700000000-0123456", "1700000000-1234567", "10.20.30"}[r.IntN(5)]
	a.Image.Pin = some()
	a.Resources = size()
	a.Command, a.Args = texts(0), texts(0)
	if r.IntN(4) > 0 {
		a.Port = 1024 + r.IntN(64512)
		if some() {
			a.Host = "a.example.org"
		}
		for n := range r.IntN(4) {
			a.Hosts = append(a.Hosts, fmt.Sprintf("h%d.example.org", n))
		}
		if some() {
			a.Paths = []string{"/a", "/b.c/@d"}
		}
		if some() {
			a.Probes.Ready = "/ready"
		}
		if some() {
			a.Probes.Live = "/live%20ly"
		}
		a.Probes.StartSeconds = 5 + r.IntN(1796)
		if some() {
			a.Metrics = &metrics{Path: "/m", Port: r.IntN(2) * 9100}
		}
		if some() {
			a.Access.Apps = []string{"on", "billing"}
		}
		if some() {
			a.Access.Allow = []string{"10.0.0.0/8", "::/0"}
		}
	}
	a.Env = map[string]model.EnvValue{}
	for range r.IntN(6) {
		a.Env[[]string{"NO", "y", "Yes", "NULL", "_1", "PORT", "LONG_NAME", "E1"}[r.IntN(8)]] = model.EnvValue{Value: text()}
	}
	a.Files = map[string]string{}
	for range r.IntN(4) {
		a.Files[[]string{"/etc/a.conf", "/opt/a.conf", "/on", "/x/@%+:,~", "/1.0"}[r.IntN(5)]] = text()
	}
	a.Secrets = map[string]model.AppSecret{}
	if some() {
		a.Secrets["null"] = model.AppSecret{Keys: []string{"A.key", "b-c", "d_e"}, Path: "/run/secrets"}
		a.Env["FROM_SECRET"] = model.EnvValue{From: "secret", Name: "null", Key: "b-c"}
	}
	if len(a.AllHosts()) > 0 && some() {
		a.Secrets["on"] = model.AppSecret{Keys: []string{"users"}}
		a.Access.BasicAuth = &basicAuth{Secret: "on"}
	}
	if some() {
		stored([]string{"daily", "weekly", "none"}[r.IntN(3)])(a)
		a.Replicas = r.IntN(2)
	} else {
		a.Replicas = r.IntN(51)
	}
	if some() {
		withDatabase(a)
	}
	a.Traces = some()
	a.Workers = map[string]model.Worker{}
	for range r.IntN(3) {
		a.Workers[word()] = model.Worker{Command: texts(1), Replicas: r.IntN(3), Resources: size()}
	}
	a.CronJobs = map[string]model.CronJob{}
	for range r.IntN(3) {
		a.CronJobs[word()] = model.CronJob{
			Schedule: "*/5 * * * *", Command: texts(1), TimeZone: "Etc/UTC", Concurrency: "Allow", Resources: size(),
		}
	}
	a.Security.User = []int64{0, 1, 10001, 2147483647}[r.IntN(4)]
	a.Security.WritableRoot = some()
	if some() {
		a.Security.Writable = []string{"/var/a", "/tmp", "/var/b", "/var/a"}
	}
	if some() {
		a.Objects = []model.Manifest{{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x"},
			"data": map[string]any{"t": text(), "u": text()},
		}}
		patch := model.Patch{Patch: text()}
		patch.Target.Kind = "Deployment"
		a.Patches = []model.Patch{patch}
	}
	if some() {
		a.Values = map[string]any{
			"replicas": float64(1),
			"env":      map[string]any{"OVER": map[string]any{"value": text()}},
			"files":    map[string]any{"/over": text()},
			"workers":  map[string]any{"over": map[string]any{"command": []any{text()}, "replicas": float64(2)}},
		}
	}
	return a
}

// randoms are n random apps, the same ones each time.
func randoms(n int) []*model.App {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]*model.App, n)
	for i := range out {
		out[i] = random(r, i)
	}
	return out
}

package app

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// TestRelease renders every sample and 200 random apps with Helm and asks of each what must hold for all.
func TestRelease(t *testing.T) {
	for _, a := range append(samples(), randoms(200)...) {
		t.Run(a.Name, func(t *testing.T) {
			o := release(t, files(t, terraform, a), a)
			checkWorkloads(t, a, o)
			checkTexts(t, a, o)
			checkNetworkPolicy(t, a, o)
			checkTraffic(t, a, o)
		})
	}
}

// workload is a Deployment's or a CronJob's pod.
type workload struct {
	name     string
	selector map[string]string
	pod      corev1.PodTemplateSpec
}

func workloads(o *objects) []workload {
	var out []workload
	for name, d := range o.deployments {
		out = append(out, workload{name, d.Spec.Selector.MatchLabels, d.Spec.Template})
	}
	for name, j := range o.cronJobs {
		out = append(out, workload{name, nil, j.Spec.JobTemplate.Spec.Template})
	}
	return out
}

func checkWorkloads(t *testing.T, a *model.App, o *objects) {
	t.Helper()
	workers, cronJobs := len(a.Workers), len(a.CronJobs)
	if _, more := a.Values["workers"]; more {
		workers++
	}
	if len(o.deployments) != 1+workers || len(o.cronJobs) != cronJobs {
		t.Errorf("%d deployments and %d cron jobs", len(o.deployments), len(o.cronJobs))
	}
	for name := range o.cronJobs {
		if len(name) > 52 {
			t.Errorf("CronJob name %q is longer than Kubernetes allows", name)
		}
	}
	if account := only(t, o.accounts); account.Name != a.Name || *account.AutomountServiceAccountToken {
		t.Errorf("ServiceAccount %q automounts its token", account.Name)
	}
	components := map[string]bool{}
	for _, w := range workloads(o) {
		checkPod(t, a, w)
		labels := w.pod.Labels
		if component := labels["app.kubernetes.io/component"]; components[component] {
			t.Errorf("two workloads are component %q", component)
		} else {
			components[component] = true
		}
		for key, value := range w.selector {
			if labels[key] != value {
				t.Errorf("%s selects %s=%q, but its pods have %q", w.name, key, value, labels[key])
			}
		}
		want := []string{"app.kubernetes.io/component", "app.kubernetes.io/name"}
		if w.selector != nil && !slices.Equal(slices.Sorted(maps.Keys(w.selector)), want) {
			t.Errorf("%s selects by %v", w.name, w.selector)
		}
	}
}

func checkPod(t *testing.T, a *model.App, w workload) {
	t.Helper()
	spec, c := w.pod.Spec, w.pod.Spec.Containers[0]
	if *spec.AutomountServiceAccountToken || spec.ServiceAccountName != a.Name || *spec.EnableServiceLinks {
		t.Errorf("%s: the pod gets a token or service links", w.name)
	}
	user, s := a.Security.User, spec.SecurityContext
	if *s.RunAsNonRoot != (user != 0) || *s.RunAsUser != user || *s.RunAsGroup != user || *s.FSGroup != user ||
		*s.FSGroupChangePolicy != corev1.FSGroupChangeOnRootMismatch || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("%s: pod security context %v", w.name, s)
	}
	if cs := c.SecurityContext; *cs.AllowPrivilegeEscalation || *cs.ReadOnlyRootFilesystem == a.Security.WritableRoot ||
		!slices.Equal(cs.Capabilities.Drop, []corev1.Capability{"ALL"}) {
		t.Errorf("%s: container security context %v", w.name, cs)
	}
	volumes := map[string]bool{}
	for _, v := range spec.Volumes {
		volumes[v.Name] = true
	}
	paths, used := map[string]bool{}, map[string]bool{}
	for _, m := range c.VolumeMounts {
		if paths[m.MountPath] || !volumes[m.Name] {
			t.Errorf("%s: mount %q at %q is doubled or of no volume", w.name, m.Name, m.MountPath)
		}
		paths[m.MountPath], used[m.Name] = true, true
	}
	if len(used) != len(volumes) {
		t.Errorf("%s: volumes %v, mounted %v", w.name, volumes, used)
	}
	names := map[string]bool{}
	for _, e := range c.Env {
		if names[e.Name] {
			t.Errorf("%s: env %q twice", w.name, e.Name)
		}
		names[e.Name] = true
	}
	for _, v := range w.pod.Annotations {
		if strings.Contains(v, "0.1.0+") {
			t.Errorf("%s: the chart's version is in the pod", w.name)
		}
	}
}

// checkTexts asks that what the app says arrives in its containers to the byte.
func checkTexts(t *testing.T, a *model.App, o *objects) {
	t.Helper()
	want := maps.Clone(a.Files)
	for path, content := range fields(a.Values["files"]) {
		want[path] = content.(string)
	}
	for _, w := range workloads(o) {
		c := w.pod.Spec.Containers[0]
		for name, e := range a.Env {
			got := env(c, name)
			if e.From == "" && expand(got.Value, c) != e.Value {
				t.Errorf("%s: env %s is %q, want %q", w.name, name, expand(got.Value, c), e.Value)
			}
			if e.From == "secret" && (got.ValueFrom.SecretKeyRef.Name != e.Name || got.ValueFrom.SecretKeyRef.Key != e.Key) {
				t.Errorf("%s: env %s is %v", w.name, name, got)
			}
		}
		for path, content := range want {
			if got, ok := mounted(o, c, path); !ok || got != content {
				t.Errorf("%s: file %q is %q, want %q", w.name, path, got, content)
			}
		}
	}
	web := o.deployments[a.Name].Spec.Template.Spec.Containers[0]
	if !slices.Equal(web.Command, a.Command) || !slices.Equal(web.Args, a.Args) {
		t.Errorf("runs %q %q, want %q %q", web.Command, web.Args, a.Command, a.Args)
	}
	for name, worker := range a.Workers {
		if got := o.deployments[a.Name+"-"+name].Spec.Template.Spec.Containers[0].Command; !slices.Equal(got, worker.Command) {
			t.Errorf("worker %s runs %q, want %q", name, got, worker.Command)
		}
	}
}

func env(c corev1.Container, name string) corev1.EnvVar {
	for _, e := range c.Env {
		if e.Name == name {
			return e
		}
	}
	return corev1.EnvVar{}
}

// mounted gives the content of the ConfigMap's file that is mounted at path.
func mounted(o *objects, c corev1.Container, path string) (string, bool) {
	for _, m := range c.VolumeMounts {
		if m.MountPath == path {
			for _, configMap := range o.configMaps {
				content, ok := configMap.Data[m.SubPath]
				return content, ok
			}
		}
	}
	return "", false
}

// expand does to the value of an environment variable what the kubelet does: $(NAME) of a known variable becomes its
// value, $$ becomes $.
func expand(s string, c corev1.Container) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		rest := s[i:]
		end := strings.IndexByte(rest, ')')
		switch {
		case strings.HasPrefix(rest, "$$"):
			out.WriteByte('$')
			i++
		case strings.HasPrefix(rest, "$(") && end > 0 && env(c, rest[2:end]).Name != "":
			out.WriteString("<expanded>")
			i += end
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

func checkNetworkPolicy(t *testing.T, a *model.App, o *objects) {
	t.Helper()
	p := only(t, o.policies).Spec
	if !maps.Equal(p.PodSelector.MatchLabels, map[string]string{"app.kubernetes.io/name": a.Name}) || len(p.PolicyTypes) != 2 {
		t.Errorf("NetworkPolicy selects %v for %v", p.PodSelector, p.PolicyTypes)
	}
	// Who may come in, and where.
	got := map[string][]int{}
	for _, rule := range p.Ingress {
		for _, peer := range rule.From {
			var who []string
			if peer.NamespaceSelector != nil {
				who = append(who, "ns:"+peer.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"])
			}
			if peer.PodSelector != nil {
				who = append(who, "pod:"+peer.PodSelector.MatchLabels["app.kubernetes.io/name"])
			}
			for _, port := range rule.Ports {
				key := strings.Join(who, " ")
				got[key] = append(got[key], port.Port.IntValue())
			}
		}
	}
	want := map[string][]int{}
	if a.Port != 0 {
		want["pod:"+a.Name] = []int{a.Port}
		if len(a.AllHosts()) > 0 {
			want["ns:kube-system pod:traefik"] = []int{a.Port}
		}
		for _, app := range a.Access.Apps {
			want["ns: pod:"+app] = []int{a.Port}
		}
	}
	if a.Metrics != nil {
		want["ns:monitoring"] = []int{metricsPort(a)}
	}
	if !maps.EqualFunc(got, want, slices.Equal[[]int]) {
		t.Errorf("NetworkPolicy lets in %v, want %v", got, want)
	}
	var except []string
	for _, peer := range p.Egress[0].To {
		if peer.IPBlock != nil {
			except = append(except, peer.IPBlock.CIDR+" but "+strings.Join(peer.IPBlock.Except, " "))
		}
	}
	if !slices.Equal(except, []string{"0.0.0.0/0 but 169.254.0.0/16", "::/0 but fe80::/10"}) || len(p.Egress) != 1 {
		t.Errorf("NetworkPolicy lets out to %v", except)
	}
}

func checkTraffic(t *testing.T, a *model.App, o *objects) {
	t.Helper()
	c := o.deployments[a.Name].Spec.Template.Spec.Containers[0]
	if a.Port == 0 {
		if len(o.services)+len(o.ingresses) != 0 || c.LivenessProbe != nil || c.StartupProbe != nil || c.Lifecycle != nil {
			t.Error("an app without port has a Service, an Ingress or probes")
		}
		return
	}
	service := only(t, o.services)
	for key, value := range service.Spec.Selector {
		if o.deployments[a.Name].Spec.Template.Labels[key] != value {
			t.Errorf("the Service selects %s=%s", key, value)
		}
	}
	port := service.Spec.Ports[0]
	if port.Port != 80 || port.TargetPort.StrVal != c.Ports[0].Name || int(c.Ports[0].ContainerPort) != a.Port {
		t.Errorf("Service port %v, container ports %v", port, c.Ports)
	}
	if c.Lifecycle.PreStop.Sleep.Seconds != 5 || c.StartupProbe.PeriodSeconds != 2 ||
		int(c.StartupProbe.FailureThreshold) != (a.Probes.StartSeconds+1)/2 {
		t.Errorf("startup probe %v", c.StartupProbe)
	}
	if len(a.AllHosts()) == 0 {
		if len(o.ingresses)+len(o.middlewares) != 0 {
			t.Error("an app without host has an Ingress")
		}
		return
	}
	checkIngress(t, a, o)
}

func checkIngress(t *testing.T, a *model.App, o *objects) {
	t.Helper()
	ingress := only(t, o.ingresses)
	secrets := map[string]bool{}
	for i, host := range a.AllHosts() {
		tls := ingress.Spec.TLS[i]
		secrets[tls.SecretName] = true
		if !slices.Equal(tls.Hosts, []string{host}) || i == 0 && tls.SecretName != a.Name+"-tls" {
			t.Errorf("TLS of %v, host is %s", tls, host)
		}
	}
	if len(secrets) != len(a.AllHosts()) || len(ingress.Spec.TLS) != len(secrets) {
		t.Errorf("the Secrets of the certificates are %v for %v", secrets, a.AllHosts())
	}
	var routes, want []string
	for _, rule := range ingress.Spec.Rules {
		for _, p := range rule.HTTP.Paths {
			routes = append(routes, rule.Host+p.Path)
			if p.Backend.Service.Name != a.Name || p.Backend.Service.Port.Name != "http" || *p.PathType != "Prefix" {
				t.Errorf("backend %v", p)
			}
		}
	}
	for _, host := range a.AllHosts() {
		for _, path := range a.Paths {
			want = append(want, host+path)
		}
	}
	if !slices.Equal(routes, want) {
		t.Errorf("routes %v, want %v", routes, want)
	}
	var chain []string
	for _, name := range strings.Split(ingress.Annotations["traefik.ingress.kubernetes.io/router.middlewares"], ",") {
		name = strings.TrimSuffix(strings.TrimPrefix(name, a.Namespace+"-"), "@kubernetescrd")
		chain = append(chain, name)
		if o.middlewares[name] == nil {
			t.Errorf("the Ingress goes through middleware %q, which is not there", name)
		}
	}
	all := []string{a.Name + "-redirect"}
	if len(a.Access.Allow) > 0 {
		all = append(all, a.Name+"-allow")
	}
	if a.Access.BasicAuth != nil {
		all = append(all, a.Name+"-auth")
	}
	if !slices.Equal(chain, all) || len(o.middlewares) != len(all) {
		t.Errorf("middlewares %v, want %v", chain, all)
	}
	if _, set := ingress.Annotations["traefik.ingress.kubernetes.io/router.tls"]; set {
		t.Error("router.tls would make the plain router answer TLS only")
	}
}

// TestFields looks at what single fields of an app become.
func TestFields(t *testing.T) {
	render := func(changes ...func(*model.App)) *objects {
		a := newApp("shop", changes...)
		return release(t, files(t, terraform, a), a)
	}
	pod := func(o *objects) corev1.PodTemplateSpec { return o.deployments["shop"].Spec.Template }
	all := render(everything, func(a *model.App) { a.Values = nil })
	plain := render(web)
	tests := []struct {
		name      string
		got, want any
	}{
		{"stateless rolls", plain.deployments["shop"].Spec.Strategy.Type, appsv1.RollingUpdateDeploymentStrategyType},
		{"storage is recreated", all.deployments["shop"].Spec.Strategy.Type, appsv1.RecreateDeploymentStrategyType},
		{"no budget for one pod", len(plain.budgets), 0},
		{"a budget for two", only(t, render(func(a *model.App) { a.Replicas = 2 }).budgets).Spec.MaxUnavailable.IntValue(), 1},
		{"no pods", *render(func(a *model.App) { a.Replicas = 0 }).deployments["shop"].Spec.Replicas, int32(0)},
		{"PORT", env(pod(plain).Spec.Containers[0], "PORT").Value, "8080"},
		{"APP_VERSION", env(pod(plain).Spec.Containers[0], "APP_VERSION").Value, "1.2.3"},
		{"the app's PORT wins", env(pod(render(web, func(a *model.App) {
			a.Env = map[string]model.EnvValue{"PORT": {Value: "1"}}
		})).Spec.Containers[0], "PORT").Value, "1"},
		{"DATABASE_URL", env(pod(all).Spec.Containers[0], "DATABASE_URL").ValueFrom.SecretKeyRef.Name, "shop-database"},
		{"a worker's DATABASE_URL", env(all.deployments["shop-mailer"].Spec.Template.Spec.Containers[0], "DATABASE_URL").ValueFrom.SecretKeyRef.Key, "DATABASE_URL"},
		{"a worker has no PORT", env(all.deployments["shop-mailer"].Spec.Template.Spec.Containers[0], "PORT").Name, ""},
		{"OTLP endpoint", env(pod(all).Spec.Containers[0], "OTEL_EXPORTER_OTLP_ENDPOINT").Value, "http://alloy.monitoring:4318"},
		{"OTel service", env(pod(all).Spec.Containers[0], "OTEL_SERVICE_NAME").Value, "shop"},
		{"OTel namespace", strings.Contains(env(pod(all).Spec.Containers[0], "OTEL_RESOURCE_ATTRIBUTES").Value, "k8s.namespace.name=trade,"), true},
		{"OTel version", strings.HasSuffix(env(pod(all).Spec.Containers[0], "OTEL_RESOURCE_ATTRIBUTES").Value, ",service.version=$(APP_VERSION)"), true},
		{"no OTel version of another's", strings.Contains(env(pod(render(func(a *model.App) {
			a.Traces = true
			a.Env = map[string]model.EnvValue{"APP_VERSION": {Value: "own"}}
		})).Spec.Containers[0], "OTEL_RESOURCE_ATTRIBUTES").Value, "service.version"), false},
		{"field", env(pod(all).Spec.Containers[0], "POD_NAME").ValueFrom.FieldRef.FieldPath, "metadata.name"},
		{"TCP probe", pod(plain).Spec.Containers[0].LivenessProbe.TCPSocket.Port.StrVal, "http"},
		{"live probe", pod(all).Spec.Containers[0].LivenessProbe.HTTPGet.Path, "/livez"},
		{"startup asks live", pod(all).Spec.Containers[0].StartupProbe.HTTPGet.Path, "/livez"},
		{"ready probe", pod(all).Spec.Containers[0].ReadinessProbe.HTTPGet.Path, "/readyz"},
		{"scraped", pod(all).Annotations["prometheus.io/scrape"], "true"},
		{"scraped port", pod(all).Annotations["prometheus.io/port"], "9100"},
		{"scraped path", pod(all).Annotations["prometheus.io/path"], "/prometheus"},
		{"a worker is not scraped", all.deployments["shop-mailer"].Spec.Template.Annotations["prometheus.io/scrape"], ""},
		{"issuer", only(t, plain.ingresses).Annotations["cert-manager.io/cluster-issuer"], "letsencrypt-production"},
		{"entrypoints", only(t, plain.ingresses).Annotations["traefik.ingress.kubernetes.io/router.entrypoints"], "web,websecure"},
		{"class", *only(t, plain.ingresses).Spec.IngressClassName, "traefik"},
		{"claim kept", only(t, all.claims).Annotations["helm.sh/resource-policy"], "keep"},
		{"claim class", *only(t, all.claims).Spec.StorageClassName, "longhorn"},
		{"claim size", only(t, all.claims).Spec.Resources.Requests.Storage().String(), "10Gi"},
		{"daily", only(t, all.claims).Labels["recurring-job-group.longhorn.io/backup-daily"], "enabled"},
		{"weekly", only(t, render(stored("weekly")).claims).Labels["recurring-job-group.longhorn.io/backup-weekly"], "enabled"},
		{"label source", only(t, all.claims).Labels["recurring-job.longhorn.io/source"], "enabled"},
		{"no backup", only(t, render(stored("none")).claims).Annotations["lvsgen.dev/backup"], "none"},
		{"cpu limit", pod(all).Spec.Containers[0].Resources.Limits.Cpu().String(), "2"},
		{"memory", pod(all).Spec.Containers[0].Resources.Requests.Memory().String(), "1Gi"},
		{"time zone", *all.cronJobs["shop-cleanup"].Spec.TimeZone, "Europe/London"},
		{"a cron job's restart", string(all.cronJobs["shop-cleanup"].Spec.JobTemplate.Spec.Template.Spec.RestartPolicy), "Never"},
		{"allow list", len(all.middlewares["shop-allow"]["ipAllowList"].(map[string]any)["sourceRange"].([]any)), 2},
		{"basic auth", all.middlewares["shop-auth"]["basicAuth"].(map[string]any)["secret"], any("users")},
		{"redirect", all.middlewares["shop-redirect"]["redirectScheme"].(map[string]any)["scheme"], any("https")},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

// TestTagBump changes nothing but the image and what the program is told of it.
func TestTagBump(t *testing.T) {
	a := newApp("everything", everything)
	f := files(t, terraform, a)
	before := release(t, f, a)
	f["values.yaml"] = strings.Replace(f["values.yaml"], "1.2.3", "1.2.4", 1)
	after := release(t, f, a)
	for name, d := range after.deployments {
		c := &d.Spec.Template.Spec.Containers[0]
		if !strings.HasSuffix(c.Image, ":1.2.4") || env(*c, "APP_VERSION").Value != "1.2.4" {
			t.Errorf("%s runs %s", name, c.Image)
		}
		c.Image = before.deployments[name].Spec.Template.Spec.Containers[0].Image
		for i := range c.Env {
			if c.Env[i].Name == "APP_VERSION" {
				c.Env[i].Value = "1.2.3"
			}
		}
		same(t, name, d, before.deployments[name])
	}
	same(t, "config maps", after.configMaps, before.configMaps)
	same(t, "policies", after.policies, before.policies)
	same(t, "ingresses", after.ingresses, before.ingresses)
}

// TestChartVersionIsNotRendered gives the chart another version and gets the same manifests.
func TestChartVersionIsNotRendered(t *testing.T) {
	a := newApp("everything", everything)
	f := files(t, terraform, a)
	c := loadChart(t, f)
	if !strings.HasPrefix(c.Metadata.Version, "0.1.0+") || len(c.Metadata.Version) != len("0.1.0+")+12 {
		t.Errorf("chart version %q", c.Metadata.Version)
	}
	before, err := install(c, a, f["values.yaml"])
	if err != nil {
		t.Fatal(err)
	}
	c.Metadata.Version = "9.9.9"
	after, err := install(c, a, f["values.yaml"])
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(before, after) {
		t.Error("the chart's version changes what is rendered")
	}
}

// TestOneChart: whatever an edit of an app changes, it changes no file of its chart. Flux would upgrade with the new
// chart first, and with the new values later.
func TestOneChart(t *testing.T) {
	body := func(text string) string { // without the header, which names the app
		if line, rest, ok := strings.Cut(text, "\n"); ok && tree.HasHeader([]byte(line)) {
			return rest
		}
		return text
	}
	smallest := files(t, terraform, newApp("a"))
	for _, a := range append(samples(), randoms(50)...) {
		other := files(t, terraform, a)
		for name, content := range smallest {
			if strings.HasPrefix(name, "chart/") && name != "chart/Chart.yaml" && body(other[name]) != body(content) {
				t.Errorf("%s of %s is not that of the smallest app", name, a.Name)
			}
		}
		if got, want := loadChart(t, other).Metadata.Version, loadChart(t, smallest).Metadata.Version; got != want {
			t.Errorf("the chart of %s has version %s, that of the smallest app %s", a.Name, got, want)
		}
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, err := yaml.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(g) != string(w) {
		t.Errorf("%s differ:\n%s\nwant\n%s", what, g, w)
	}
}

// TestDeterminism renders everything twice.
func TestDeterminism(t *testing.T) {
	first, second := append(samples(), randoms(50)...), append(samples(), randoms(50)...)
	for i, a := range first {
		if !maps.Equal(files(t, terraform, a), files(t, terraform, second[i])) {
			t.Errorf("%s is rendered in two ways", a.Name)
		}
	}
}

// TestFilesDoesNotChangeTheApp renders an app and finds it as it was.
func TestFilesDoesNotChangeTheApp(t *testing.T) {
	a, b := newApp("everything", everything), newApp("everything", everything)
	files(t, terraform, a)
	same(t, "apps", a, b)
}

// TestErrors has one app for each thing that no right file can be made from.
func TestErrors(t *testing.T) {
	empty := shared(model.SecretsTerraform)
	empty.Cluster.Services = nil
	tests := []struct {
		name   string
		shared *model.Shared
		change func(*model.App)
		want   string
	}{
		{"no storage class", empty, stored("daily"), "no service of the cluster names a storageClass"},
		{"no database server", empty, withDatabase, "no service of the cluster names a database server"},
		{"no traces", empty, func(a *model.App) { a.Traces = true }, "no service of the cluster names an endpoint"},
		{"unknown value", terraform, func(a *model.App) { a.Values = map[string]any{"replica": 1} }, "replica"},
		{"wrong value", terraform, func(a *model.App) { a.Values = map[string]any{"replicas": "2"} }, "/replicas"},
		{"not a number", terraform, func(a *model.App) {
			a.Objects = []model.Manifest{{"apiVersion": "v1", "kind": "X", "metadata": map[string]any{"name": "x"}, "a": func() {}}}
		}, "no YAML form"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp("shop", tt.change)
			_, err := Files(tt.shared, a)
			if err == nil {
				t.Fatal("no error")
			}
			findings, ok := errors.AsType[diag.Findings](err)
			if !ok || findings[0].File != "applications/shop/app.cue" || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func BenchmarkFiles(b *testing.B) {
	for name, a := range map[string]*model.App{
		"smallest": newApp("smallest"), "site": newApp("site", web), "everything": newApp("everything", everything),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Files(terraform, a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package dashboards

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

func rendered(t *testing.T) *Tree {
	t.Helper()
	root := os.Getenv("LVSGEN_TREE")
	if root == "" {
		root = "../.."
	}
	tree, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func datasources(t *testing.T, tree *Tree) map[string]string {
	t.Helper()
	var file Datasources
	if err := Decode(tree.Files["grafana-datasources"]["datasources.yaml"], &file); err != nil {
		t.Fatal(err)
	}
	types, err := file.Check()
	if err != nil {
		t.Fatal(err)
	}
	if types["metrics"] != "prometheus" {
		t.Fatalf("the data sources are %v: without metrics there is nothing to judge", types)
	}
	return types
}

func boards(t *testing.T, tree *Tree) map[string]*Dashboard {
	t.Helper()
	out := map[string]*Dashboard{}
	for _, name := range slices.Sorted(maps.Keys(tree.Files)) {
		if !strings.HasPrefix(name, "grafana-dashboard-") || name == "grafana-dashboard-provider" {
			continue
		}
		for file, content := range tree.Files[name] {
			board, err := DecodeDashboard([]byte(content))
			if err != nil {
				t.Errorf("%s: %s: %v", name, file, err)
				continue
			}
			if out[board.UID] != nil {
				t.Errorf("%s: %s: the uid %q exists twice", name, file, board.UID)
			}
			out[board.UID] = board
		}
	}
	return out
}

func alerts(t *testing.T, tree *Tree, file string) *Alerting {
	t.Helper()
	var out Alerting
	if err := Decode(tree.Files["grafana-alerting"][file], &out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if out.APIVersion != 1 {
		t.Errorf("%s: apiVersion is %d", file, out.APIVersion)
	}
	return &out
}

// TestDashboards judges every dashboard of the tree.
func TestDashboards(t *testing.T) {
	tree := rendered(t)
	types, all := datasources(t, tree), boards(t, tree)
	for _, uid := range []string{"node", "cluster", "flux", "apps"} {
		if all[uid] == nil {
			t.Errorf("there is no dashboard %q", uid)
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(all)) {
		if err := all[uid].Check(types); err != nil {
			t.Error(err)
		}
	}
}

// TestRules judges every alert rule of the tree.
func TestRules(t *testing.T) {
	tree := rendered(t)
	types, all := datasources(t, tree), boards(t, tree)
	uids, titles := map[string]bool{}, map[string]bool{}
	for _, group := range alerts(t, tree, "rules.yaml").Groups {
		if group.OrgID != 1 || group.Folder == "" || group.Interval != "1m" || len(group.Rules) == 0 {
			t.Errorf("group %q: organisation 1, a folder, an interval and rules are required", group.Name)
		}
		for _, rule := range group.Rules {
			if uids[rule.UID] || titles[rule.Title] {
				t.Errorf("rule %q: uid and title are unique", rule.UID)
			}
			uids[rule.UID], titles[rule.Title] = true, true
			if err := rule.Check(types, all); err != nil {
				t.Error(err)
			}
		}
	}
	for _, uid := range []string{"pod-crash-looping", "node-disk-full", "node-memory-low", "volume-nearly-full", "flux-not-ready", "app-down", "metrics-missing"} {
		if !uids[uid] {
			t.Errorf("there is no rule %q", uid)
		}
	}
}

// TestNotifications checks that every alert reaches a contact point, and that the variables in its settings are given to
// the pod from keys that the Secret has.
func TestNotifications(t *testing.T) {
	tree := rendered(t)
	file := alerts(t, tree, "notifications.yaml")
	points, uids := map[string]bool{}, map[string]bool{}
	for _, point := range file.ContactPoints {
		points[point.Name] = true
		if len(point.Receivers) == 0 {
			t.Errorf("contact point %q tells nobody", point.Name)
		}
		for _, receiver := range point.Receivers {
			required := map[string]string{"webhook": "url", "email": "addresses"}[receiver.Type]
			if uids[receiver.UID] || receiver.UID == "" || receiver.Settings[required] == "" {
				t.Errorf("contact point %q: a uid of its own and the settings of type %q are required", point.Name, receiver.Type)
			}
			uids[receiver.UID] = true
			for _, setting := range receiver.Settings {
				_, names := Expand(setting)
				for _, name := range names {
					ref := tree.Release.Spec.Values.EnvValueFrom[name].SecretKeyRef
					if !tree.Secrets[ref.Name][ref.Key] {
						t.Errorf("contact point %q: no Secret gives $%s", point.Name, name)
					}
				}
			}
		}
	}
	if len(file.Policies) != 1 {
		t.Fatalf("there are %d policies for the one organisation", len(file.Policies))
	}
	if err := file.Policies[0].Check(points); err != nil {
		t.Error(err)
	}
	heartbeat := slices.ContainsFunc(alerts(t, tree, "rules.yaml").Groups, func(g Group) bool {
		return slices.ContainsFunc(g.Rules, func(r Rule) bool { return r.Labels["heartbeat"] == "true" })
	})
	if heartbeat != points["heartbeat"] {
		t.Errorf("the rule of the heartbeat exists: %t, its contact point: %t", heartbeat, points["heartbeat"])
	}
}

// TestFilesAreMounted checks that each ConfigMap is given to the pod, at a path of its own.
func TestFilesAreMounted(t *testing.T) {
	tree := rendered(t)
	mounted, paths := map[string]bool{}, map[string]bool{}
	for _, m := range tree.Release.Spec.Values.ExtraConfigmapMounts {
		if tree.Files[m.ConfigMap] == nil || paths[m.MountPath] || !m.ReadOnly {
			t.Errorf("the mount %q has no ConfigMap, the path of another, or can be written to", m.Name)
		}
		mounted[m.ConfigMap], paths[m.MountPath] = true, true
	}
	for name := range tree.Files {
		if !mounted[name] {
			t.Errorf("the ConfigMap %q is not mounted", name)
		}
	}
}

// TestMistakesAreRefused breaks the rendered files in one place each.
func TestMistakesAreRefused(t *testing.T) {
	tree := rendered(t)
	types, all := datasources(t, tree), boards(t, tree)
	board := func(change func(*Dashboard)) func() error {
		return func() error {
			copied := clone(t, all["node"])
			change(copied)
			return copied.Check(types)
		}
	}
	rule := func(change func(*Rule)) func() error {
		return func() error {
			for _, group := range alerts(t, tree, "rules.yaml").Groups {
				for _, r := range group.Rules {
					if r.UID == "pod-crash-looping" {
						change(&r)
						return r.Check(types, all)
					}
				}
			}
			return errors.New("there is no rule to break")
		}
	}
	for name, test := range map[string]struct {
		check func() error
		want  string
	}{
		"nothing in a dashboard":   {board(func(*Dashboard) {}), ""},
		"PromQL of a panel":        {board(func(d *Dashboard) { d.Panels[1].Targets[0].Expr = "sum(rate(up[5m])" }), "unclosed left parenthesis"},
		"a function of PromQL":     {board(func(d *Dashboard) { d.Panels[1].Targets[0].Expr = "rates(up[5m])" }), "unknown function"},
		"a variable":               {board(func(d *Dashboard) { d.Panels[1].Targets[0].Expr = `up{app="$ap"}` }), "the variable $ap is not defined"},
		"the source of a panel":    {board(func(d *Dashboard) { d.Panels[1].Datasource.UID = "metric" }), "a known data source"},
		"an id":                    {board(func(d *Dashboard) { d.Panels[1].ID = d.Panels[2].ID }), "is not unique"},
		"the place of a panel":     {board(func(d *Dashboard) { d.Panels[1].GridPos.X = 22 }), "outside of the grid"},
		"the query of a variable":  {board(func(d *Dashboard) { d.Templating.List[0].Query.Query = "up" }), "two definitions"},
		"an unknown field":         {func() error { _, err := DecodeDashboard([]byte(`{"uid": "a", "panel": []}`)); return err }, `unknown field "panel"`},
		"LogQL":                    {func() error { _, err := Parse("loki", `{namespace="a" | json`, nil); return err }, "syntax error"},
		"a language without check": {func() error { _, err := Parse("tempo", "{}", nil); return err }, "no parser"},
		"nothing in a rule":        {rule(func(*Rule) {}), ""},
		"PromQL of a rule":         {rule(func(r *Rule) { r.Data[0].Model.Expr = "max by pod (up)" }), "parse error"},
		"the duration of a rule":   {rule(func(r *Rule) { r.For = "" }), "empty duration"},
		"a severity":               {rule(func(r *Rule) { delete(r.Labels, "severity") }), "the severity is"},
		"a summary":                {rule(func(r *Rule) { r.Annotations["summary"] = "" }), "summary and description"},
		"a label in a text":        {rule(func(r *Rule) { r.Annotations["summary"] = "{{ $labels.node }}" }), `the label "node"`},
		"a template":               {rule(func(r *Rule) { r.Annotations["summary"] = "{{ $labels.pod }" }), "unexpected"},
		"the dashboard of a rule":  {rule(func(r *Rule) { r.DashboardUID = "nodes" }), "there is no panel"},
		"the source of a rule":     {rule(func(r *Rule) { r.Data[0].DatasourceUID = "prometheus" }), "no parser"},
		"a field of a rule":        {func() error { return Decode("groups: [{rules: [{expr: up}]}]", &Alerting{}) }, "field expr not found"},
		"a receiver":               {func() error { return (&Route{Receiver: "a"}).Check(nil) }, "no contact point"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.check()
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want one that contains %q", err, test.want)
			}
		})
	}
}

func clone(t *testing.T, d *Dashboard) *Dashboard {
	t.Helper()
	content, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var out Dashboard
	if err := json.Unmarshal(content, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

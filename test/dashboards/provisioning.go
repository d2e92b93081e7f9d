package dashboards

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// Datasources is a file of provisioning/datasources, in the documented fields that are used.
type Datasources struct {
	APIVersion  int          `yaml:"apiVersion"`
	Prune       bool         `yaml:"prune"`
	Datasources []Datasource `yaml:"datasources"`
}

// Datasource is one store.
type Datasource struct {
	Name      string   `yaml:"name"`
	Type      string   `yaml:"type"`
	UID       string   `yaml:"uid"`
	Access    string   `yaml:"access"`
	URL       string   `yaml:"url"`
	IsDefault bool     `yaml:"isDefault"`
	JSONData  JSONData `yaml:"jsonData"`
}

// JSONData are the settings of all kinds of stores.
type JSONData struct {
	HTTPMethod     string `yaml:"httpMethod"`
	PrometheusType string `yaml:"prometheusType"`
	TimeInterval   string `yaml:"timeInterval"`
	Exemplars      []struct {
		Name          string `yaml:"name"`
		DatasourceUID string `yaml:"datasourceUid"`
	} `yaml:"exemplarTraceIdDestinations"`
	DerivedFields []struct {
		Name            string `yaml:"name"`
		URLDisplayLabel string `yaml:"urlDisplayLabel"`
		MatcherRegex    string `yaml:"matcherRegex"`
		URL             string `yaml:"url"`
		DatasourceUID   string `yaml:"datasourceUid"`
	} `yaml:"derivedFields"`
	NodeGraph struct {
		Enabled bool `yaml:"enabled"`
	} `yaml:"nodeGraph"`
	TracesToLogs *struct {
		DatasourceUID      string `yaml:"datasourceUid"`
		SpanStartTimeShift string `yaml:"spanStartTimeShift"`
		SpanEndTimeShift   string `yaml:"spanEndTimeShift"`
		CustomQuery        bool   `yaml:"customQuery"`
		Query              string `yaml:"query"`
	} `yaml:"tracesToLogsV2"`
	TracesToMetrics *struct {
		DatasourceUID      string `yaml:"datasourceUid"`
		SpanStartTimeShift string `yaml:"spanStartTimeShift"`
		SpanEndTimeShift   string `yaml:"spanEndTimeShift"`
		Tags               []struct {
			Key   string `yaml:"key"`
			Value string `yaml:"value"`
		} `yaml:"tags"`
		Queries []struct {
			Name  string `yaml:"name"`
			Query string `yaml:"query"`
		} `yaml:"queries"`
	} `yaml:"tracesToMetrics"`
}

// Alerting is a file of provisioning/alerting, in the documented fields that are used.
type Alerting struct {
	APIVersion    int            `yaml:"apiVersion"`
	Groups        []Group        `yaml:"groups"`
	ContactPoints []ContactPoint `yaml:"contactPoints"`
	Policies      []struct {
		OrgID int `yaml:"orgId"`
		Route `yaml:",inline"`
	} `yaml:"policies"`
}

// Group is a group of rules that are evaluated together.
type Group struct {
	OrgID    int    `yaml:"orgId"`
	Name     string `yaml:"name"`
	Folder   string `yaml:"folder"`
	Interval string `yaml:"interval"`
	Rules    []Rule `yaml:"rules"`
}

// Rule is one alert rule: a query A and a threshold B on it.
type Rule struct {
	UID          string            `yaml:"uid"`
	Title        string            `yaml:"title"`
	Condition    string            `yaml:"condition"`
	For          string            `yaml:"for"`
	NoDataState  string            `yaml:"noDataState"`
	ExecErrState string            `yaml:"execErrState"`
	DashboardUID string            `yaml:"dashboardUid"`
	PanelID      int               `yaml:"panelId"`
	Annotations  map[string]string `yaml:"annotations"`
	Labels       map[string]string `yaml:"labels"`
	Data         []struct {
		RefID             string `yaml:"refId"`
		RelativeTimeRange struct {
			From int `yaml:"from"`
			To   int `yaml:"to"`
		} `yaml:"relativeTimeRange"`
		DatasourceUID string `yaml:"datasourceUid"`
		Model         struct {
			RefID         string `yaml:"refId"`
			Expr          string `yaml:"expr"`
			Instant       bool   `yaml:"instant"`
			Range         bool   `yaml:"range"`
			IntervalMS    int    `yaml:"intervalMs"`
			MaxDataPoints int    `yaml:"maxDataPoints"`
			Type          string `yaml:"type"`
			Expression    string `yaml:"expression"`
			Conditions    []struct {
				Evaluator struct {
					Type   string    `yaml:"type"`
					Params []float64 `yaml:"params"`
				} `yaml:"evaluator"`
			} `yaml:"conditions"`
		} `yaml:"model"`
	} `yaml:"data"`
}

// ContactPoint is a named list of ways to tell somebody.
type ContactPoint struct {
	OrgID     int    `yaml:"orgId"`
	Name      string `yaml:"name"`
	Receivers []struct {
		UID                   string            `yaml:"uid"`
		Type                  string            `yaml:"type"`
		Settings              map[string]string `yaml:"settings"`
		DisableResolveMessage bool              `yaml:"disableResolveMessage"`
	} `yaml:"receivers"`
}

// Route says which alerts go to which contact point.
type Route struct {
	Receiver       string      `yaml:"receiver"`
	GroupBy        []string    `yaml:"group_by"`
	GroupWait      string      `yaml:"group_wait"`
	GroupInterval  string      `yaml:"group_interval"`
	RepeatInterval string      `yaml:"repeat_interval"`
	ObjectMatchers [][3]string `yaml:"object_matchers"`
	Routes         []Route     `yaml:"routes"`
}

// Decode reads a provisioning file strictly.
func Decode(content string, into any) error {
	decoder := yaml.NewDecoder(strings.NewReader(content))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}

// Check judges the data sources and gives their types by uid.
func (f *Datasources) Check() (map[string]string, error) {
	types := map[string]string{}
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if f.APIVersion != 1 {
		fail("apiVersion is %d", f.APIVersion)
	}
	for _, d := range f.Datasources {
		if d.UID == "" || types[d.UID] != "" || d.URL == "" || d.Access != "proxy" {
			fail("data source %q: a uid of its own, a URL and access \"proxy\" are required", d.Name)
		}
		types[d.UID] = d.Type
	}
	for _, d := range f.Datasources {
		if err := d.JSONData.check(types); err != nil {
			fail("data source %q: %w", d.Name, err)
		}
	}
	return types, errors.Join(errs...)
}

func (j *JSONData) check(types map[string]string) error {
	for _, e := range j.Exemplars {
		if types[e.DatasourceUID] != "tempo" {
			return fmt.Errorf("exemplars lead to %q", e.DatasourceUID)
		}
	}
	for _, f := range j.DerivedFields {
		pattern, err := regexp.Compile(f.MatcherRegex)
		if err != nil || pattern.NumSubexp() != 1 || types[f.DatasourceUID] != "tempo" {
			return fmt.Errorf("the derived field %q does not lead to traces: %w", f.Name, err)
		}
		if url, names := Expand(f.URL); url != "${__value.raw}" || len(names) > 0 {
			return fmt.Errorf("the derived field %q becomes %q", f.Name, url)
		}
	}
	if t := j.TracesToLogs; t != nil {
		query, names := Expand(t.Query)
		if _, err := Parse(types[t.DatasourceUID], query, nil); err != nil || len(names) > 0 || types[t.DatasourceUID] != "loki" {
			return fmt.Errorf("traces to logs: %s: %w", query, err)
		}
	}
	if t := j.TracesToMetrics; t != nil {
		for _, q := range t.Queries {
			query, names := Expand(q.Query)
			if _, err := Parse(types[t.DatasourceUID], query, nil); err != nil || len(names) > 0 {
				return fmt.Errorf("traces to metrics: %s: %w", query, err)
			}
		}
	}
	return nil
}

// Check judges a rule against the data sources and the dashboards.
func (r *Rule) Check(types map[string]string, boards map[string]*Dashboard) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf("rule "+r.UID+": "+format, args...)) }
	if _, err := model.ParseDuration(r.For); err != nil {
		fail("for: %w", err)
	}
	if r.UID == "" || r.Title == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
		fail("uid, title, summary and description are required")
	}
	switch r.Labels["severity"] {
	case "critical", "warning", "info", "none":
	default:
		fail("the severity is %q", r.Labels["severity"])
	}
	if r.NoDataState != "OK" && r.NoDataState != "Alerting" || r.ExecErrState != "OK" && r.ExecErrState != "Alerting" && r.ExecErrState != "KeepLast" {
		fail("the states without data and after an error are %q and %q", r.NoDataState, r.ExecErrState)
	}
	if r.DashboardUID != "" && !boards[r.DashboardUID].has(r.PanelID) {
		fail("there is no panel %d of a dashboard %q", r.PanelID, r.DashboardUID)
	}
	if len(r.Data) != 2 || r.Data[0].RefID != "A" || r.Data[1].RefID != "B" || r.Condition != "B" {
		fail("a query A and a condition B are required")
		return errors.Join(errs...)
	}
	query, threshold := r.Data[0], r.Data[1]
	labels, err := Parse(types[query.DatasourceUID], query.Model.Expr, nil)
	if err != nil || !query.Model.Instant || query.Model.RefID != "A" {
		fail("%s: %w", query.Model.Expr, err)
	}
	m := threshold.Model
	if threshold.DatasourceUID != "__expr__" || m.RefID != "B" || m.Type != "threshold" || m.Expression != "A" || len(m.Conditions) != 1 {
		fail("B is no threshold on A")
	} else if e := m.Conditions[0].Evaluator; e.Type != "gt" && e.Type != "lt" || len(e.Params) != 1 {
		fail("the threshold compares with %q %v", e.Type, e.Params)
	}
	for name, text := range r.Annotations {
		if err := annotation(text, labels); err != nil {
			fail("%s: %w", name, err)
		}
	}
	return errors.Join(errs...)
}

func (d *Dashboard) has(panel int) bool {
	if d == nil {
		return false
	}
	for _, p := range d.Panels {
		if p.ID == panel && p.Type != "row" {
			return true
		}
	}
	return false
}

// Check judges a route and those below it.
func (r *Route) Check(points map[string]bool) error {
	var errs []error
	if !points[r.Receiver] {
		errs = append(errs, fmt.Errorf("there is no contact point %q", r.Receiver))
	}
	for _, d := range []string{r.GroupWait, r.GroupInterval, r.RepeatInterval} {
		if _, err := model.ParseDuration(d); err != nil {
			errs = append(errs, err)
		}
	}
	for _, m := range r.ObjectMatchers {
		if m[0] == "" || m[1] != "=" && m[1] != "!=" && m[1] != "=~" && m[1] != "!~" {
			errs = append(errs, fmt.Errorf("matcher %v", m))
		}
	}
	for _, below := range r.Routes {
		if len(below.ObjectMatchers) == 0 {
			errs = append(errs, fmt.Errorf("the route to %q takes everything", below.Receiver))
		}
		errs = append(errs, below.Check(points))
	}
	return errors.Join(errs...)
}

var labelValuesQuery = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// labelValues checks the query of a variable.
func labelValues(v Variable) error {
	match := labelValuesQuery.FindStringSubmatch(v.Query.Query)
	if match == nil || v.Type != "query" {
		return fmt.Errorf("%q is no label_values(series, label)", v.Query.Query)
	}
	_, err := Parse(v.Datasource.Type, match[1], nil)
	return err
}

package dashboards

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Dashboard is the part of Grafana's dashboard schema (v1, schemaVersion 42) that these dashboards use. Decoding is
// strict: a field that is not here is a mistake, or has to be looked up and added.
type Dashboard struct {
	UID           string   `json:"uid"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	Tags          []string `json:"tags"`
	SchemaVersion int      `json:"schemaVersion"`
	Version       int      `json:"version"`
	Editable      bool     `json:"editable"`
	GraphTooltip  int      `json:"graphTooltip"`
	Timezone      string   `json:"timezone"`
	Refresh       string   `json:"refresh"`
	Time          struct {
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"time"`
	Annotations struct {
		List []struct{} `json:"list"`
	} `json:"annotations"`
	Links      []struct{} `json:"links"`
	Templating struct {
		List []Variable `json:"list"`
	} `json:"templating"`
	Panels []Panel `json:"panels"`
}

// Ref names a data source.
type Ref struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// Variable is a choice at the top of a dashboard.
type Variable struct {
	Name       string `json:"name"`
	Label      string `json:"label"`
	Type       string `json:"type"`
	Datasource Ref    `json:"datasource"`
	Definition string `json:"definition"`
	Query      struct {
		Query string `json:"query"`
		RefID string `json:"refId"`
	} `json:"query"`
	Refresh    int  `json:"refresh"`
	Sort       int  `json:"sort"`
	Multi      bool `json:"multi"`
	IncludeAll bool `json:"includeAll"`
	Hide       int  `json:"hide"`
}

// Panel is one panel, or the head of a row.
type Panel struct {
	ID         int      `json:"id"`
	Type       string   `json:"type"`
	Title      string   `json:"title"`
	Collapsed  *bool    `json:"collapsed"`
	Panels     []Panel  `json:"panels"`
	Datasource *Ref     `json:"datasource"`
	Targets    []Target `json:"targets"`
	GridPos    struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	} `json:"gridPos"`
	FieldConfig *struct {
		Defaults  Field `json:"defaults"`
		Overrides []struct {
			Matcher struct {
				ID      string `json:"id"`
				Options string `json:"options"`
			} `json:"matcher"`
			Properties []struct {
				ID    string `json:"id"`
				Value any    `json:"value"`
			} `json:"properties"`
		} `json:"overrides"`
	} `json:"fieldConfig"`
	Options         *Options         `json:"options"`
	Transformations []Transformation `json:"transformations"`
}

// Field is how values are shown.
type Field struct {
	Unit       string   `json:"unit"`
	Min        *float64 `json:"min"`
	Max        *float64 `json:"max"`
	Thresholds *struct {
		Mode  string `json:"mode"`
		Steps []struct {
			Value *float64 `json:"value"`
			Color string   `json:"color"`
		} `json:"steps"`
	} `json:"thresholds"`
	Custom *struct {
		FillOpacity int    `json:"fillOpacity"`
		ShowPoints  string `json:"showPoints"`
		Stacking    struct {
			Mode string `json:"mode"`
		} `json:"stacking"`
	} `json:"custom"`
}

// Options are those of all kinds of panels.
type Options struct {
	Legend *struct {
		DisplayMode string `json:"displayMode"`
		Placement   string `json:"placement"`
		ShowLegend  bool   `json:"showLegend"`
	} `json:"legend"`
	Tooltip *struct {
		Mode string `json:"mode"`
		Sort string `json:"sort"`
	} `json:"tooltip"`
	ReduceOptions *struct {
		Calcs  []string `json:"calcs"`
		Fields string   `json:"fields"`
		Values bool     `json:"values"`
	} `json:"reduceOptions"`
	ColorMode        string `json:"colorMode"`
	GraphMode        string `json:"graphMode"`
	CellHeight       string `json:"cellHeight"`
	ShowHeader       bool   `json:"showHeader"`
	ShowTime         bool   `json:"showTime"`
	WrapLogMessage   bool   `json:"wrapLogMessage"`
	SortOrder        string `json:"sortOrder"`
	EnableLogDetails bool   `json:"enableLogDetails"`
}

// Transformation changes a table before it is shown.
type Transformation struct {
	ID      string `json:"id"`
	Options struct {
		Include *struct {
			Names []string `json:"names"`
		} `json:"include"`
		RenameByName map[string]string `json:"renameByName"`
	} `json:"options"`
}

// Target is one query.
type Target struct {
	RefID        string `json:"refId"`
	Datasource   Ref    `json:"datasource"`
	Expr         string `json:"expr"`
	LegendFormat string `json:"legendFormat"`
	Format       string `json:"format"`
	Instant      bool   `json:"instant"`
	Range        bool   `json:"range"`
	Exemplar     bool   `json:"exemplar"`
}

// DecodeDashboard reads one file.
func DecodeDashboard(content []byte) (*Dashboard, error) {
	var d Dashboard
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, err
	}
	return &d, nil
}

// Check judges a dashboard by itself and against the data sources, whose types are given by uid.
func (d *Dashboard) Check(datasources map[string]string) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(d.UID+": "+format, args...)) }
	if d.UID == "" || d.Title == "" || d.SchemaVersion != 42 || d.Editable {
		fail("uid, title, schemaVersion 42 and editable false are required")
	}
	known := func(ref Ref) bool { return ref.Type != "" && datasources[ref.UID] == ref.Type }
	variables := map[string]bool{}
	for _, v := range d.Templating.List {
		if variables[v.Name] || !known(v.Datasource) || v.Definition != v.Query.Query {
			fail("the variable %q exists twice, names no data source, or has two definitions", v.Name)
		}
		if err := labelValues(v); err != nil {
			fail("variable %q: %w", v.Name, err)
		}
		variables[v.Name] = true
	}
	ids := map[int]bool{}
	cells := map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 {
			fail("panel %q: the id %d is not unique", p.Title, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := cells[[2]int{x, y}]; other != "" || x < 0 || x >= 24 {
					fail("panel %q lies over %q or outside of the grid", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
		if err := p.check(known, variables); err != nil {
			fail("panel %q: %w", p.Title, err)
		}
	}
	return errors.Join(errs...)
}

func (p *Panel) check(known func(Ref) bool, variables map[string]bool) error {
	if p.Type == "row" {
		if len(p.Targets)+len(p.Panels) > 0 {
			return errors.New("an open row holds nothing itself")
		}
		return nil
	}
	want := map[string]string{"timeseries": "prometheus", "stat": "prometheus", "table": "prometheus", "logs": "loki"}[p.Type]
	if want == "" {
		return fmt.Errorf("unknown type %q", p.Type)
	}
	if p.Title == "" || p.Datasource == nil || !known(*p.Datasource) || p.Datasource.Type != want || len(p.Targets) == 0 || p.GridPos.W < 3 || p.GridPos.H < 3 {
		return errors.New("a title, a known data source of the panel's type, a query and room are required")
	}
	refs := map[string]bool{}
	for _, t := range p.Targets {
		if t.RefID == "" || refs[t.RefID] || t.Datasource != *p.Datasource {
			return fmt.Errorf("query %q: refIds are unique, and the data source is the panel's", t.RefID)
		}
		refs[t.RefID] = true
		if _, err := Parse(t.Datasource.Type, t.Expr, variables); err != nil {
			return fmt.Errorf("%s: %w", t.Expr, err)
		}
	}
	return nil
}

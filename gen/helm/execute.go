package helm

import (
	"errors"
	"path"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/helm/engine"
)

// MaxSteps bounds all renderings of a run together, in the steps of package engine. A chart of an app takes some 2,000.
const MaxSteps = 100_000_000

// execute renders the templates of a chart and of those in it.
func (c *Charts) execute(dir string, used *chart.Chart, values chartutil.Values) (map[string]string, *diag.Finding) {
	var templates []engine.Template
	gatherTemplates(used, values, &templates)
	budget := engine.NewBudget()
	budget.Steps = min(budget.Steps, c.left())
	rendered, err := engine.Render(templates, budget)
	c.spend(budget.Spent())
	var over *engine.Exceeded
	switch {
	case errors.As(err, &over):
		f := diag.Errorf(RuleRender, diag.Position{File: path.Join(dir, "templates")}, "the chart is not rendered to its end: %v", over).
			WithHint("look for loops and recursion that never end, and for texts that are repeated")
		return nil, &f
	case err != nil:
		f := c.templateError(dir, used.Name(), err)
		return nil, &f
	}
	return rendered, nil
}

// gatherTemplates lists the templates of a chart with what they see, which depends on where it lies (Helm's pkg/engine,
// recAllTpls).
func gatherTemplates(c *chart.Chart, above chartutil.Values, out *[]engine.Template) map[string]any {
	below := map[string]any{}
	files := engine.Files{}
	for _, f := range c.Files {
		files[f.Name] = f.Data
	}
	metadata := struct {
		chart.Metadata
		IsRoot bool
	}{*c.Metadata, c.IsRoot()}
	scope := map[string]any{
		"Chart": metadata, "Files": files, "Release": above["Release"], "Capabilities": above["Capabilities"],
		"Values": make(chartutil.Values), "Subcharts": below,
	}
	if c.IsRoot() {
		scope["Values"] = above["Values"]
	} else if own, err := above.Table("Values." + c.Name()); err == nil {
		scope["Values"] = own
	}
	for _, sub := range c.Dependencies() {
		below[sub.Name()] = gatherTemplates(sub, scope, out)
	}
	for _, t := range c.Templates {
		library := strings.EqualFold(c.Metadata.Type, "library")
		if t == nil || library && !strings.HasPrefix(path.Base(t.Name), "_") {
			continue
		}
		*out = append(*out, engine.Template{
			Name: path.Join(c.ChartFullPath(), t.Name), Text: string(t.Data), Scope: scope, BasePath: path.Join(c.ChartFullPath(), "templates"),
		})
	}
	return scope
}

func (c *Charts) left() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return MaxSteps - c.steps
}

func (c *Charts) spend(steps int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps += steps
}

// Package engine renders the templates of a chart as Helm's own engine does, within a budget: a chart of a foreign
// repository may loop, and Helm's engine cannot be stopped. Nothing that a template calls reaches the network, the
// environment or a cluster.
package engine

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"
)

// Template is one file of a chart, or of a chart inside it.
type Template struct {
	// Name begins with the names of the charts above, as in "shop/charts/db/templates/service.yaml".
	Name, Text string
	// Scope is what the template sees as "."; those of one chart share it.
	Scope map[string]any
	// BasePath is the folder "templates" of its chart.
	BasePath string
}

// MaxTemplateSize is the largest file, in bytes, that is read as a template: far more than what a release may hold, which
// Helm stores in a Secret of at most 1 MiB.
const MaxTemplateSize = 4 << 20

// Render executes the templates and gives their outputs by name. Its errors have the form of Helm's. When the budget did
// not suffice, the error is an *Exceeded.
func Render(templates []Template, budget *Budget) (rendered map[string]string, err error) {
	defer budget.attach(templates)()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("rendering template failed: %v", r)
		}
		if over := budget.over; over != nil {
			err = over
		}
	}()
	run := &rendering{budget: budget, counted: map[any]bool{}}
	root := template.New("gotpl").Option("missingkey=zero")
	run.functions(root)
	templates = sorted(templates)
	for i := range templates {
		t := &templates[i]
		if len(t.Text) > MaxTemplateSize {
			return nil, budget.exceed("template %q has more than %d MiB", t.Name, MaxTemplateSize>>20)
		}
		if _, err := parseText(root.New(t.Name), t.Text); err != nil {
			return nil, parseError(t.Name, err)
		}
	}
	run.count(root)
	rendered = map[string]string{}
	for i := range templates {
		t := &templates[i]
		if strings.HasPrefix(path.Base(t.Name), "_") {
			continue
		}
		t.Scope["Template"] = map[string]any{"Name": t.Name, "BasePath": t.BasePath}
		out := &output{budget: budget}
		if err := root.ExecuteTemplate(out, t.Name, t.Scope); err != nil {
			return nil, executionError(t.Name, err)
		}
		rendered[t.Name] = withoutNoValue(out.String())
	}
	return rendered, nil
}

// withoutNoValue takes out what text/template writes for a field that is not there.
func withoutNoValue(s string) string { return strings.ReplaceAll(s, "<no value>", "") }

// sorted puts templates deep inside first, so that what a chart defines wins over the charts in it.
func sorted(templates []Template) []Template {
	out := slices.Clone(templates)
	slices.SortFunc(out, func(a, b Template) int {
		if n := strings.Count(b.Name, "/") - strings.Count(a.Name, "/"); n != 0 {
			return n
		}
		return strings.Compare(b.Name, a.Name)
	})
	return out
}

// output collects what a template writes.
type output struct {
	strings.Builder
	budget *Budget
}

func (o *output) Write(p []byte) (int, error) {
	if err := o.budget.text(len(p)); err != nil {
		return 0, err
	}
	return o.Builder.Write(p)
}

func parseError(name string, err error) error {
	parts := strings.Split(err.Error(), ": ")
	if len(parts) == 1 {
		return fmt.Errorf("parse error in (%s): %s", name, err)
	}
	return fmt.Errorf("parse error at (%s): %s", parts[1], parts[len(parts)-1])
}

// told is what a chart says by "fail" or "required".
type told struct{ message string }

func (t told) Error() string { return t.message }

func executionError(name string, err error) error {
	var exec template.ExecError
	if !errors.As(err, &exec) {
		return err
	}
	parts := strings.SplitN(err.Error(), ": ", 3)
	if len(parts) != 3 {
		return fmt.Errorf("execution error in (%s): %s", name, err)
	}
	if t := (told{}); errors.As(err, &t) {
		return fmt.Errorf("execution error at (%s): %s", parts[1], t.message)
	}
	return err
}

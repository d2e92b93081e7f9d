package simulate

import (
	"path"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// locator gives the place of a value of a release: in its inline values, in what valuesFrom names, in its values files, or
// in the chart's own values. Of a value that is nowhere it is the place of the nearest part above it.
func (s *simulation) locator(o *world.Object, r *release, dir string) func(at []any) diag.Position {
	return func(at []any) diag.Position {
		for {
			if p, ok := s.written(o, r, dir, at); ok || len(at) == 0 {
				return p
			}
			at = at[:len(at)-1]
		}
	}
}

func (s *simulation) written(o *world.Object, r *release, dir string, at []any) (diag.Position, bool) {
	if o.Doc != nil && o.Map("spec", "values") != nil {
		inline := append([]any{"spec", "values"}, at...)
		if _, ok := o.Doc.Lookup(inline...); ok && len(at) > 0 {
			return place(o.Doc, inline), true
		}
	}
	for i := len(r.ValuesFrom) - 1; i >= 0; i-- {
		if p, ok := s.writtenIn(o, &r.ValuesFrom[i], at); ok {
			return p, true
		}
	}
	if dir == "" || vendored.Archive(dir) {
		return o.Position("spec"), false // the chart is elsewhere
	}
	files := []string{path.Join(dir, "values.yaml")}
	if len(r.Chart.Spec.ValuesFiles) > 0 {
		files = r.Chart.Spec.ValuesFiles
	}
	for i := len(files) - 1; i >= 0; i-- {
		if p, ok := s.inFile(path.Clean(files[i]), at); ok {
			return p, true
		}
	}
	return o.Position("spec"), false
}

// writtenIn looks into a ConfigMap: in the file that it was generated from, or else in itself.
func (s *simulation) writtenIn(o *world.Object, ref *valueReference, at []any) (diag.Position, bool) {
	from := s.world.Find("", ref.Kind, o.Namespace, ref.Name)
	if from == nil || ref.TargetPath != "" || from.Kind == "Secret" {
		return diag.Position{}, false
	}
	text := from.Text("data", ref.key())
	if file := s.generatedFrom(from, text); file != "" {
		return s.inFile(file, at)
	}
	docs, _ := yamlfile.Parse("", []byte(text))
	for _, doc := range docs {
		if _, ok := doc.Lookup(at...); ok && len(at) > 0 {
			return from.Position("data", ref.key()), true
		}
	}
	return diag.Position{}, false
}

// generatedFrom is the file that a generated object took a text from; "" when there is none.
func (s *simulation) generatedFrom(from *world.Object, text string) string {
	if from.Owner == nil || text == "" {
		return ""
	}
	for _, file := range from.Owner.Files {
		if content, err := s.tree.Read(file); err == nil && string(content) == text && path.Base(file) != "kustomization.yaml" {
			return file
		}
	}
	return ""
}

func (s *simulation) inFile(file string, at []any) (diag.Position, bool) {
	docs, _ := s.docs.Documents(file)
	for _, doc := range docs {
		if _, ok := doc.Lookup(at...); ok {
			if len(at) == 0 {
				return diag.Position{File: file, Line: 1}, true
			}
			return place(doc, at), true
		}
	}
	return diag.Position{}, false
}

// place is the key of a value, which is where its name is.
func place(doc *yamlfile.Document, at []any) diag.Position {
	if _, isKey := at[len(at)-1].(string); isKey {
		return doc.Key(at...)
	}
	return doc.Position(at...)
}

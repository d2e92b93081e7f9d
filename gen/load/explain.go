package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// explain turns the errors of the evaluations into one finding per mistake. What can be seen in the user's own text is
// judged against the schema first: CUE reports it several times, in the schema's words, or hides it behind another
// error. What is left of CUE's errors is then said as it is, at the user's line.
func (s *sources) explain(errs []error) (found diag.Findings) {
	defer func() {
		if p := recover(); p != nil { // CUE has panics, on hostile input
			found = diag.Findings{diag.Errorf(ruleEvaluate, errorPosition(errs[0], "cloud.cue"), "%s", firstLine(errs[0])).
				WithHint("CUE could not say more: %v", p)}
		}
	}()
	root, err := s.schemaShape()
	if err != nil {
		return diag.Findings{diag.Errorf(ruleEvaluate, diag.Position{File: s.schemaDir}, "the schema itself does not evaluate: %s", firstLine(err))}
	}
	j := newJudge(s)
	j.inputs(root)
	e := &explainer{judge: j, root: root, rest: map[string]diag.Finding{}}
	for _, err := range errs {
		for _, one := range errors.Errors(err) {
			e.explain(one)
		}
	}
	findings := slices.Concat(j.findings, e.findings())
	for i := range findings {
		if findings[i].File == "" { // nothing that the user wrote is to blame alone
			findings[i].File = "cloud.cue"
		}
	}
	return findings
}

// explainer says what the judge could not see: conflicts, missing fields, references, imports.
type explainer struct {
	*judge
	root *shape
	// rest are findings by path, so that an error at a part silences the one at the whole.
	rest map[string]diag.Finding
}

func (e *explainer) explain(err errors.Error) {
	path := unquoted(err.Path())
	f := e.finding(err, path)
	if f.Rule != ruleReference && e.isCovered(path) {
		return
	}
	key := pathKey(path)
	if len(path) == 0 || f.Rule == ruleReference {
		key = fmt.Sprintf("\x01%s %s", f.Position, f.Message)
	}
	if first, ok := e.rest[key]; ok && !better(f, first) {
		return
	}
	e.rest[key] = f
}

// better prefers, of two findings about one path, the one that knows the user's line, then the less noisy one.
func better(f, than diag.Finding) bool {
	if (f.File != "") != (than.File != "") {
		return f.File != ""
	}
	return f.Rule != ruleEvaluate && than.Rule == ruleEvaluate
}

func (e *explainer) findings() diag.Findings {
	var out diag.Findings
	for _, key := range slices.Sorted(maps.Keys(e.rest)) {
		if e.explainedBelow(key) {
			continue
		}
		out = append(out, e.rest[key])
	}
	return out
}

// explainedBelow tells whether another finding is about a part of the same value.
func (e *explainer) explainedBelow(key string) bool {
	for other := range e.rest {
		if key != "" && strings.HasPrefix(other, key+"\x00") {
			return true
		}
	}
	return false
}

// finding says one error of CUE.
func (e *explainer) finding(err errors.Error, path []string) diag.Finding {
	format, args := err.Msg()
	message := fmt.Sprintf(format, args...)
	if format == "import failed" {
		message = strings.ReplaceAll(err.Error(), "import failed: ", "") // the cause is wrapped, once per importing package
	}
	if f, ok := e.missing(path); ok {
		return f
	}
	at, related := e.positions(err, path)
	switch {
	case strings.Contains(format, "import"), strings.Contains(format, "package"):
		return diag.Errorf(ruleImport, at, "%s", message).
			WithHint("lvsgen downloads nothing: import the schema, CUE's own packages, packages of this module or what is vendored in cue.mod/pkg")
	case strings.Contains(format, "not found"), strings.Contains(format, "undefined field"):
		return diag.Errorf(ruleReference, at, "%s", message).
			WithHint("the name must be a field of this struct, of one around it, or of the package at the top level of another input")
	case strings.Contains(format, "not allowed"):
		return diag.Errorf(ruleUnknown, at, "%s: the field is not known to the schema", pathText(path))
	}
	if sh := e.root.walk(path); sh != nil && sh.words() != "" && contains(format, "empty disjunction", "out of bound", "mismatched types", "conflicting values") {
		f := diag.Errorf(ruleValue, at, "%s must be %s", pathText(path), sh.words())
		if strings.HasPrefix(format, "invalid value %") && len(args) > 0 {
			f.Message = fmt.Sprintf("%s is %v, but must be %s", pathText(path), args[0], sh.words())
		}
		if strings.Contains(format, "conflicting values") {
			f.Message = fmt.Sprintf("%s: %s", pathText(path), message)
		}
		return relate(f, related, e.sources.schemaDir)
	}
	if contains(format, "incomplete", "non-concrete") {
		f := diag.Errorf(ruleMissing, at, "%s has no value yet: %s", pathText(path), message)
		if sh := e.root.walk(path); sh != nil {
			f = f.WithHint("write %s", sh.words())
		}
		return relate(f, related, e.sources.schemaDir)
	}
	text := message
	if len(path) > 0 {
		text = pathText(path) + ": " + message
	}
	return relate(diag.Errorf(ruleEvaluate, at, "%s", text), related, e.sources.schemaDir)
}

// missing says that a required field is not there.
func (e *explainer) missing(path []string) (diag.Finding, bool) {
	if len(path) == 0 {
		return diag.Finding{}, false
	}
	sh := e.root.walk(path[:len(path)-1])
	if sh == nil {
		return diag.Finding{}, false
	}
	sh.expand()
	if !slices.Contains(sh.required, path[len(path)-1]) {
		return diag.Finding{}, false
	}
	if _, depth := e.sources.find(path); depth == len(path) {
		return diag.Finding{}, false
	}
	return e.sources.missingField(sh, path), true
}

// positions divides the places of an error into the user's line and the others: more of the user's, then the schema's.
func (e *explainer) positions(err error, path []string) (at diag.Position, related []diag.Position) {
	var own []diag.Position
	for _, p := range errors.Positions(err) {
		place := position(p)
		switch {
		case place.File == "":
		case !isInput(place.File, e.sources.schemaDir):
			related = append(related, place)
		default:
			own = append(own, place)
		}
	}
	if place, depth := e.sources.find(path); depth == len(path) && depth > 0 || depth > 0 && len(own) == 0 {
		at = place
	} else if len(own) > 0 {
		at = own[0]
	}
	for _, place := range own {
		if place != at {
			related = append(related, place)
		}
	}
	return at, related
}

// contains tells whether the text has one of the parts. It is asked of CUE's formats, never of what was filled in: that
// holds the user's values.
func contains(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// relate adds the other places that an error of CUE names.
func relate(f diag.Finding, places []diag.Position, schemaDir string) diag.Finding {
	for _, p := range places {
		what := "the other value"
		if !isInput(p.File, schemaDir) {
			what = "the schema"
		}
		f = f.WithRelated(p, "%s", what)
	}
	return f
}

func isInput(name, schemaDir string) bool {
	return !strings.HasPrefix(name, schemaDir+"/")
}

// unquoted takes the quotes off the elements of a CUE path.
func unquoted(path []string) []string {
	out := make([]string, len(path))
	for i, p := range path {
		out[i] = p
		if s, err := literal.Unquote(p); err == nil {
			out[i] = s
		}
	}
	return out
}

// pathText writes a path as CUE would, quoting only what must be.
func pathText(path []string) string {
	var b strings.Builder
	for i, name := range path {
		if i > 0 {
			b.WriteByte('.')
		}
		if ast.StringLabelNeedsQuoting(name) && !isIndex(name) {
			fmt.Fprintf(&b, "%q", name)
		} else {
			b.WriteString(name)
		}
	}
	return b.String()
}

func isIndex(name string) bool {
	return name != "" && strings.Trim(name, "0123456789") == ""
}

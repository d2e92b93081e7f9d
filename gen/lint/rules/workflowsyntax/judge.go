package workflowsyntax

import (
	"bytes"
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

func sorted(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// local is the path of a workflow that lies in this repository.
func local(uses string) (string, bool) {
	name, ok := strings.CutPrefix(uses, "./")
	return name, ok && !strings.Contains(uses, "${{")
}

// judge gives what GitHub refuses in a workflow that is YAML.
func judge(name string, content []byte, docs []*yamlfile.Document) (out diag.Findings) {
	if len(docs) != 1 {
		return diag.Findings{diag.Errorf("", diag.Position{File: name, Line: 1}, "a workflow is one document, this file has %d", len(docs)).
			WithHint("write one file a workflow")}
	}
	// The library may stop at what no person writes, such as a number that is NaN. Nothing is known of the file then.
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	lines := bytes.Split(content, []byte("\n"))
	workflow, problems := actionlint.Parse(content)
	slices.SortStableFunc(problems, compare)
	problems = slices.DeleteFunc(problems, func(e *actionlint.Error) bool { return !refused(e) })
	for _, e := range problems {
		if !follows(e, problems) {
			out = append(out, finding(name, lines, e))
		}
	}
	if workflow == nil || len(out) > 0 {
		return out // what follows from it is no second mistake
	}
	out = append(out, expressions(docs[0])...)
	out = append(out, needs(name, workflow)...)
	broken := len(out) > 0
	for _, e := range rules(workflow) {
		switch {
		case refused(e) && (!broken || e.Kind != "expression"):
			out = append(out, finding(name, lines, e))
		case empty(e, lines):
			f := finding(name, lines, e)
			f.Severity = diag.Warning
			f.Message = "this is always empty: " + f.Message
			f.Hint = "add the job to needs, or give the step that id"
			out = append(out, f)
		}
	}
	return out
}

// rules runs those of actionlint that read nothing but the workflow.
func rules(workflow *actionlint.Workflow) []*actionlint.Error {
	all := []actionlint.Rule{
		actionlint.NewRuleID(),
		actionlint.NewRuleEvents(),
		actionlint.NewRuleExpression(actionlint.NewLocalActionsCache(nil, nil), actionlint.NewLocalReusableWorkflowCache(nil, "", nil)),
	}
	visitor := actionlint.NewVisitor()
	for _, rule := range all {
		visitor.AddPass(rule)
	}
	if err := visitor.Visit(workflow); err != nil {
		return nil
	}
	var out []*actionlint.Error
	for _, rule := range all {
		out = append(out, rule.Errs()...)
	}
	slices.SortStableFunc(out, compare)
	return out
}

func compare(a, b *actionlint.Error) int {
	return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
}

// certain are the messages of actionlint about what GitHub surely refuses, by the kind of its check. Others are advice, or
// depend on what GitHub has added since.
var certain = map[string]*regexp.Regexp{
	"syntax-check": regexp.MustCompile(`^unexpected key |but mapping node is expected|must be sequence node|^expected scalar node|^expected bool value but found (mapping|sequence)|` +
		`merge key|is duplicated in |^invalid value .* for input type|^input type of workflow_dispatch|is missing|section value is expected|^unexpected (mapping|sequence) node|` +
		`must be configured with mapping|must be specified in|^step must run|^recursive alias|^workflow is empty|^when a reusable workflow|^"(runs-on|steps|on)" section`),
	"id":         regexp.MustCompile(`^step ID .* duplicates|^invalid (job|step) ID`),
	"events":     regexp.MustCompile(`^invalid CRON|filters cannot be used for the same event|^unknown Webhook event|but "options" is not set`),
	"expression": regexp.MustCompile(`^undefined (variable|function) |^context ".*" is not allowed here|^calling function .* is not allowed here|^number of arguments is wrong|^unexpected |^got unexpected|^parser did not reach`),
}

func refused(e *actionlint.Error) bool {
	allowed := certain[e.Kind]
	if allowed == nil || !allowed.MatchString(e.Message) || strings.Contains(e.Message, "should not be empty") {
		return false
	}
	if name, unknown := strings.CutPrefix(e.Message, "unknown Webhook event "); unknown {
		// GitHub adds events: only a name that is nearly that of one is surely wrong.
		return event(name) != ""
	}
	return true
}

// follows tells whether something is missing because its key is misspelt or of a wrong form, which is said already.
func follows(e *actionlint.Error, problems []*actionlint.Error) bool {
	return absent.MatchString(e.Message) && slices.ContainsFunc(problems, func(o *actionlint.Error) bool { return !absent.MatchString(o.Message) })
}

// event is the known event that the name in a message was probably meant to be.
func event(message string) string {
	if m := firstQuoted.FindStringSubmatch(message); m != nil {
		return diag.Nearest(m[1], slices.Sorted(maps.Keys(actionlint.AllWebhookTypes)))
	}
	return ""
}

var (
	quoted      = regexp.MustCompile(`"([^"]+)"`)
	firstQuoted = regexp.MustCompile(`^"([^"]+)"`)
	further     = regexp.MustCompile(`\. (see|note|available|expected|previously|it is) .*$`)
	absent      = regexp.MustCompile(`is missing`)
	lacking     = regexp.MustCompile(`^property "([^"]+)" is not defined in object type`)
)

// empty tells whether an expression names a job or a step that is not there, which GitHub takes for an empty text.
func empty(e *actionlint.Error, lines [][]byte) bool {
	m := lacking.FindStringSubmatch(e.Message)
	if e.Kind != "expression" || m == nil {
		return false
	}
	line := lineOf(e, lines)
	if line < 1 || line > len(lines) {
		return false
	}
	uses := regexp.MustCompile(`\b(needs|steps)\.` + regexp.QuoteMeta(m[1]) + `\b`)
	return uses.Match(lines[line-1])
}

// lineOf is the line of a mistake. Of a text with several lines actionlint gives the first.
func lineOf(e *actionlint.Error, lines [][]byte) int {
	m := quoted.FindStringSubmatch(e.Message)
	if e.Kind != "expression" || m == nil {
		return e.Line
	}
	for i := e.Line; i <= len(lines) && i < e.Line+maxLines; i++ {
		if i > 0 && bytes.Contains(lines[i-1], []byte(m[1])) {
			return i
		}
	}
	return e.Line
}

// maxLines is how far the end of a text is looked for.
const maxLines = 300

func finding(name string, lines [][]byte, e *actionlint.Error) diag.Finding {
	at := diag.Position{File: name, Line: min(lineOf(e, lines), len(lines)), Column: e.Column}
	if at.Line != e.Line {
		at.Column = 0
	}
	message := further.ReplaceAllString(e.Message, "")
	f := diag.Errorf("", at, "GitHub refuses the workflow: %s", message)
	names := quoted.FindAllStringSubmatch(e.Message, -1)
	if near := suggestion(e.Message, names); near != "" {
		return f.WithHint("did you mean %q?", near)
	}
	if rest := strings.TrimPrefix(further.FindString(e.Message), ". "); rest != "" {
		rest, _, _ = strings.Cut(rest, ". see ")
		return f.WithHint("%s", rest)
	}
	return f.WithHint("compare it with the workflow syntax of GitHub Actions")
}

// suggestion is what a name was probably meant to be, of the names that the message lists behind it.
func suggestion(message string, names [][]string) string {
	if name, unknown := strings.CutPrefix(message, "unknown Webhook event "); unknown {
		return event(name)
	}
	if len(names) < 2 || !strings.HasPrefix(message, "unexpected key ") && !strings.HasPrefix(message, "undefined ") {
		return ""
	}
	var candidates []string
	for _, m := range names[1:] {
		if m[1] != names[0][1] {
			candidates = append(candidates, m[1])
		}
	}
	return diag.Nearest(names[0][1], candidates)
}

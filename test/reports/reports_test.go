package reports

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // named so that go mod tidy keeps the module, for its schema
	"github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/yannh/kubeconform/pkg/output" // the same

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/report"
)

// findings are what is hard to write down: places with and without lines, odd names, control characters.
func findings() diag.Findings {
	object := diag.Errorf("missing-secret", diag.Position{File: "a b/ü%,k:1.yaml", Line: 3, Column: 5}, "%q does not exist <&>", "x\ny.yaml").
		WithHint("100%% sure").WithRelated(diag.Position{File: "c.yaml", Line: 1}, "the folder")
	object.Object = &diag.Object{APIVersion: "v1", Kind: "Secret", Namespace: "shop", Name: "mail"}
	return diag.Findings{
		object,
		{Rule: "unreached-file", Severity: diag.Warning, Position: diag.Position{File: "d.yaml"}, Message: "\x1b[31m\x00\uFFFE ]]>"},
		{Rule: "unreached-file", Severity: diag.Warning, Position: diag.Position{File: "d.yaml", Line: 7}, Message: "twice"},
		{Rule: "unreached-file", Severity: diag.Warning, Position: diag.Position{File: "d.yaml", Line: 9}, Message: "twice"},
		{Rule: "charts", Severity: diag.Info, Message: "no place"},
	}
}

// lists are the findings to report.
func lists() map[string]diag.Findings {
	return map[string]diag.Findings{"some": findings(), "none": nil}
}

// moduleFolder is where a required module lies.
func moduleFolder(t *testing.T, module string) string {
	t.Helper()
	if out, err := exec.Command("go", "mod", "download", module).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// sarifSchema takes OASIS' schema out of the module that carries it as a text.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file := filepath.Join(moduleFolder(t, "github.com/owenrumney/go-sarif/v3"), "pkg/report/v210/sarif/schema.go")
	syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	ast.Inspect(syntax, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && len(lit.Value) > len(text) {
			text = lit.Value
		}
		return true
	})
	if text, err = strconv.Unquote(text); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSARIF holds reports against the schema; broken copies must be refused.
func TestSARIF(t *testing.T) {
	schema := sarifSchema(t)
	rules := []report.RuleText{{Name: "missing-secret", Title: "t", Why: "w", Severity: diag.Error}, {Name: "unreached-file", Title: "t", Why: "w", Severity: diag.Warning}}
	for name, list := range lists() {
		var b bytes.Buffer
		if err := report.SARIF(&b, list, rules, "v1.0.0"); err != nil {
			t.Fatal(err)
		}
		if err := judge(schema, b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "none" {
			continue
		}
		for from, to := range map[string]string{
			`"startLine": 3`: `"startLine": 0`, `"level": "note"`: `"level": "info"`, `"ruleId":`: `"rule":`,
			`"version": "2.1.0"`: `"version": "2.2.0"`, `"unicodeCodePoints"`: `"bytes"`,
		} {
			broken := bytes.ReplaceAll(b.Bytes(), []byte(from), []byte(to))
			if bytes.Equal(broken, b.Bytes()) || judge(schema, broken) == nil {
				t.Errorf("%s in the place of %s is not refused", to, from)
			}
		}
	}
}

func judge(schema *jsonschema.Schema, report []byte) error {
	var doc any
	if err := json.Unmarshal(report, &doc); err != nil {
		return err
	}
	return schema.Validate(doc)
}

// TestJUnit holds reports against the schema that Jenkins' plugin uses; broken copies must be refused.
func TestJUnit(t *testing.T) {
	schema := filepath.Join(moduleFolder(t, "github.com/yannh/kubeconform"), "fixtures/junit.xsd")
	for name, list := range lists() {
		var b bytes.Buffer
		if err := report.JUnit(&b, list); err != nil {
			t.Fatal(err)
		}
		if out, ok := xmllint(t, schema, b.Bytes()); !ok {
			t.Errorf("%s: %s\n%s", name, out, b.Bytes())
		}
		for from, to := range map[string]string{"<testcase name=": "<testcase title=", "<testsuite ": "<testsuite colour=\"red\" ", "</testsuites>": "</testsuite>"} {
			broken := bytes.Replace(b.Bytes(), []byte(from), []byte(to), 1)
			if _, ok := xmllint(t, schema, broken); ok || bytes.Equal(broken, b.Bytes()) {
				t.Errorf("%s in the place of %s is not refused", to, from)
			}
		}
	}
}

func xmllint(t *testing.T, schema string, document []byte) (output string, valid bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.xml")
	if err := os.WriteFile(file, document, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema", schema, file).CombinedOutput()
	if _, ran := err.(*exec.ExitError); err != nil && !ran {
		t.Fatal(err) // make reports installs it
	}
	return string(out), err == nil
}

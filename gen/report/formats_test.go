package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/report"
)

func findings() diag.Findings {
	return diag.Findings{
		diag.Errorf("missing-file", diag.Position{File: "a b/k,1.yaml", Line: 3, Column: 5}, "%q does not exist", "x\ny.yaml").
			WithHint("100%% sure: take it out").WithRelated(diag.Position{File: "c.yaml", Line: 1}, "the folder"),
		{Rule: "unreached-file", Severity: diag.Warning, Position: diag.Position{File: "d.yaml"}, Message: "nothing\x1b[31m reaches <it> & \"them\""},
		{Rule: "charts", Severity: diag.Info, Message: "no place"},
	}
}

func TestGitHub(t *testing.T) {
	var b bytes.Buffer
	if err := report.GitHub(&b, findings()); err != nil {
		t.Fatal(err)
	}
	want := `::error title=missing-file,file=a b/k%2C1.yaml,line=3,col=5::"x\ny.yaml" does not exist%0Ahint: 100%25 sure: take it out` + "\n" +
		"::warning title=unreached-file,file=d.yaml::nothing\uFFFD[31m reaches <it> & \"them\"\n" +
		"::notice title=charts::no place\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	rules := []report.RuleText{{Name: "missing-file", Title: "t", Why: "w"}, {Name: "other", Title: "t", Why: "w"}}
	if err := report.SARIF(&b, findings(), rules, "v1.0.0"); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"uri": "a%20b/k,1.yaml"`, `"startLine": 3`, `"level": "note"`, `"ruleId": "missing-file"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %s:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), `"other"`) {
		t.Error("documents a rule that found nothing")
	}
}

func TestJUnit(t *testing.T) {
	for name, test := range map[string]struct {
		findings diag.Findings
		want     []string
	}{
		"findings": {findings(), []string{`tests="3" failures="1"`, `classname="missing-file"`, `reaches &lt;it&gt; &amp;`}},
		"none":     {nil, []string{`tests="1" failures="0"`, `no findings`}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.JUnit(&b, test.findings); err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("lacks %s:\n%s", want, b.String())
				}
			}
			decoder := xml.NewDecoder(&b)
			for {
				if _, err := decoder.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

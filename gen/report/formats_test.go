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
	rules := []report.RuleText{{Name: "missing-file", Title: "t", Why: "w", Severity: diag.Error}, {Name: "other", Title: "t", Why: "w", Severity: diag.Error}}
	if err := report.SARIF(&b, findings(), rules, "v1.0.0"); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"uri": "a%20b/k,1.yaml"`, `"startLine": 3`, `"level": "note"`, `"ruleId": "missing-file"`, `"ruleIndex": 0`, `"lvsgenIdentity/v1": "`, `docs/rules.md#missing-file`} {
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

// TestFingerprints holds that a finding is known again when its line moves, and that two that are alike are two.
func TestFingerprints(t *testing.T) {
	prints := func(lines ...int) []string {
		var list diag.Findings
		for _, line := range lines {
			list = append(list, diag.Errorf("r", diag.Position{File: "a.yaml", Line: line}, "m"))
		}
		var b bytes.Buffer
		if err := report.SARIF(&b, list, nil, ""); err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Runs []struct {
				Results []struct {
					PartialFingerprints map[string]string `json:"partialFingerprints"`
				} `json:"results"`
			} `json:"runs"`
		}
		if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range doc.Runs[0].Results {
			out = append(out, r.PartialFingerprints["lvsgenIdentity/v1"])
		}
		return out
	}
	before, after := prints(3, 9), prints(5, 11)
	if len(before) != 2 || before[0] == "" || before[0] == before[1] || before[0] != after[0] || before[1] != after[1] {
		t.Errorf("%q, then %q", before, after)
	}
}

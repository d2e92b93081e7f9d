package baseline_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/baseline"
	"github.com/lvs-cloud/lvsgen/gen/diag"
)

func finding(file string, line int, message string) diag.Finding {
	return diag.Errorf("missing-secret", diag.Position{File: file, Line: line, Column: 3}, "%s", message)
}

// written writes a baseline and reads it again.
func written(t *testing.T, findings diag.Findings) *baseline.Baseline {
	t.Helper()
	content, err := baseline.Of(findings).Encode()
	if err != nil {
		t.Fatal(err)
	}
	b, problems := baseline.Parse("b.json", content)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	again, err := b.Encode()
	if err != nil || string(again) != string(content) {
		t.Fatalf("%v: got\n%s\nwant\n%s", err, again, content)
	}
	return b
}

func TestSplit(t *testing.T) {
	about := finding("b.yaml", 1, "no Secret \"a\"")
	about.Object = &diag.Object{Kind: "Pod", Namespace: "shop", Name: "web"}
	info := finding("a.yaml", 1, "by hand")
	info.Severity = diag.Info
	old := diag.Findings{finding("a.yaml", 3, "no Secret \"a\""), finding("a.yaml", 9, "no Secret \"a\""), about, finding("c.yaml", 1, "line 4: a colon"), info}
	b := written(t, old)
	if b.Len() != 4 {
		t.Errorf("%d findings, want 4", b.Len())
	}
	other := about
	other.Object = &diag.Object{Kind: "Pod", Namespace: "shop", Name: "job"}
	now := diag.Findings{
		finding("a.yaml", 30, "no Secret \"a\""), finding("a.yaml", 31, "no Secret \"a\""), finding("a.yaml", 32, "no Secret \"a\""), // moved, and one more
		other, finding("c.yaml", 1, "line 7: a colon"), info,
	}
	left, known, fixed := b.Split(now)
	if want := (diag.Findings{now[2], other, info}); !reflect.DeepEqual(left, want) {
		t.Errorf("left %v", left)
	}
	if want := []baseline.Entry{{Rule: "missing-secret", File: "b.yaml", Object: "Pod shop/web", Message: "no Secret \"a\"", Count: 1}}; known != 3 || !reflect.DeepEqual(fixed, want) {
		t.Errorf("known %d, fixed %v", known, fixed)
	}
	if _, known, fixed = b.Split(old); known != 4 || len(fixed) > 0 {
		t.Errorf("the findings that it was made of: known %d, fixed %v", known, fixed)
	}
}

// TestMerged reads a file in which git put the entries of two branches one after the other.
func TestMerged(t *testing.T) {
	const text = `{"version": 1, "findings": [{"rule": "r", "file": "a", "message": "m"}, {"rule": "r", "file": "a", "message": "m", "count": 2}]}`
	b, problems := baseline.Parse("b.json", []byte(text))
	if len(problems) > 0 || b.Len() != 3 {
		t.Errorf("%v, %v", b, problems)
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":  "b.json:1:1: this is no baseline: it ends too early",
		"{": "b.json:1:1: this is no baseline: it ends too early",
		"{\n  \"version\": 1,\n  \"findngs\": []\n}\n":        "b.json:3:3: this is no baseline: unknown field \"findngs\"",
		"{\n  \"version\": \"one\"\n}\n":                      "b.json:2:18: this is no baseline: version must not be a string",
		"{\n  \"version\": 1,\n<<<<<<< ours\n":                "b.json:3:1: this is no baseline: invalid character '<' looking for beginning of object key string",
		"{\"version\": 2}":                                    "b.json:1:1: the baseline has version 2, and this lvsgen knows version 1",
		"{\"version\": 1} {}":                                 "b.json:1:16: this is no baseline: there is more behind its end",
		"{\"version\": 1, \"findings\": [{\"rule\": \"r\"}]}": "b.json: entry 1 lacks its rule or its message, or counts less than nothing",
		"{\"version\": 1, \"findings\": [null]}":              "b.json: entry 1 lacks its rule or its message, or counts less than nothing",
		strings.Repeat("[", 20000):                            "b.json:1:10001: this is no baseline: invalid character '[' exceeded max depth",
	} {
		b, problems := baseline.Parse("b.json", []byte(text))
		if b != nil || problems.Error() != want {
			t.Errorf("%.40q: got %q, want %q", text, problems.Error(), want)
		}
	}
}

// FuzzParse holds that a file is taken or refused for a reason, at a place in it, that nothing counts less than one, and that what
// was taken is read again from what is written.
func FuzzParse(f *testing.F) {
	f.Add(`{"version": 1, "findings": [{"rule": "r", "message": "m", "count": 9223372036854775807}, {"rule": "r", "message": "m"}]}`)
	f.Add("{\"version\": 1,\n \"finding\": []}")
	f.Add("{\"version\": \"1\"}")
	f.Add(`{"version": 2} {}`)
	f.Add(`{"version": 1, "findings": [{"rule": "r", "file": "a", "message": "m", "count": 2}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		b, problems := baseline.Parse("b.json", []byte(text))
		if (b == nil) == (len(problems) == 0) {
			t.Fatalf("%v, %v", b, problems)
		}
		for _, p := range problems {
			if p.File != "b.json" || p.Line < 0 || p.Line > strings.Count(text, "\n")+1 || p.Column < 0 || p.Column > len(text)+1 {
				t.Errorf("%v is not in the file", p)
			}
		}
		if b == nil {
			return
		}
		total := 0
		for _, e := range b.Entries() {
			if e.Count < 1 {
				t.Errorf("%+v", e)
			}
			total += e.Count
		}
		if total != b.Len() || total < 0 {
			t.Errorf("%d findings, and %d in the entries", b.Len(), total)
		}
		content, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, problems := baseline.Parse("b.json", content)
		if len(problems) > 0 || !reflect.DeepEqual(again.Entries(), b.Entries()) {
			t.Errorf("%v: %v became %v", problems, b, again)
		}
	})
}

package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/report"
)

// FuzzFormats holds that no file name and no message breaks out of a format: JSON and XML parse and hold the finding, GitHub
// gets one command a finding, the terminal no control character.
func FuzzFormats(f *testing.F) {
	f.Add("a.yaml", "no such file", "look there", "a: 1\n", 1, 1)
	f.Add("a\n::set-output name=x::y", "100% ::error::\r\n::stop-commands::x", "%0A", "\x1b[2J\xff", 1, 3)
	f.Add("../-o,title=x:y", "]]></failure><x>&\"'", "\x00\ufffe\ud7ff", "\u2028\u202e", -1, 1<<30)
	f.Fuzz(func(t *testing.T, file, message, hint, content string, line, column int) {
		found := diag.Finding{Rule: "missing-file", Severity: diag.Error, Position: diag.Position{File: file, Line: line, Column: column}, Message: message, Hint: hint}
		found = found.WithRelated(diag.Position{File: hint, Line: column}, "%s", content)
		findings := diag.Findings{found, found}
		format := func(write func(io.Writer) error) string {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		sarif := format(func(w io.Writer) error { return report.SARIF(w, findings, nil, "1.0.0") })
		var log struct{ Runs []struct{ Results []any } }
		if err := json.Unmarshal([]byte(sarif), &log); err != nil || len(log.Runs) != 1 || len(log.Runs[0].Results) != 2 {
			t.Fatalf("SARIF: %v: %s", err, sarif)
		}
		var doc report.Document
		if text := format(func(w io.Writer) error { return report.JSON(w, report.Document{Findings: findings}) }); json.Unmarshal([]byte(text), &doc) != nil || len(doc.Findings) != 2 {
			t.Fatalf("JSON: %s", text)
		}
		wellFormed(t, format(func(w io.Writer) error { return report.JUnit(w, findings) }))
		commands := format(func(w io.Writer) error { return report.GitHub(w, findings) })
		if strings.Count(commands, "\n") != 2 || strings.Contains(commands, "\r") {
			t.Fatalf("GitHub: %q", commands)
		}
		for command := range strings.Lines(commands) {
			if !strings.HasPrefix(command, "::error title=missing-file") {
				t.Fatalf("GitHub: %q", command)
			}
		}
		text := format(func(w io.Writer) error {
			report.Text(w, findings, fstest.MapFS{"a.yaml": {Data: []byte(content)}}, false)
			return nil
		})
		heads := 0
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "  ") {
				heads++
			}
		}
		if heads != 2 && !strings.HasPrefix(file, "  ") {
			t.Fatalf("text: %d findings seem to be there: %q", heads, text)
		}
		for _, r := range text {
			if r != '\n' && unicode.IsControl(r) {
				t.Fatalf("text: %q", text)
			}
		}
	})
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	failures := 0
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("JUnit: %v: %q", err, text)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "failure" {
			failures++
		}
	}
	if failures != 2 {
		t.Fatalf("JUnit has %d failures: %q", failures, text)
	}
}

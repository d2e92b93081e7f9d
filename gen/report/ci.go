package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// uri gives a path of the repository as a relative reference.
func uri(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// github's commands escape these in values, and two more in properties (actions/toolkit, packages/core/src/command.ts).
var (
	githubValue    = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// githubLevels are the commands of GitHub Actions that annotate a line.
var githubLevels = map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Info: "notice"}

// GitHub writes the findings as commands of GitHub Actions, which shows them beside the lines of a pull request.
func GitHub(w io.Writer, findings diag.Findings) error {
	for _, f := range findings {
		properties := []string{"title=" + githubProperty.Replace(f.Rule)}
		if f.File != "" {
			properties = append(properties, "file="+githubProperty.Replace(Clean(f.File)))
		}
		if f.Line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", f.Line))
		}
		if f.Column > 0 {
			properties = append(properties, fmt.Sprintf("col=%d", f.Column))
		}
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", githubLevels[f.Severity], strings.Join(properties, ","), githubValue.Replace(Clean(short(withHint(f))))); err != nil {
			return err
		}
	}
	return nil
}

type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Failure *junitFailure `xml:"failure"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the findings as JUnit's XML: one case each, a failure when it is an error. Without findings there is one
// case that passed, so that a report is never empty. The place is part of the name: JUnit's schema has no attribute for it.
func JUnit(w io.Writer, findings diag.Findings) error {
	suite := junitSuite{Name: "lvsgen"}
	for _, f := range findings {
		c := junitCase{Name: printable(f.Position.String() + ": " + f.Message), Class: f.Rule}
		if f.Severity == diag.Error {
			suite.Failures++
			c.Failure = &junitFailure{Message: printable(f.Message), Type: string(f.Severity), Text: printable(f.Position.String() + ": " + withHint(f))}
		} else {
			c.Output = printable(string(f.Severity) + ": " + withHint(f))
		}
		suite.Cases = append(suite.Cases, c)
	}
	if len(suite.Cases) == 0 {
		suite.Cases = []junitCase{{Name: "no findings", Class: "lvsgen"}}
	}
	suite.Tests = len(suite.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// printable leaves out what XML 1.0 cannot hold.
func printable(s string) string { return strings.ReplaceAll(Clean(s), "\uFFFE", "") }

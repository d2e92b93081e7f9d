package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// RuleText documents a rule for formats that carry it.
type RuleText struct {
	Name, Title, Why string
	// Severity is the worst that its findings have.
	Severity diag.Severity
}

// The parts of SARIF 2.1.0 (OASIS, March 2020) that are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
		// ColumnKind says how columns count.
		ColumnKind string `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string             `json:"id"`
		ShortDescription     sarifText          `json:"shortDescription"`
		FullDescription      sarifText          `json:"fullDescription"`
		Help                 sarifText          `json:"help"`
		HelpURI              string             `json:"helpUri"`
		DefaultConfiguration sarifConfiguration `json:"defaultConfiguration"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID string `json:"ruleId"`
		// RuleIndex is the rule's place in the list of the driver; nil when it is not there.
		RuleIndex        *int            `json:"ruleIndex,omitempty"`
		Level            string          `json:"level"`
		Message          sarifText       `json:"message"`
		Locations        []sarifLocation `json:"locations,omitempty"`
		RelatedLocations []sarifLocation `json:"relatedLocations,omitempty"`
		// PartialFingerprints let a code host know a finding again when its line moved.
		PartialFingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
		Message          *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// sarifLevels are SARIF's names of the severities.
var sarifLevels = map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Info: "note"}

// SARIF writes the findings as SARIF 2.1.0, which code hosts show beside the lines. Rules document those of the findings.
func SARIF(w io.Writer, findings diag.Findings, rules []RuleText, version string) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "lvsgen", Version: version, InformationURI: home, Rules: sarifRules(findings, rules)}
	seen := map[diag.Identity]int{}
	for _, f := range findings {
		result := sarifResult{RuleID: f.Rule, Level: sarifLevels[f.Severity], Message: sarifText{Text: Clean(withHint(f))}}
		if i := slices.IndexFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == f.Rule }); i >= 0 {
			result.RuleIndex = &i
		}
		id := f.Identity()
		result.PartialFingerprints = map[string]string{"lvsgenIdentity/v1": fingerprint(id, seen[id])}
		seen[id]++
		if f.File != "" {
			result.Locations = []sarifLocation{location(f.Position, "")}
		}
		for _, related := range f.Related {
			result.RelatedLocations = append(result.RelatedLocations, location(related.Position, related.Message))
		}
		run.Results = append(run.Results, result)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	})
}

// home is where the project lives.
const home = "https://github.com/lvs-cloud/lvsgen"

// sarifRules are the rules that found something.
func sarifRules(findings diag.Findings, rules []RuleText) []sarifRule {
	out := []sarifRule{}
	for _, r := range rules {
		if !slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Rule == r.Name }) {
			continue
		}
		out = append(out, sarifRule{
			ID: r.Name, ShortDescription: sarifText{Text: r.Title}, FullDescription: sarifText{Text: r.Why},
			Help: sarifText{
				Text:     r.Why + "\n\nTo suppress one finding, on its line or above it: # lvsgen:ignore " + r.Name + " REASON",
				Markdown: r.Why + "\n\nTo suppress one finding, on its line or above it: `# lvsgen:ignore " + r.Name + " REASON`",
			},
			HelpURI:              home + "/blob/main/docs/rules.md#" + r.Name,
			DefaultConfiguration: sarifConfiguration{Level: sarifLevels[r.Severity]},
		})
	}
	return out
}

// fingerprint tells a finding, and the nth of several that are alike, from all others.
func fingerprint(id diag.Identity, nth int) string {
	sum := sha256.New()
	for _, part := range []string{id.Rule, id.File, id.Object, id.Message, strconv.Itoa(nth)} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

func location(p diag.Position, message string) sarifLocation {
	l := sarifLocation{PhysicalLocation: sarifPhysical{ArtifactLocation: sarifArtifact{URI: uri(p.File)}}}
	if p.Line > 0 {
		l.PhysicalLocation.Region = &sarifRegion{StartLine: p.Line, StartColumn: p.Column}
	}
	if message != "" {
		l.Message = &sarifText{Text: Clean(message)}
	}
	return l
}

func withHint(f diag.Finding) string {
	if f.Hint == "" {
		return f.Message
	}
	return f.Message + "\nhint: " + f.Hint
}

package yamlfile

import (
	"encoding/json"
	"errors"
	"strings"
)

// BrokenJSON says what is wrong with a text that should be JSON, and on which line; "" when nothing is, or when it may be
// one of the dialects that allow comments and commas at the end.
func BrokenJSON(text string) (line int, message string) {
	if json.Valid([]byte(text)) || strings.TrimSpace(text) == "" || strings.Contains(text, "//") || strings.Contains(text, "/*") || MayBeTemplate(text) {
		return 0, ""
	}
	var v any
	err := json.Unmarshal([]byte(text), &v)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return 0, ""
	}
	// What YAML reads as a value is such a dialect. JSON5 has names without quotes.
	if docs, findings := Parse("", []byte(text)); len(findings) == 0 && len(docs) == 1 {
		return 0, ""
	}
	offset := min(int(syntax.Offset), len(text))
	return 1 + strings.Count(text[:max(offset-1, 0)], "\n"), "this is no JSON: " + syntax.Error()
}

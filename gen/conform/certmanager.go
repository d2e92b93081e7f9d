package conform

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// The webhook of cert-manager refuses what its schemas let through (cert-manager v1.20, internal/apis/certmanager/validation,
// certificate.go and issuer.go; the durations are those of pkg/apis/certmanager/v1/const.go). It runs wherever the
// CustomResourceDefinitions do: its chart installs both.
const (
	certManager            = "cert-manager.io"
	defaultCertificateTime = 90 * 24 * time.Hour
	minCertificateTime     = time.Hour
	minRenewBefore         = 5 * time.Minute
)

// webhook judges what the webhook of the kind's operator would; nothing for kinds without one that is known.
func webhook(object map[string]any) []Problem {
	group, _, _ := strings.Cut(textAt(object, "apiVersion"), "/")
	if group != certManager {
		return nil
	}
	spec, _ := object["spec"].(map[string]any)
	switch textAt(object, "kind") {
	case "Certificate":
		return certificate(spec)
	case "Issuer", "ClusterIssuer":
		return issuer(spec)
	}
	return nil
}

func textAt(v any, path ...any) string {
	text, _ := valueAt(v, path).(string)
	return text
}

func certificate(spec map[string]any) []Problem {
	problems := durations(spec)
	names := []string{"commonName", "literalSubject", "dnsNames", "uris", "emailAddresses", "ipAddresses", "otherNames"}
	if !guessedKey(spec) && !slices.ContainsFunc(names, func(name string) bool { return given(spec[name]) }) {
		problems = append(problems, Problem{
			Sort: Contradictory, Path: []any{"spec"}, Message: "the certificate is for no name: cert-manager wants one of commonName, dnsNames, ipAddresses, uris and emailAddresses",
			Hint: "add dnsNames",
		})
	}
	if name := textAt(spec, "commonName"); len(name) > 64 && !unknown(name) {
		problems = append(problems, Problem{Sort: Invalid, Path: []any{"spec", "commonName"}, Message: fmt.Sprintf("%q has %d characters, and cert-manager takes 64", name, len(name)), Hint: "write it under dnsNames, which may be longer"})
	}
	addresses, _ := spec["ipAddresses"].([]any)
	for i, address := range addresses {
		if text, ok := address.(string); ok && !unknown(text) && net.ParseIP(text) == nil {
			problems = append(problems, Problem{Sort: Invalid, Path: []any{"spec", "ipAddresses", i}, Message: fmt.Sprintf("%q is no IP address", text)})
		}
	}
	issuer, _ := spec["issuerRef"].(map[string]any)
	if kind, group := textAt(issuer, "kind"), textAt(issuer, "group"); (group == "" || group == certManager) && !unknown(kind) && !slices.Contains([]string{"", "Issuer", "ClusterIssuer"}, kind) {
		problems = append(problems, Problem{Sort: Invalid, Path: []any{"spec", "issuerRef", "kind"}, Message: fmt.Sprintf("%q is none of Issuer, ClusterIssuer", kind), Hint: "name the group of an issuer that is not cert-manager's"})
	}
	return problems
}

// given tells whether a field holds anything.
func given(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	}
	return true
}

// durations judges how long a certificate is valid, and when it is renewed.
func durations(spec map[string]any) []Problem {
	var problems []Problem
	read := func(field string, otherwise, least time.Duration) (time.Duration, bool) {
		text, ok := spec[field].(string)
		if !ok || unknown(text) {
			return otherwise, spec[field] == nil
		}
		d, err := time.ParseDuration(text)
		path := []any{"spec", field}
		switch {
		case err != nil:
			problems = append(problems, Problem{Sort: Invalid, Path: path, Message: fmt.Sprintf("%q is no duration of hours, minutes and seconds", text), Hint: inHours(text)})
			return otherwise, false
		case d < least:
			problems = append(problems, Problem{Sort: Invalid, Path: path, Message: fmt.Sprintf("%q is less than %s, the least that cert-manager takes", text, hours(least))})
			return otherwise, false
		}
		return d, true
	}
	duration, known := read("duration", defaultCertificateTime, minCertificateTime)
	renew, fine := read("renewBefore", 0, minRenewBefore)
	if known && fine && renew >= duration {
		problems = append(problems, Problem{
			Sort: Contradictory, Path: []any{"spec", "renewBefore"}, Message: fmt.Sprintf("the certificate is valid for %s and should be renewed %s before its end", hours(duration), hours(renew)),
			Hint: "write a renewBefore that is less than the duration",
		})
	}
	if spec["renewBefore"] != nil && spec["renewBeforePercentage"] != nil {
		problems = append(problems, Problem{
			Sort: Contradictory, Path: []any{"spec", "renewBeforePercentage"}, Message: "renewBefore and renewBeforePercentage exclude each other", Hint: "take one of them out",
			Either: [][]any{{"spec", "renewBefore"}, {"spec", "renewBeforePercentage"}},
		})
	}
	return problems
}

// hours is a duration as people write it in a Certificate: without the minutes and seconds that it does not have.
func hours(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

// inHours says how days are written.
func inHours(text string) string {
	var days int
	var unit string
	if n, _ := fmt.Sscanf(text, "%d%s", &days, &unit); n == 2 && days > 0 && days < 100_000 && (unit == "d" || unit == "days") {
		return fmt.Sprintf("write %dh: the largest unit is the hour", days*24)
	}
	return "write it like 2160h: the largest unit is the hour"
}

// issuerTypes are the kinds of issuers, of which one has exactly one.
var issuerTypes = []string{"acme", "ca", "selfSigned", "vault", "venafi"}

func issuer(spec map[string]any) []Problem {
	var types []string
	for _, name := range issuerTypes {
		if spec[name] != nil {
			types = append(types, name)
		}
	}
	if guessedKey(spec) {
		return nil
	}
	if len(types) != 1 {
		p := Problem{Sort: Contradictory, Path: []any{"spec"}, Message: "cert-manager wants exactly one of " + strings.Join(issuerTypes, ", "), Hint: "add the one that issues"}
		if len(types) > 1 {
			p.Path, p.Hint = []any{"spec", types[1]}, "keep one of "+strings.Join(types, ", ")
			p.Message = strings.Join(types, " and ") + " exclude each other"
		}
		return []Problem{p}
	}
	var problems []Problem
	solvers, _ := valueAt(spec, []any{"acme", "solvers"}).([]any)
	for i, solver := range solvers {
		fields, _ := solver.(map[string]any)
		if fields == nil || guessedKey(fields) || fields["http01"] != nil || fields["dns01"] != nil {
			continue
		}
		problems = append(problems, Problem{Sort: Invalid, Path: []any{"spec", "acme", "solvers", i}, Message: "has neither http01 nor dns01", Hint: "say how the challenge is solved"})
	}
	return problems
}

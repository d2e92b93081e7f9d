// Package check judges what the schema cannot: rules across fields, across apps, and formats that have a parser of
// their own. It is pure: model -> findings.
package check

import (
	"fmt"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// Rules of the findings of this package.
const (
	ruleName      = "name"
	ruleHost      = "host"
	ruleImage     = "image-version"
	ruleSecret    = "secret-reference"
	ruleWorkload  = "workload"
	ruleFormat    = "invalid-value"
	ruleNetwork   = "network"
	ruleVolume    = "volume"
	ruleDatabase  = "database"
	ruleService   = "service-conflict"
	ruleAlerts    = "alerts"
	ruleRecipient = "recipients"
	ruleApproval  = "approval"
)

// Inputs gives all findings on the model, in no particular order.
func Inputs(in *model.Inputs) diag.Findings {
	c := &checker{in: in}
	c.cluster()
	c.alerts()
	c.recipients()
	c.approval()
	c.names()
	c.hosts()
	c.zone()
	for i := range in.Apps {
		c.app(&in.Apps[i])
	}
	c.workloadNames()
	c.middlewareNames()
	c.databases()
	c.k3sParts()
	c.serviceBackups()
	c.variables()
	return c.findings
}

type checker struct {
	in       *model.Inputs
	findings diag.Findings
}

// errorf adds an error at a field and gives it back for a hint or a second place.
func (c *checker) errorf(rule string, at diag.Position, format string, args ...any) *diag.Finding {
	c.findings = append(c.findings, diag.Errorf(rule, at, format, args...))
	return &c.findings[len(c.findings)-1]
}

func hint(f *diag.Finding, format string, args ...any) {
	f.Hint = fmt.Sprintf(format, args...)
}

func related(f *diag.Finding, at diag.Position, message string) {
	*f = f.WithRelated(at, "%s", message)
}

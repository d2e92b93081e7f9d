// Package rules is the list of all rules. A new rule is one folder and one line here.
package rules

import (
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/missingsource"
)

// All are the rules, by group and name.
var All = []*lint.Rule{
	missingsource.Rule,
}

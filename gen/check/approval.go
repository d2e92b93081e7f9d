package check

import (
	"slices"
	"strings"
)

// approval wants as many people as must agree: otherwise no plan is ever applied.
func (c *checker) approval() {
	a := c.in.Cloud.GitHub.Approval
	var people []string
	for _, login := range a.Approvers {
		people = append(people, strings.ToLower(login))
	}
	slices.Sort(people)
	people = slices.Compact(people)
	if len(people) == 0 || len(people) >= a.Minimum {
		return
	}
	f := c.errorf(ruleApproval, c.in.Cloud.At.Position("github", "approval", "minimum"), "%d approvals are needed, and only %d people may give one", a.Minimum, len(people))
	hint(f, "add approvers, or lower the minimum")
	related(f, c.in.Cloud.At.Position("github", "approval", "approvers"), "the approvers")
}

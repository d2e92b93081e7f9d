package conform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// phrase is a part of the messages of Kubernetes' validation that tells what their type does not: whether a value is wrong
// by itself or beside another.
type phrase struct {
	text string
	sort Sort
}

// phrases are read from the top; the first that a message contains counts. They are those of Kubernetes 1.37.
var phrases = []phrase{
	// What a value must look like names no other field.
	{"regex used for validation is", Invalid},
	{"must be a valid regular expression", Invalid},
	{"Syntax error", Invalid},
	{"reserved for system use", Invalid},
	{"maximum allowed value", Invalid},
	{"support scaling to zero replicas", Invalid},
	{"must contain at least one letter", Invalid},
	{"both inclusive", Invalid},
	// Other fields are named in backticks.
	{"`", Contradictory},
	{"must be greater than minReadySeconds", Contradictory},
	{"spec.names.plural", Contradictory},
	{"when maxSurge is", Contradictory},
	{"when maxUnavailable is", Contradictory},
	{"podFailurePolicy is specified", Contradictory},
	{"additionalProperties and properties", Contradictory},
	{"x-kubernetes-preserve-unknown-fields to true", Contradictory},
	{"when completion mode is", Contradictory},
	{"when seccomp type is", Contradictory},
	{"for updateStrategy", Contradictory},
	{"caBundle is present", Contradictory},
	// Other entries of the same list or mapping.
	{"duplicate", Contradictory},
	{"must be unique", Contradictory},
	{"exactly one", Contradictory},
	{"stored version", Contradictory},
	{"storage version", Contradictory},
	// Two fields of which one is too much, or one that asks for another.
	{"both", Contradictory},
	{"more than one", Contradictory},
	{"more than 1 ", Contradictory},
	{"cannot apply to", Contradictory},
	{"resource or service backend is required", Contradictory},
	{"port name or number is required", Contradictory},
	{"must set either", Contradictory},
	{"must specify a ", Contradictory},
	{"must populate information", Contradictory},
	{"must supply at least one", Contradictory},
	{"must contain at least one", Contradictory},
	{"Local volume requires", Contradictory},
	{"for non overcommitable resources", Contradictory},
	{"protected groups must have", Contradictory},
	{"empty selector is invalid", Contradictory},
	{"invalid label selector", Contradictory},
	// Two values that are compared.
	{"min value ", Contradictory},
	{"default value ", Contradictory},
	{"default request value ", Contradictory},
	{"less than or equal to cpu limit", Contradictory},
	{"less than or equal to memory limit", Contradictory},
	{"limit of ", Contradictory},
	// What the kind, or the type of the object, does not take.
	{"may only be set for", Contradictory},
	{"may not be set to 'None' for", Contradictory},
	{"valid values: \"OnFailure\", \"Never\"", Contradictory},
	{"must not be empty for specified object fields", Contradictory},
	{"must not be empty at the root", Contradictory},
	{"compilation failed", Contradictory},
}

// sortOf tells what is wrong by itself from what contradicts another part of the object.
func sortOf(e *field.Error, object map[string]any) Sort {
	switch e.Type {
	case field.ErrorTypeTypeInvalid, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTooShort, field.ErrorTypeTooFew:
		return Invalid
	case field.ErrorTypeNotSupported:
		return sortOfChoice(e)
	case field.ErrorTypeInvalid, field.ErrorTypeRequired, field.ErrorTypeForbidden:
		if e.BadValue == "" && valueAt(object, pathIn(object, e.Field)) == nil && e.Type == field.ErrorTypeInvalid {
			return Invalid // Kubernetes judges an empty value where there is none
		}
		for _, p := range phrases {
			if strings.Contains(e.Detail, p.text) {
				return p.sort
			}
		}
	default:
		return Contradictory // a duplicate, or a name that nothing has
	}
	switch {
	case e.Type == field.ErrorTypeForbidden:
		return Contradictory
	case slices.ContainsFunc(asked, func(a askedField) bool {
		return a.path.MatchString(e.Field) && strings.Contains(e.Detail, a.detail) && e.Type == a.kind
	}):
		return Contradictory
	}
	return Invalid
}

// askedField is a field that something else in the object asks for, or rules out.
type askedField struct {
	kind   field.ErrorType
	path   *regexp.Regexp
	detail string
}

var asked = []askedField{
	{field.ErrorTypeRequired, regexp.MustCompile(`^data\[`), ""},                                                      // the type of a Secret
	{field.ErrorTypeRequired, regexp.MustCompile(`^metadata\.annotations\[`), ""},                                     // the type of a Secret
	{field.ErrorTypeRequired, regexp.MustCompile(`^spec\.ports(\[\d+\]\.name)?$`), ""},                                // the type of a Service; several ports
	{field.ErrorTypeRequired, regexp.MustCompile(`^spec\.parameters\.`), ""},                                          // what is said of an IngressClass's parameters
	{field.ErrorTypeRequired, regexp.MustCompile(`^subjects\[\d+\]\.namespace$`), ""},                                 // that the subject is a ServiceAccount
	{field.ErrorTypeRequired, regexp.MustCompile(`^spec\.validation\.openAPIV3Schema\..*items$`), ""},                 // the type array
	{field.ErrorTypeRequired, regexp.MustCompile(`^spec\.versions\[\d+\]\.schema\.openAPIV3Schema\..*items$`), ""},    // the type array
	{field.ErrorTypeInvalid, regexp.MustCompile(`\.(livenessProbe|startupProbe)\.successThreshold$`), "must be 1"},    // a readiness probe takes more
	{field.ErrorTypeInvalid, regexp.MustCompile(`^spec\.(jobTemplate\.spec\.)?template\.labels$`), "must be no more"}, // labels made of a Job's name
}

// choices are values that are right in some objects, by the field that holds them.
var choices = []struct {
	path   *regexp.Regexp
	values []string
}{
	{regexp.MustCompile(`\.restartPolicy$`), []string{"Always", "OnFailure", "Never"}},
	{regexp.MustCompile(`^roleRef\.kind$`), []string{"Role", "ClusterRole"}},
	{regexp.MustCompile(`^subjects\[\d+\]\.apiGroup$`), []string{"", "rbac.authorization.k8s.io"}},
}

// sortOfChoice tells a value that does not exist from one that another object could have.
func sortOfChoice(e *field.Error) Sort {
	for _, c := range choices {
		if c.path.MatchString(e.Field) && slices.Contains(c.values, fmt.Sprint(e.BadValue)) {
			return Contradictory
		}
	}
	return Invalid
}

package conform

import (
	"encoding/json"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// fromKubernetes gives an error of Kubernetes' own code as a problem.
func fromKubernetes(e *field.Error, object map[string]any) Problem {
	return Problem{Sort: sortOf(e, object), Path: place(e, object), Message: sentence(e)}
}

// sentence is the error without its field, as a sentence of ours.
func sentence(e *field.Error) string {
	detail := strings.TrimSuffix(e.Detail, ".")
	value := short(e.BadValue)
	switch e.Type {
	case field.ErrorTypeRequired:
		if detail == "" {
			return "is missing"
		}
		return "is missing: " + detail
	case field.ErrorTypeNotFound:
		if detail == "" {
			return value + " is not there"
		}
		return value + " is not there: " + detail
	case field.ErrorTypeDuplicate:
		return value + " is there twice"
	case field.ErrorTypeForbidden:
		return "is not allowed: " + detail
	case field.ErrorTypeNotSupported:
		return value + " is not supported: " + detail
	case field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTooShort, field.ErrorTypeTooFew:
		return strings.TrimPrefix(e.ErrorBody(), string(e.Type.String())+": ")
	}
	if detail == "" {
		return value + " is wrong"
	}
	return value + ": " + detail
}

// short quotes a value of a message; long ones lose their end.
func short(v any) string {
	var text string
	switch v := v.(type) {
	case string:
		text = strconv.Quote(v)
	default:
		data, err := json.Marshal(v)
		if err != nil {
			return "the value"
		}
		text = string(data)
	}
	if len(text) > 120 {
		text = strings.ToValidUTF8(text[:117], "") + "..."
	}
	return text
}

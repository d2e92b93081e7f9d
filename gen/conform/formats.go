package conform

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"k8s.io/apimachinery/pkg/api/resource"
)

// judgedFormats are the formats of schemas that an API server insists on. "quantity" is our own name.
var judgedFormats = map[string]bool{"byte": true, "date-time": true, "int32": true, "int64": true}

// formats judge them. Texts that only the cluster knows are right.
var formats = []*jsonschema.Format{
	{Name: "byte", Validate: ofText(func(text string) error {
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			return errors.New("is no base64")
		}
		return nil
	})},
	{Name: "date-time", Validate: ofText(func(text string) error {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return errors.New("is no time such as 2026-01-31T12:00:00Z")
		}
		return nil
	})},
	{Name: "quantity", Validate: ofText(func(text string) error {
		if _, err := resource.ParseQuantity(text); err != nil {
			return errors.New("is no quantity: a number with a unit such as 100m, 64Mi or 2Gi")
		}
		return nil
	})},
	{Name: "int32", Validate: within(-1<<31, 1<<31-1)},
	{Name: "int64", Validate: within(-1<<63, 1<<63-1)},
}

func ofText(judge func(string) error) func(any) error {
	return func(v any) error {
		if text, ok := v.(string); ok && !guessed(text) {
			return judge(text)
		}
		return nil
	}
}

func within(low, high int64) func(any) error {
	return func(v any) error {
		var n float64
		switch v := v.(type) {
		case int64:
			if v >= low && v <= high {
				return nil
			}
			n = float64(v)
		case float64:
			if v >= float64(low) && v <= float64(high) {
				return nil
			}
			n = v
		default:
			return nil
		}
		return fmt.Errorf("is outside of %d to %d: %v", low, high, n)
	}
}

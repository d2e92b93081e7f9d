package unit

import (
	"os"
	"strings"
	"testing"
)

// TestCatalogNamesRealServices checks that a hint never sends a user to a service that does not exist.
func TestCatalogNamesRealServices(t *testing.T) {
	for capability, service := range catalog {
		text, err := os.ReadFile("../../schema/catalog/" + service + ".cue")
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(text), `"`+capability+`"`) {
			t.Errorf("the service %q does not bring %q", service, capability)
		}
	}
}

// Command fluxapply does to objects what kustomize-controller does before it
// sends them to the API server: Flux's own code turns built-in kinds into
// Kubernetes' types and back, and what has no place there is lost.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/pkg/ssa/normalize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// main reads objects as JSON from the standard input and writes each, in the
// same order, as kustomize-controller would send it.
func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fluxapply:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw); err != nil {
			return err
		}
		if err := normalize.UnstructuredList([]*unstructured.Unstructured{object}); err != nil {
			return err
		}
		if err := encoder.Encode(object.Object); err != nil {
			return err
		}
	}
}

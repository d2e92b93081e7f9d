package helm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "values.schema.json"

// maxChecks bounds how often the parts of a schema are held against the values: parts that name each other twice double it at
// every level.
const maxChecks = 1_000_000

// refuses gives why a schema refuses values, or an error when the schema cannot be used. Helm's own function reads what a
// schema names: files of the machine, and addresses in the network.
func refuses(content []byte, values map[string]any) (refused error, err error) {
	defer func() {
		if r := recover(); r != nil {
			refused, err = nil, fmt.Errorf("%v", r)
		}
	}()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(nothing{})
	compiler.AssertVocabs()
	compiler.RegisterVocabulary(counting())
	if err := compiler.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	schema, err := compiler.Compile(schemaURL)
	if err != nil {
		return nil, err
	}
	err = schema.Validate(values)
	var invalid *jsonschema.ValidationError
	if errors.As(err, &invalid) {
		return errors.New(strings.TrimPrefix(err.Error(), "jsonschema validation failed with '"+schemaURL+"#'\n")), nil
	}
	return nil, err
}

// schemaURL is how Helm names a chart's schema (pkg/chartutil, jsonschema.go).
const schemaURL = "file:///values.schema.json"

// nothing is a loader that reads nothing.
type nothing struct{}

func (nothing) Load(string) (any, error) { return nil, errors.New("only the schema itself is read") }

// counting is a vocabulary that counts every check and panics when they are too many: the library has no other way to be
// stopped.
func counting() *jsonschema.Vocabulary {
	left := new(counter)
	*left = maxChecks
	return &jsonschema.Vocabulary{
		URL:     "https://lvs-cloud.github.io/lvsgen/counting",
		Compile: func(*jsonschema.CompilerContext, map[string]any) (jsonschema.SchemaExt, error) { return left, nil },
	}
}

type counter int

func (c *counter) Validate(*jsonschema.ValidatorContext, any) {
	if *c--; *c < 0 {
		panic(fmt.Sprintf("it takes more than %d checks", maxChecks))
	}
}

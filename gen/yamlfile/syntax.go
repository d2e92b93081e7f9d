package yamlfile

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

var lineOfError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxError says what the library stopped at, and where.
func syntaxError(file string, content []byte, err error) diag.Finding {
	at := diag.Position{File: file, Line: brokenLine(content, err)}
	message := err.Error()
	if m := lineOfError.FindStringSubmatch(message); m != nil {
		if message = m[2]; at.Line == 0 {
			at.Line, _ = strconv.Atoi(m[1])
		}
	}
	f := diag.Errorf(Rule, at, "this is no YAML: %s", message)
	switch {
	case strings.Contains(message, "cannot start any token"), strings.Contains(message, "tab character"):
		return f.WithHint("indent with spaces, not tabs, and quote texts that begin with a special character")
	case strings.Contains(message, "unknown anchor"):
		return f.WithHint("define the anchor with & before it is used, in the same document; quote the text if it is no alias")
	case strings.Contains(message, "mapping values are not allowed"):
		return f.WithHint("quote the text if its colon is part of it; otherwise look at the indentation")
	case strings.Contains(message, "did not find expected key"), strings.Contains(message, "did not find expected '-'"):
		return f.WithHint("look at the indentation of this line: it fits nothing above it")
	case strings.Contains(message, "could not find expected ':'"):
		return f.WithHint("write a colon and a blank after the key, or indent the line if it belongs to the text above")
	case strings.Contains(message, "unexpected end of stream"):
		return f.WithHint("close the quotes that this line opens")
	}
	return f.WithHint("the mistake is on this line or just above it")
}

// maxSearched is the size of files, in bytes, in which the broken line is searched: each step reads the file again.
const maxSearched = 1 << 20

// brokenLine is the line with which the mistake comes: with it the file fails as it does as a whole, without it it does not.
// The library names the line where the part began in which it failed, or none. It is 0 when it cannot be found.
func brokenLine(content []byte, err error) int {
	if len(content) > maxSearched {
		return 0
	}
	var ends []int
	for i, b := range content {
		if b == '\n' || i == len(content)-1 {
			ends = append(ends, i+1)
		}
	}
	n := sort.Search(len(ends), func(i int) bool {
		got := decode(content[:ends[i]])
		return got != nil && got.Error() == err.Error()
	})
	if n == len(ends) {
		return 0
	}
	return n + 1
}

// decode reads all documents, and gives what it stops at.
func decode(content []byte) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the library gave up")
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var node yaml.Node
		switch err := decoder.Decode(&node); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// KeyMustBeText is the message about a key that YAML allows and Kubernetes does not.
const KeyMustBeText = "a key must be a text"

// MayBeTemplate tells whether some program may fill in a text before anybody reads it as YAML or JSON: what is wrong with it
// now need not be wrong then.
func MayBeTemplate(text string) bool {
	for _, mark := range []string{"${", "{{", "{%", "<%", "%{"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

//go:build accept

package accept

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/test/accept/apiserver"
	"github.com/lvs-cloud/lvsgen/test/verdicts"
)

var update = flag.Bool("update", false, "record the server's answers in gen/conform/testdata/verdicts")

const verdictsDir = repository + "/gen/conform/testdata/verdicts"

// TestVerdicts holds every case to the real server: what is said to be accepted
// is accepted, what is said to be refused is refused, and for that reason. The
// server's words are part of the cases.
func TestVerdicts(t *testing.T) {
	cases, err := verdicts.Load(verdictsDir)
	if err != nil {
		t.Fatal(err)
	}
	server := verdictServer(t)
	objects := make([][]byte, len(cases))
	for i, c := range cases {
		if objects[i], err = c.JSON(); err != nil {
			t.Fatal(err)
		}
	}
	normalized := asKustomizeControllerSends(t, objects)
	answers := map[string]verdicts.Answer{}
	for i, c := range cases {
		answer := answerOf(t, c, verdict(server, objects[i], func(object []byte) error { return server.Judge(object, "") }))
		sent := answerOf(t, c, verdict(server, normalized[i], server.JudgeAsKustomizeController))
		sent = withLost(t, sent, objects[i], normalized[i])
		recorded := verdicts.Answer{Server: answer}
		if sent != answer {
			recorded.Flux = sent
		}
		answers[c.Name] = recorded
		if err := agree(c, answer); err != nil {
			t.Errorf("%s: %s: %v", c.File, c.Name, err)
		}
		if now := (verdicts.Answer{Server: c.Server, Flux: c.Flux}); now != recorded && !*update {
			t.Errorf("%s: %s: the server says %q, recorded is %q; -update records it", c.File, c.Name, recorded, now)
		}
	}
	t.Logf("asked about %d objects", len(cases))
	if *update {
		if err := verdicts.Record(verdictsDir, answers); err != nil {
			t.Fatal(err)
		}
	}
}

// verdictServer starts a server that has the namespace of the cases, so that
// none is refused for what it refers to.
func verdictServer(t *testing.T) *apiserver.Server {
	server := apiserver.Start(t, controlPlane(t))
	if err := server.InstallCRDs(moduleCRDs(t)...); err != nil {
		t.Fatalf("install CRDs: %v", err)
	}
	for _, object := range []string{
		`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"apps"}}`,
		// A controller makes it in a cluster; no pod is accepted without.
		`{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default","namespace":"apps"}}`,
	} {
		if err := server.Create([]byte(object)); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

// verdict asks for a dry run. A dry run takes no port of a node and no address
// of the cluster, so a Service is made too, and removed again.
func verdict(server *apiserver.Server, object []byte, judge func([]byte) error) error {
	if err := judge(object); err != nil {
		return err
	}
	if !bytes.Contains(object, []byte(`"kind":"Service"`)) {
		return nil
	}
	if err := server.Create(object); err != nil {
		return err
	}
	return server.Delete(object)
}

// answerOf returns the server's words. An error that is not an answer ends the
// test.
func answerOf(t *testing.T, c verdicts.Case, err error) string {
	t.Helper()
	var refusal *apiserver.Refusal
	switch {
	case err == nil:
		return verdicts.Accepted
	case errors.As(err, &refusal):
		return randomID.ReplaceAllString(refusal.Message, "...")
	}
	t.Fatalf("%s: %s: %v", c.File, c.Name, err)
	return ""
}

// randomID is what the server made up for the occasion.
var randomID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// notDeclared is how a server names an unknown field in an apply.
const notDeclared = "field not declared in schema"

// agree compares what a case says with the server's answer.
func agree(c verdicts.Case, answer string) error {
	switch unknown := strings.Contains(answer, notDeclared); {
	case (answer == verdicts.Accepted) != (c.Verdict == verdicts.Accepted):
		return fmt.Errorf("verdict is %s, the server says %q", c.Verdict, answer)
	case c.Verdict == verdicts.Refused && unknown != (c.By == verdicts.UnknownField):
		return fmt.Errorf("refused by %s, the server says %q", c.By, answer)
	case c.Verdict == verdicts.Refused && !names(answer, c.Path):
		return fmt.Errorf("the path %s is not what the server names: %q", c.Path, answer)
	}
	return nil
}

// inConversion begins what Kubernetes says about a value that its types cannot
// hold. Where a type reads itself, as a quantity does, no field is named.
const inConversion = "unable to convert unstructured object"

// names says whether a message speaks of the path: of its last name, or of the
// one before it.
func names(message, path string) bool {
	if strings.Contains(message, inConversion) {
		return true
	}
	parts := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".[]", r) })
	parts = slices.DeleteFunc(parts, func(part string) bool { return strings.Trim(part, "0123456789") == "" })
	for _, part := range parts[max(0, len(parts)-2):] {
		if strings.Contains(message, part) {
			return true
		}
	}
	return false
}

// asKustomizeControllerSends lets Flux's own code prepare the objects.
func asKustomizeControllerSends(t *testing.T, objects [][]byte) []json.RawMessage {
	t.Helper()
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = "../fluxapply"
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	cmd.Stdin = bytes.NewReader(bytes.Join(objects, []byte("\n")))
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("fluxapply: %v", err)
	}
	var prepared []json.RawMessage
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var object json.RawMessage
		if err := decoder.Decode(&object); err != nil {
			t.Fatal(err)
		}
		prepared = append(prepared, object)
	}
	if len(prepared) != len(objects) {
		t.Fatalf("%d objects went in, %d came out", len(objects), len(prepared))
	}
	return prepared
}

// withLost adds to an answer the fields that were never sent.
func withLost(t *testing.T, answer string, before, after []byte) string {
	t.Helper()
	var was, is any
	if err := errors.Join(json.Unmarshal(before, &was), json.Unmarshal(after, &is)); err != nil {
		t.Fatal(err)
	}
	lost := missing("", was, is)
	if len(lost) == 0 {
		return answer
	}
	slices.Sort(lost)
	return answer + ", without " + strings.Join(lost, ", ")
}

// meant are what Flux takes out on purpose, and what it moves: nothing is lost.
var meant = []string{"status", "stringData"}

// missing returns the paths of all fields with a value that are in one object
// and not in the other.
func missing(path string, was, is any) []string {
	var lost []string
	switch was := was.(type) {
	case map[string]any:
		is, _ := is.(map[string]any)
		for key, value := range was {
			here := strings.TrimPrefix(path+"."+key, ".")
			_, kept := is[key]
			switch {
			case slices.Contains(meant, here) || empty(value):
			case kept:
				lost = append(lost, missing(here, value, is[key])...)
			default:
				lost = append(lost, here)
			}
		}
	case []any:
		is, _ := is.([]any)
		for i, value := range was {
			if i < len(is) {
				lost = append(lost, missing(fmt.Sprintf("%s[%d]", path, i), value, is[i])...)
			}
		}
	}
	return lost
}

// empty says whether a value is one that Kubernetes' types leave out.
func empty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case map[string]any:
		return !slices.ContainsFunc(slices.Collect(maps.Values(value)), func(v any) bool { return !empty(v) })
	case []any:
		return len(value) == 0
	}
	return slices.Contains([]any{"", false, 0.0}, value)
}

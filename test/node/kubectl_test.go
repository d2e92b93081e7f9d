package node

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The test's own binary, called "k3s", stands for "k3s kubectl" in front of a Kubernetes API: a cluster is a folder.
const (
	clusterState    = "/cluster/state.json" // the objects, by "Kind/name"
	clusterFailures = "/cluster/failures"   // what happens to the next requests: a mode each, a line each
	clusterChanges  = "/cluster/changes"    // what applies did
	clusterCalls    = "/cluster/calls"      // every argument that kubectl was given
	flaw            = "no matches for kind \"%s\" in version \"%s\"\nensure CRDs are installed first"
)

// failureModes are what a young API server answers.
var failureModes = map[string]string{
	"refused":     "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?",
	"unavailable": "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
	"conflict":    "Error from server (Conflict): Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again",
	"forbidden":   "Error from server (Forbidden): namespaces \"flux-system\" is forbidden: not yet ready to handle request",
	"not-served":  "error: unable to retrieve the complete list of server APIs: kustomize.toolkit.fluxcd.io/v1: stale GroupVersion discovery",
}

// object is a Kubernetes object.
type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name, Namespace string
		Labels          map[string]string
	}
	Rest map[string]any `yaml:",inline"`
}

func (o *object) key() string { return o.Kind + "/" + o.Metadata.Name }

// kubectl is the program.
func kubectl(args []string) int {
	if err := serve(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serve(args []string) error {
	if err := note(clusterCalls, strings.Join(args, " ")); err != nil {
		return err
	}
	if len(args) < 2 || args[0] != "kubectl" {
		return fmt.Errorf("k3s: unknown command %q", args)
	}
	if err := failure(); err != nil {
		return err
	}
	state := map[string]object{}
	if content, err := os.ReadFile(clusterState); err == nil {
		if err := json.Unmarshal(content, &state); err != nil {
			return err
		}
	}
	flags := map[string]string{}
	var names []string
	for _, arg := range args[2:] {
		if name, value, isFlag := strings.Cut(arg, "="); strings.HasPrefix(name, "--") {
			flags[name] = value
			if !isFlag {
				flags[name] = "true"
			}
		} else {
			names = append(names, arg)
		}
	}
	switch args[1] {
	case "get":
		return get(state, names, flags)
	case "wait":
		return wait(state, names, flags)
	case "apply":
		return apply(state, flags)
	}
	return fmt.Errorf("error: unknown command %q", args[1])
}

// failure takes the next line of the script of failures.
func failure() error {
	content, err := os.ReadFile(clusterFailures)
	if err != nil || len(content) == 0 {
		return nil
	}
	mode, rest, _ := strings.Cut(string(content), "\n")
	if err := os.WriteFile(clusterFailures, []byte(rest), 0o600); err != nil {
		return err
	}
	if mode == "ok" {
		return nil
	}
	return errors.New(failureModes[mode])
}

func note(file, line string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, line)
	return err
}

func get(state map[string]object, names []string, flags map[string]string) error {
	if flags["--raw"] == "/readyz" {
		fmt.Print("ok")
		return nil
	}
	if len(names) != 2 || flags["--ignore-not-found"] != "true" || flags["--output"] != "name" {
		return fmt.Errorf("error: get %q %q", names, flags)
	}
	kind := "CustomResourceDefinition"
	if names[0] != "crd" {
		if _, served := state[kind+"/"+names[0]]; !served {
			return fmt.Errorf("error: the server doesn't have a resource type %q", names[0])
		}
		kind = "Kustomization"
	}
	if _, found := state[kind+"/"+names[1]]; found {
		fmt.Println(strings.ToLower(kind) + "/" + names[1])
	}
	return nil
}

func wait(state map[string]object, names []string, flags map[string]string) error {
	if flags["--for"] != "condition=Established" || flags["--timeout"] == "" || len(names) == 0 {
		return fmt.Errorf("error: wait %q %q", names, flags)
	}
	for _, name := range names {
		key := "CustomResourceDefinition/" + strings.TrimPrefix(name, "crd/")
		if _, found := state[key]; !found {
			return fmt.Errorf("Error from server (NotFound): %s not found", name)
		}
	}
	state["Established/all"] = object{}
	return save(state)
}

func save(state map[string]object) error {
	content, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return os.WriteFile(clusterState, content, 0o600)
}

func apply(state map[string]object, flags map[string]string) error {
	if flags["--server-side"] != "true" || flags["--force-conflicts"] != "true" {
		return fmt.Errorf("error: apply %q", flags)
	}
	var in io.Reader = os.Stdin
	if file := flags["--filename"]; file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	manager := flags["--field-manager"]
	if manager == "" {
		manager = "kubectl"
	}
	decoder := yaml.NewDecoder(in)
	for {
		var o object
		if err := decoder.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := o.admit(state); err != nil {
			return err
		}
		change := "created"
		if have, found := state[o.key()]; found {
			change = "changed"
			if equal(have, o) {
				change = "unchanged"
			}
		}
		if err := note(clusterChanges, change+" "+o.key()+" by "+manager); err != nil {
			return err
		}
		state[o.key()] = o
		if err := save(state); err != nil {
			return err
		}
		fmt.Printf("%s/%s serverside-applied\n", strings.ToLower(o.Kind), o.Metadata.Name)
	}
}

// equal compares objects as JSON has them: numbers have one type there.
func equal(a, b object) bool {
	plain := func(o object) (v any) {
		text, err := json.Marshal(o)
		if err != nil || json.Unmarshal(text, &v) != nil {
			panic(fmt.Sprintf("%s: %v", o.key(), err))
		}
		return v
	}
	return reflect.DeepEqual(plain(a), plain(b))
}

// admit is what an API server refuses.
func (o *object) admit(state map[string]object) error {
	if o.Kind == "" || o.Metadata.Name == "" {
		return fmt.Errorf("error: no kind or no name in %v", o.APIVersion)
	}
	if o.Metadata.Namespace != "" {
		if _, found := state["Namespace/"+o.Metadata.Namespace]; !found {
			return fmt.Errorf("Error from server (NotFound): namespaces %q not found", o.Metadata.Namespace)
		}
	}
	if strings.HasSuffix(path.Dir(o.APIVersion), ".toolkit.fluxcd.io") {
		if _, established := state["Established/all"]; !established {
			return fmt.Errorf(flaw, o.Kind, o.APIVersion)
		}
	}
	if o.Kind == "Secret" {
		data, _ := o.Rest["data"].(map[string]any)
		for key, value := range data {
			text, ok := value.(string)
			if _, err := base64.StdEncoding.DecodeString(text); !ok || err != nil {
				return fmt.Errorf("Error from server (BadRequest): Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data in %s", key)
			}
		}
	}
	return nil
}

// value is a value of a Secret, decoded.
func (o *object) value(key string) string {
	data, _ := o.Rest["data"].(map[string]any)
	text, _ := data[key].(string)
	value, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(bytes.TrimSuffix(value, []byte("\x00")))
}

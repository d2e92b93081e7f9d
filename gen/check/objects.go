package check

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
)

// objects checks that an app's own manifests are none of those that lvsgen renders: kustomize refuses the second one,
// and a Namespace with two owners is pruned by whichever goes first.
func (c *checker) objects(a *model.App) {
	rendered := renderedObjects(a)
	seen := map[string]bool{}
	for i, o := range a.Objects {
		kind, _ := o["kind"].(string)
		metadata, _ := o["metadata"].(map[string]any)
		name, _ := metadata["name"].(string)
		namespace, _ := metadata["namespace"].(string)
		at := a.At.Position("objects", strconv.Itoa(i))
		key := kind + "/" + name
		switch {
		case kind == "Namespace":
			hint(c.errorf(ruleWorkload, at, "objects of app %q have Namespace %q: lvsgen renders the Namespaces", a.Name, name), "set namespace of the app, or leave it out")
		case rendered[key] && (namespace == "" || namespace == a.Namespace):
			hint(c.errorf(ruleWorkload, at, "objects of app %q have %s %q, which lvsgen renders too", a.Name, kind, name), "give it another name, or change lvsgen's by patches")
		case seen[key+"/"+namespace]:
			hint(c.errorf(ruleWorkload, at, "objects of app %q have %s %q twice", a.Name, kind, name), "keep one of them")
		}
		seen[key+"/"+namespace] = true
	}
}

// renderedObjects are the kinds and names of what lvsgen and the app's chart may render in the app's namespace.
func renderedObjects(a *model.App) map[string]bool {
	rendered := map[string]bool{
		"HelmRelease/" + a.Name:                     true,
		"ConfigMap/" + a.Name + "-values":           true,
		"ConfigMap/" + a.Name + "-files":            true,
		"PersistentVolumeClaim/" + a.Name + "-data": true,
		"Secret/" + a.DatabaseName():                true,
	}
	for _, kind := range []string{"Deployment", "Service", "Ingress", "NetworkPolicy", "ServiceAccount", "PodDisruptionBudget"} {
		rendered[kind+"/"+a.Name] = true
	}
	for _, suffix := range []string{"redirect", "allow", "auth"} {
		rendered["Middleware/"+a.Name+"-"+suffix] = true
	}
	for name := range a.Secrets {
		rendered["Secret/"+name] = true
	}
	for name := range a.Workers {
		rendered["Deployment/"+a.Name+"-"+name] = true
	}
	for name := range a.CronJobs {
		rendered["CronJob/"+a.Name+"-"+name] = true
	}
	return rendered
}

// texts checks that what the program gets holds no control characters but tabs and line breaks: they do not survive the
// way through YAML, and the API server refuses them.
func (c *checker) texts(a *model.App) {
	check := func(text string, at diag.Position, what string) {
		for _, r := range text {
			if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r >= 0x7f && r < 0xa0 {
				hint(c.errorf(ruleFormat, at, "%s of app %q holds the control character %U", what, a.Name, r), "take it out, or put the text into a secret")
				return
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		check(a.Env[name].Value, a.At.Position("env", name), "env."+name)
	}
	for _, path := range slices.Sorted(maps.Keys(a.Files)) {
		check(a.Files[path], a.At.Position("files", path), "file "+path)
	}
	check(strings.Join(a.Command, ""), a.At.Position("command"), "command")
	check(strings.Join(a.Args, ""), a.At.Position("args"), "args")
}

// reservedVariables cannot name a variable of Terraform (developer.hashicorp.com/terraform/language/values/variables).
var reservedVariables = []string{"source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"}

// variables finds two secret values that would have one name: as a key of flux-system/cloud-secrets, and as a Terraform
// variable.
func (c *checker) variables() {
	if c.in.Cloud.Secrets.Mode != model.SecretsTerraform {
		return
	}
	type owner struct {
		what string
		at   diag.Position
	}
	owners := map[string]owner{secret.RegistryConfig: {"the registry's credentials", c.in.Cloud.At.Position("registry")}}
	described := map[string]model.ServiceSecret{}
	for _, v := range secret.Cloud(c.in) {
		owners[v.Name] = owner{"a value of the cloud itself", v.At}
		described[v.Name] = model.ServiceSecret{What: v.What, Form: v.Form, Make: v.Make}
	}
	claim := func(variable, what, remedy string, at diag.Position) {
		if slices.Contains(reservedVariables, variable) {
			hint(c.errorf(ruleSecret, at, "%s cannot be called %q: Terraform keeps the name for itself", what, variable), "choose another name")
			return
		}
		if first, taken := owners[variable]; taken {
			f := c.errorf(ruleSecret, at, "%s would share the name %q with %s", what, variable, first.what)
			related(f, first.at, first.what)
			hint(f, "%s", remedy)
			return
		}
		owners[variable] = owner{what, at}
	}
	// Services may share a value, such as the keys of the object storage: they then describe it alike.
	for i := range c.in.Cluster.Services {
		s := &c.in.Cluster.Services[i]
		for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
			if text, shared := described[name]; shared && text == s.Secrets[name] {
				continue
			}
			remedy := "rename one of them"
			if _, shared := described[name]; shared {
				remedy = "rename one of them, or declare it alike (what, form, make) to share the value"
			} else {
				described[name] = s.Secrets[name]
			}
			claim(name, fmt.Sprintf("secret %q of service %q", name, s.Name), remedy, s.At.Position("secrets", name))
		}
	}
	for i := range c.in.Apps {
		a := &c.in.Apps[i]
		for _, key := range a.SecretKeys() {
			claim(key.Variable, fmt.Sprintf("key %q of secret %q of app %q", key.Key, key.Secret, a.Name), "rename one of them", a.At.Position("secrets", key.Secret))
		}
	}
}

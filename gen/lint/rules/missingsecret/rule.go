// Package missingsecret is the rule missing-secret.
package missingsecret

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/facts"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "missing-secret",
	Group:      3,
	Severities: []diag.Severity{diag.Error, diag.Warning, diag.Info},
	Title:      "An object names a Secret, or a key of one, that is not there",
	Why: "A pod waits for ever for a Secret that does not come, and a controller reports its object as not ready. " +
		"Secrets may be made by hand, so this is reported only when the repository shows that something else was " +
		"meant: the Secret lacks the key, it is in another namespace, or its name is nearly the same.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, w := range p.Worlds {
		c := checker{Pass: p, x: lint.Compute(p, refs.In{World: w}, refs.In.Index), said: map[string]bool{}, named: map[string]int{}}
		for _, o := range w.Objects {
			c.all = append(c.all, refs.Of(o)...)
		}
		for _, r := range c.all {
			if r.Kind == refs.Secret {
				c.named[r.Namespace+"/"+r.Name]++
			}
		}
		for _, r := range c.all {
			if r.Kind == refs.Secret && !world.Guessed(r.Name) {
				c.reference(r)
			}
		}
		for _, owner := range w.Owners {
			for _, r := range refs.OfValues(owner) {
				c.value(r)
			}
		}
	}
}

// value reports a slip in the values of a chart that is not rendered: that the chart reads the value is not known.
func (c *checker) value(r refs.Reference) {
	if r.Kind != refs.Secret || world.Guessed(r.Name) || c.x.World.Find("", refs.Secret, r.Namespace, r.Name) != nil || c.x.Made(r.Namespace, r.Name) != nil {
		return
	}
	other := refs.Near(r.Name, c.x.Kind("", refs.Secret, r.Namespace))
	if at := r.From.Position(r.At...); other != nil && c.first(at, r.Name) {
		c.Warnf(at, r.From, "Secret %s/%s, which the values of %s name, is not in the repository", r.Namespace, r.Name, r.From.ID()).
			Hint("did you mean %q?", other.Name).See(other.Position("metadata", "name"), "%s", other.ID())
	}
}

type checker struct {
	*lint.Pass
	x   *refs.Index
	all []refs.Reference
	// named counts the references to a Secret.
	named map[string]int
	// said are the places that were reported: one value of a chart may stand in many objects.
	said map[string]bool
}

func (c *checker) reference(r refs.Reference) {
	if found := c.x.World.All("", refs.Secret, r.Namespace, r.Name); len(found) > 0 {
		c.key(r, found)
		return
	}
	if c.x.Made(r.Namespace, r.Name) != nil {
		return
	}
	if other := refs.Near(r.Name, c.x.Kind("", refs.Secret, r.Namespace)); other != nil {
		c.missing(r, other, "did you mean %q?", other.Name)
		return
	}
	if peer := c.peer(r); peer != nil {
		if at := r.From.Position(r.At...); c.first(at, r.Name) {
			c.severity(r)(at, r.From, "Secret %s/%s, which %s needs, is named by nothing else", r.Namespace, r.Name, r.From.ID()).
				Hint("did you mean %q, as %s has it?", peer.Name, peer.From.ID()).See(peer.From.Position(peer.At...), "%s", peer.From.ID())
		}
		return
	}
	if answer, _ := c.x.Lookup("", refs.Secret, r.Namespace, r.Name); answer != world.Absent {
		return
	}
	if other := c.elsewhere(r); other != nil {
		r.Pull = false // that one is never used, whatever the registry asks for
		c.missing(r, other, "it is in namespace %q, and only objects of that namespace may use it", other.Namespace)
	} else if other := c.unused(r); other != nil {
		c.missing(r, other, "did you mean %q, which nothing uses?", other.Name)
	} else if id := r.Namespace + "/" + r.Name; c.first(diag.Position{}, id) {
		c.Infof(r.From.Position(r.At...), r.From, "Secret %s, which %s needs, is not in the repository", id, r.From.ID()).
			Hint("make it by hand before the cluster is built, or add it to the repository, encrypted")
	}
}

// peer gives a reference to a Secret of nearly the same name, when several objects use that and only this one uses the
// other: Secrets that are made by hand are misspelt too.
func (c *checker) peer(r refs.Reference) *refs.Reference {
	if c.named[r.Namespace+"/"+r.Name] > 1 {
		return nil
	}
	for i, other := range c.all {
		if other.Kind == refs.Secret && other.Namespace == r.Namespace && refs.Alike(other.Name, r.Name) && c.named[other.Namespace+"/"+other.Name] > 1 {
			return &c.all[i]
		}
	}
	return nil
}

// severity is that of a Secret that is not there: without one for its registry a pod may start all the same.
func (c *checker) severity(r refs.Reference) func(at diag.Position, about *world.Object, format string, args ...any) *lint.Report {
	if r.Pull {
		return c.Warnf
	}
	return c.Errorf
}

func (c *checker) missing(r refs.Reference, other *world.Object, hint string, args ...any) {
	if at := r.From.Position(r.At...); c.first(at, r.Name) {
		c.severity(r)(at, r.From, "Secret %s/%s, which %s needs, does not exist", r.Namespace, r.Name, r.From.ID()).
			Hint(hint, args...).See(other.Position("metadata", "name"), "%s", other.ID())
	}
}

func (c *checker) first(at diag.Position, name string) bool {
	id := at.String() + " " + name
	again := c.said[id]
	c.said[id] = true
	return !again
}

// key looks for the key in all Secrets of that identity.
func (c *checker) key(r refs.Reference, found []*world.Object) {
	if r.Key == "" || world.Guessed(r.Key) {
		return
	}
	var keys []string
	for _, secret := range found {
		if open(secret) {
			return
		}
		keys = slices.AppendSeq(keys, maps.Keys(secret.Map("data")))
		keys = slices.AppendSeq(keys, maps.Keys(secret.Map("stringData")))
	}
	slices.Sort(keys)
	if slices.Contains(keys, r.Key) {
		return
	}
	at := r.From.Position(r.KeyAt...)
	if !c.first(at, r.Name) {
		return
	}
	c.Errorf(at, r.From, "%s has no key %q, which %s needs", found[0].ID(), r.Key, r.From.ID()).
		Hint("its keys are: %s", strings.Join(keys, ", ")).See(found[0].Position("metadata", "name"), "%s", found[0].ID())
}

// open tells whether somebody else may fill in a Secret.
func open(secret *world.Object) bool {
	return secret.Text("type") == "kubernetes.io/service-account-token" || copied(secret) ||
		strings.HasPrefix(secret.Text("metadata", "annotations", "kustomize.toolkit.fluxcd.io/ssa"), "Merge") ||
		strings.HasPrefix(secret.Text("metadata", "annotations", "kustomize.toolkit.fluxcd.io/ssa"), "IfNotPresent")
}

// copied tells whether a controller copies a Secret between namespaces: the names of those that do so are in their
// annotations.
func copied(secret *world.Object) bool {
	for key := range secret.Map("metadata", "annotations") {
		if strings.Contains(key, "reflect") || strings.Contains(key, "replicat") {
			return true
		}
	}
	return false
}

// elsewhere gives a Secret of the same name in another namespace, unless something may copy it.
func (c *checker) elsewhere(r refs.Reference) *world.Object {
	var out *world.Object
	for _, o := range c.x.World.Objects {
		switch {
		case o.Group == "kyverno.io", o.Kind == "ClusterExternalSecret":
			return nil // these make Secrets in other namespaces
		case !o.Is("", refs.Secret) || o.Name != r.Name:
		case copied(o):
			return nil
		case out == nil:
			out = o
		}
	}
	return out
}

// unused gives the one Secret of the namespace that nothing refers to, when its name has a word of the one that is wanted.
func (c *checker) unused(r refs.Reference) *world.Object {
	var out *world.Object
	for _, o := range c.x.Kind("", refs.Secret, r.Namespace) {
		if c.used(o) {
			continue
		}
		if out != nil {
			return nil
		}
		out = o
	}
	if out == nil || !slices.ContainsFunc(strings.Split(out.Name, "-"), func(word string) bool {
		return len(word) > 3 && slices.Contains(strings.Split(r.Name, "-"), word)
	}) {
		return nil
	}
	return out
}

// explicit tells whether all that an object says of Secrets is known: another name in it is that of something else.
func explicit(o *world.Object) bool {
	return facts.Flux(o.Group) && o.Kind != "HelmRelease" && o.Kind != "Kustomization"
}

func (c *checker) used(secret *world.Object) bool {
	if c.named[secret.Namespace+"/"+secret.Name] > 0 {
		return true
	}
	for _, o := range slices.Concat(c.x.Namespace(secret.Namespace), c.x.Namespace("")) {
		if o != secret && !explicit(o) && (refs.Mentions(o.Map("spec"), secret.Name) || o.Kind == "ServiceAccount" && refs.Mentions(o.Fields, secret.Name)) {
			return true
		}
	}
	return false
}

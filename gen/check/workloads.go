package check

import (
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// Lengths that Kubernetes allows: a Deployment's name becomes a label of its pods, a CronJob adds 11 characters to the
// names of its Jobs (k8s.io/kubernetes/pkg/apis/batch/validation).
const (
	maxWorkloadName = 63
	maxCronJobName  = 52
)

// workloadNames finds names that are too long, or that two apps in one namespace share.
func (c *checker) workloadNames() {
	type owner struct {
		app string
		at  diag.Position
	}
	owners := map[string]owner{}
	claim := func(a *model.App, kind, name string, limit int, at diag.Position) {
		if len(name) > limit {
			hint(c.errorf(ruleName, at, "%s %q is %d characters long, Kubernetes allows %d", kind, name, len(name), limit), "choose a shorter name")
		}
		key := a.Namespace + "/" + kind + "/" + name
		if first, taken := owners[key]; taken {
			f := c.errorf(ruleName, at, "%s %q of app %q has the name of one of app %q in namespace %q", kind, name, a.Name, first.app, a.Namespace)
			related(f, first.at, "the other one")
			hint(f, "rename one, or give the apps namespaces of their own")
			return
		}
		owners[key] = owner{a.Name, at}
	}
	for i := range c.in.Apps {
		a := &c.in.Apps[i]
		claim(a, "Deployment", a.Name, maxWorkloadName, a.At.Position())
		for _, name := range slices.Sorted(maps.Keys(a.Workers)) {
			claim(a, "Deployment", a.Name+"-"+name, maxWorkloadName, a.At.Position("workers", name))
		}
		for _, name := range slices.Sorted(maps.Keys(a.CronJobs)) {
			claim(a, "CronJob", a.Name+"-"+name, maxCronJobName, a.At.Position("cronJobs", name))
		}
		for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
			claim(a, "Secret", name, maxWorkloadName, a.At.Position("secrets", name))
		}
		if a.Database != nil {
			claim(a, "Secret", a.DatabaseName(), maxWorkloadName, a.At.Position("database"))
		}
		for i := range a.AllHosts() {
			if i == 0 { // the others carry a digest
				claim(a, "Secret", a.Name+"-tls", maxWorkloadName, a.At.Position("host"))
			}
		}
	}
}

// middlewareNames finds two apps whose Traefik Middlewares have one name: Traefik joins namespace and name by '-', and
// the last one would guard both.
func (c *checker) middlewareNames() {
	first := map[string]*model.App{}
	for i := range c.in.Apps {
		a := &c.in.Apps[i]
		if len(a.AllHosts()) == 0 {
			continue
		}
		key := a.Namespace + "-" + a.Name
		if other, taken := first[key]; taken {
			f := c.errorf(ruleName, a.At.Position("namespace"), "Traefik cannot tell app %q in namespace %q from app %q in namespace %q: it joins both names to %q", a.Name, a.Namespace, other.Name, other.Namespace, key)
			related(f, other.At.Position("namespace"), "the other app")
			hint(f, "rename one of the namespaces")
			continue
		}
		first[key] = a
	}
}

// databases finds two apps with one database: each Job would set the role's password anew.
func (c *checker) databases() {
	first := map[string]*model.App{}
	for i := range c.in.Apps {
		a := &c.in.Apps[i]
		if a.Database == nil {
			continue
		}
		if other, taken := first[a.Database.Name]; taken {
			f := c.errorf(ruleDatabase, a.At.Position("database"), "database %q belongs to app %q already", a.Database.Name, other.Name)
			related(f, other.At.Position("database"), "the other app")
			hint(f, "give one of them another database.name")
			continue
		}
		first[a.Database.Name] = a
	}
}

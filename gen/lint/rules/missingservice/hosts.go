package missingservice

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/refs"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// host is a name of a Service as pods use it; before the Service may stand a pod of it.
var host = regexp.MustCompile(`(?:^|[^A-Za-z0-9.$}_-])((?:[a-z0-9-]+\.)?)([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?\.?(?:$|[^A-Za-z0-9.-])`)

// hosts finds the Services that the environment and the arguments of pods name: whether the program uses them is not
// known, so that it is a warning.
func hosts(p *lint.Pass, x *refs.Index, o *world.Object) {
	said := map[string]bool{}
	for _, pod := range refs.Pods(o) {
		for _, field := range []string{"initContainers", "containers"} {
			containers, _ := pod.Spec[field].([]any)
			for i, container := range containers {
				at := refs.Join(pod.Path, "spec", field, i)
				env, _ := world.Value(container, "env").([]any)
				for n, item := range env {
					text, _ := world.Value(item, "value").(string)
					named(p, x, o, text, said, refs.Join(at, "env", n, "value"))
				}
				for _, list := range []string{"command", "args"} {
					texts, _ := world.Value(container, list).([]any)
					for n, item := range texts {
						text, _ := item.(string)
						named(p, x, o, text, said, refs.Join(at, list, n))
					}
				}
			}
		}
	}
}

func named(p *lint.Pass, x *refs.Index, o *world.Object, text string, said map[string]bool, at []any) {
	for _, m := range host.FindAllStringSubmatch(text, -1) {
		name, namespace := m[2], m[3]
		if id := namespace + "/" + name; said[id] {
			continue
		} else {
			said[id] = true
		}
		answer, found := x.Lookup("", "Service", namespace, name)
		switch {
		case found != nil:
			continue
		case answer == world.Absent:
			near(p.Warnf(o.Position(at...), o, "Service %s/%s, whose name %s is given, does not exist", namespace, name, o.ID()), x, o, name)
		default:
			if other := release(x, namespace, name); other != "" {
				p.Warnf(o.Position(at...), o, "Service %s/%s, whose name %s is given, is not known", namespace, name, o.ID()).
					Hint("did you mean %q?", other)
			}
		}
	}
}

// release gives a Service or a release of a namespace, whose chart names a Service after it, that differs from a name by a
// slip.
func release(x *refs.Index, namespace, name string) string {
	if other := refs.Near(name, x.Kind("", "Service", namespace)); other != nil {
		return other.Name
	}
	for _, owner := range x.World.Owners {
		if owner.Chart == "" || owner.Namespace != namespace || owner.Object == nil {
			continue
		}
		if strings.Contains(fmt.Sprint(owner.Values), name+" ") || refs.Near(name, []*world.Object{owner.Object}) == nil {
			continue
		}
		return owner.Object.Name
	}
	return ""
}

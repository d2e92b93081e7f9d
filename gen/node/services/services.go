// Package services is what the platform's services need of the machine, as their entries in the catalog say.
package services

import (
	_ "embed"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
)

//go:embed setup.sh
var setup string

// rule is that of the findings of this package.
const rule = "node"

// The names that Debian's policy (5.6.1), the kernel's build and systemd.unit(5) allow.
var (
	packageName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)
	moduleName  = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	unitName    = regexp.MustCompile(`^[A-Za-z0-9:_.@\\-]+\.(service|socket|timer|target|mount|swap|path)$`)
)

// Part gathers the needs of all services. The error holds findings: names and paths that cannot be right.
func Part(in *model.Inputs) (*node.Part, error) {
	part := &node.Part{Name: "services"}
	var modules []string
	var findings diag.Findings
	for i := range in.Cluster.Services {
		s := &in.Cluster.Services[i]
		findings = append(findings, names(s, "packages", s.Node.Packages, packageName)...)
		findings = append(findings, names(s, "modules", s.Node.Modules, moduleName)...)
		findings = append(findings, names(s, "services", s.Node.Services, unitName)...)
		part.Packages = append(part.Packages, s.Node.Packages...)
		part.Units = append(part.Units, s.Node.Services...)
		modules = append(modules, s.Node.Modules...)
		for _, name := range slices.Sorted(maps.Keys(s.Node.Files)) {
			if path.Clean(name) != name || !path.IsAbs(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				findings = append(findings, diag.Errorf(rule, s.At.Position("node", "files", name), "service %q puts a file at %q, which is not a plain absolute path", s.Name, name))
			}
			part.Files = append(part.Files, node.File{Path: name, Mode: 0o644, Content: s.Node.Files[name], Verbatim: true})
		}
	}
	if len(findings) > 0 {
		return nil, findings
	}
	part.Packages, part.Units, modules = unique(part.Packages), unique(part.Units), unique(modules)
	if len(modules) > 0 {
		part.Files = append(part.Files, node.File{Path: "/etc/modules-load.d/lvsgen.conf", Mode: 0o644, Content: node.Lines(modules)})
		part.Setup = setup
	}
	return part, nil
}

func names(s *model.Service, field string, values []string, form *regexp.Regexp) diag.Findings {
	var findings diag.Findings
	for _, value := range values {
		if !form.MatchString(value) {
			f := diag.Errorf(rule, s.At.Position("node", field), "service %q needs %q of the node, which is not a name of that kind", s.Name, value)
			f.Hint = fmt.Sprintf("node.%s are names such as %q", field, examples[field])
			findings = append(findings, f)
		}
	}
	return findings
}

var examples = map[string]string{"packages": "open-iscsi", "modules": "iscsi_tcp", "services": "iscsid.service"}

func unique(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// Package cloudinitsyntax is the rule cloud-init-syntax.
package cloudinitsyntax

import (
	"bytes"
	_ "embed"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/files"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// Rule finds what its title says.
var Rule = &lint.Rule{
	Name:       "cloud-init-syntax",
	Group:      1,
	Severities: []diag.Severity{diag.Error, diag.Warning},
	Title:      "cloud-init ignores user data, or a part of it",
	Why: "The server comes up all the same, without the packages, files or commands that were asked for, and only its own log " +
		"says so. A command with a colon becomes a map, and then none of the commands runs; a text that lost its indent ends " +
		"the file; a key that is misspelt is nobody's.",
	Bad:   bad,
	Good:  good,
	Check: check,
}

//go:embed bad.txtar
var bad string

//go:embed good.txtar
var good string

func check(p *lint.Pass) {
	for _, name := range files.Of(p).CloudInit {
		content, err := p.Tree.Read(name)
		if err != nil || jinja(content) {
			continue
		}
		docs, findings := p.Docs.Documents(name)
		for _, f := range judge(name, content, docs, findings, terraform{
			typed:    mentioned(p, "text/cloud-config", files.Header),
			rendered: mentioned(p, "templatefile(", "template_file"),
		}) {
			report := p.Errorf
			if f.Severity == diag.Warning {
				report = p.Warnf
			}
			r := report(f.Position, nil, "%s", f.Message)
			if f.Hint != "" {
				r.Hint("%s", f.Hint)
			}
			for _, place := range f.Related {
				r.See(place.Position, "%s", place.Message)
			}
		}
	}
}

// jinja tells whether cloud-init fills in the file on the server.
func jinja(content []byte) bool {
	first, _, _ := bytes.Cut(content, []byte("\n"))
	return bytes.Contains(first, []byte("template: jinja"))
}

// terraform is what the repository's Terraform does with user data.
type terraform struct {
	// typed tells whether it says by other means than the first line what the user data is.
	typed bool
	// rendered tells whether it fills in templates: ${} in a file may then be its, and not a shell's.
	rendered bool
}

// mentioned tells whether a file of Terraform holds one of the texts.
func mentioned(p *lint.Pass, texts ...string) bool {
	for _, name := range files.Of(p).HCL {
		content, err := p.Tree.Read(name)
		for _, text := range texts {
			if err == nil && bytes.Contains(content, []byte(text)) {
				return true
			}
		}
	}
	return false
}

// judge gives what cloud-init will not do of a file.
func judge(name string, content []byte, docs []*yamlfile.Document, broken diag.Findings, tf terraform) diag.Findings {
	headed := bytes.HasPrefix(content, []byte(files.Header))
	if bytes.HasPrefix(content, []byte(files.Header+"-")) {
		return nil // an archive, which is a list of files
	}
	template := yamlfile.MayBeTemplate(string(content))
	switch {
	case len(broken) > 0 && (template || !headed):
		return nil // what it becomes is not known, or it may be for another program
	case len(broken) > 0:
		for i := range broken {
			broken[i].Rule = ""
		}
		return broken
	case !headed && (!userData(docs) || tf.typed):
		return nil
	case !headed:
		f := diag.Errorf("", diag.Position{File: name, Line: 1, Column: 1}, "the first line is not %s, so cloud-init ignores the file", files.Header).
			WithHint("begin the file with %s", files.Header)
		if line := headerLine(content); line > 0 {
			f = f.WithRelated(diag.Position{File: name, Line: line}, "it is here")
		}
		return diag.Findings{f}
	case len(docs) == 0:
		return nil
	case len(docs) > 1:
		return diag.Findings{diag.Errorf("", docs[1].Position(), "user data is one document, so cloud-init refuses this file with %d", len(docs)).
			WithHint("put the keys into one document")}
	}
	c := checker{doc: docs[0], template: template, rendered: tf.rendered}
	c.top()
	return c.findings
}

// headerLine is where the header stands that is not at the beginning, also with a blank in it; 0 when nowhere.
func headerLine(content []byte) int {
	for i, line := range strings.Split(string(content), "\n") {
		if strings.HasPrefix(strings.ReplaceAll(line, " ", ""), files.Header) {
			return i + 1
		}
	}
	return 0
}

// telling are keys that hardly any other program has.
var telling = []string{"apt", "bootcmd", "disable_root", "package_update", "package_upgrade", "packages", "runcmd", "ssh_authorized_keys", "ssh_pwauth", "users", "write_files"}

// userData tells whether a file is surely meant for cloud-init: all its keys are cloud-init's, and one is nobody else's.
func userData(docs []*yamlfile.Document) bool {
	if len(docs) != 1 {
		return false
	}
	found := false
	for key := range docs[0].Fields() {
		if !known[key] {
			return false
		}
		for _, name := range telling {
			found = found || key == name
		}
	}
	return found
}

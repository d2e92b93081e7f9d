package cloudinitsyntax

import (
	"fmt"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

type checker struct {
	doc *yamlfile.Document
	// template tells that somebody may fill in the file; rendered that Terraform fills in some files.
	template, rendered bool
	findings           diag.Findings
}

func (c *checker) errorf(at diag.Position, hint, format string, args ...any) {
	c.findings = append(c.findings, diag.Errorf("", at, format, args...).WithHint("%s", hint))
}

func (c *checker) warnf(at diag.Position, hint, format string, args ...any) {
	c.findings = append(c.findings, diag.Warnf("", at, format, args...).WithHint("%s", hint))
}

// top checks the keys at the top, and those below it whose form is often wrong.
func (c *checker) top() {
	fields := c.doc.Fields()
	if fields == nil {
		c.errorf(c.doc.Position(), "write keys such as packages: and runcmd:", "user data is a mapping, so cloud-init ignores this file")
		return
	}
	for key := range fields {
		if foreign[key] {
			return
		}
	}
	for _, key := range sortedKeys(fields) {
		if !known[key] && !filledIn(key) {
			c.unknown(known, "cloud-init has no key %q and ignores what is below it", key, key)
		}
	}
	c.commands("bootcmd", fields["bootcmd"])
	c.commands("runcmd", fields["runcmd"])
	c.packages(fields["packages"])
	c.users(fields["users"])
	c.files(fields["write_files"])
}

// filledIn tells whether a text is not yet what it will be.
func filledIn(text string) bool { return strings.Contains(text, "${") || strings.Contains(text, "%{") }

// unknown reports a key that its place does not have. What is nearly a known key is surely one; another may be meant for a
// module of the server's own.
func (c *checker) unknown(have map[string]bool, format, key string, at ...any) {
	near := diag.Nearest(strings.ReplaceAll(key, "-", "_"), sortedKeys(have))
	if want := meant[key]; near == "" && have[want] {
		near = want
	}
	if near == "" {
		near = joined(have, key)
	}
	if near != "" {
		c.errorf(c.doc.Key(at...), fmt.Sprintf("did you mean %q?", near), format, key)
		return
	}
	c.warnf(c.doc.Key(at...), "look it up in the module reference of cloud-init", format, key)
}

// joined finds the key that differs in its separators alone, such as runcmd for run_cmd.
func joined(have map[string]bool, key string) string {
	bare := strings.NewReplacer("_", "", "-", "")
	for _, name := range sortedKeys(have) {
		if strings.EqualFold(bare.Replace(name), bare.Replace(key)) {
			return name
		}
	}
	return ""
}

// commands checks runcmd and bootcmd: one item of a wrong form, and none of them runs.
func (c *checker) commands(key string, value any) {
	items, isList := value.([]any)
	if !isList {
		if text, isText := value.(string); value != nil && !(isText && filledIn(text)) {
			c.errorf(c.doc.Key(key), "write a list: each command behind a dash", "%s is no list, so cloud-init runs none of it", key)
		}
		return
	}
	for i, item := range items {
		at := c.doc.Position(key, i)
		switch v := item.(type) {
		case nil, []any:
		case string:
			c.script(v, key, i)
		case map[string]any:
			c.errorf(at, "put the whole command in single quotes, or write it as a list: [echo, \"a: b\"]",
				"the colon makes a map of the command %q, so cloud-init runs none of %s", first(v), key)
		default:
			c.errorf(at, "put it in quotes", "a command is a text or a list, not %v, so cloud-init runs none of %s", v, key)
		}
	}
}

// first is the first key of a map, for messages.
func first(m map[string]any) string {
	for _, key := range sortedKeys(m) {
		return key
	}
	return ""
}

// packages checks the items of packages: a name, a name and a version, or a map of a package manager.
func (c *checker) packages(value any) {
	items, _ := value.([]any)
	for i, item := range items {
		m, isMap := item.(map[string]any)
		if !isMap {
			continue
		}
		for _, key := range sortedKeys(m) {
			if key != "apt" && key != "snap" {
				c.errorf(c.doc.Position("packages", i), "write the name alone, or [name, version]", "the colon makes a map of the package %q, which cloud-init does not install", key)
				break
			}
		}
	}
}

// users checks the items of users.
func (c *checker) users(value any) {
	items, _ := value.([]any)
	for i, item := range items {
		m, isMap := item.(map[string]any)
		if !isMap {
			continue
		}
		if m["name"] == nil && m["snapuser"] == nil && !c.template {
			c.errorf(c.doc.Position("users", i), "write name:", "the user has no name, so cloud-init does not make it")
		}
		for _, key := range sortedKeys(m) {
			if !userKeys[key] && !filledIn(key) {
				c.unknown(userKeys, "a user has no key %q, which cloud-init ignores", key, "users", i, key)
			}
		}
	}
}

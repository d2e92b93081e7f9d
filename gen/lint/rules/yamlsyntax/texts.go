package yamlsyntax

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/conflict"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/world"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// jsonHint is the way out of what is no JSON.
const jsonHint = "look for a comma or a quote that is missing, on this line or at the end of the line above"

// texts looks at the files inside ConfigMaps and Secrets.
func (c *checker) texts(o *world.Object) {
	field := "data"
	switch {
	case o.Is("", "Secret"):
		field = "stringData"
	case !o.Is("", "ConfigMap"):
		return
	}
	data := o.Map(field)
	for _, key := range slices.Sorted(maps.Keys(data)) {
		text, _ := data[key].(string)
		if file := o.Sources[key]; file != "" {
			c.file(file)
		}
		if text == "" || sealed(text) || yamlfile.MayBeTemplate(text) || o.Sources[key] != "" || c.generated(o, text) {
			continue
		}
		switch path.Ext(key) {
		case ".yaml", ".yml":
			_, findings := lint.Parsed(c.Pass, text)
			for _, f := range findings {
				if f.Rule != conflict.Rule && !strings.Contains(f.Message, yamlfile.KeyMustBeText) {
					c.inside(o, field, key, f)
				}
			}
		case ".json":
			if line, message := yamlfile.BrokenJSON(text); message != "" {
				c.inside(o, field, key, diag.Finding{Position: diag.Position{Line: line}, Message: message, Hint: jsonHint})
			}
		}
	}
}

// sealed tells whether SOPS encrypted a text.
func sealed(text string) bool { return strings.HasPrefix(text, "ENC[") }

// generated tells whether a text comes from a file that the build read, where it is reported.
func (c *checker) generated(o *world.Object, text string) bool {
	if o.Doc != nil || o.Owner == nil {
		return false
	}
	return slices.ContainsFunc(o.Owner.Files, func(name string) bool {
		content, err := c.Tree.Read(name)
		return err == nil && string(content) == text
	})
}

func (c *checker) inside(o *world.Object, field, key string, f diag.Finding) {
	at := o.Position(field, key)
	if f.Line > 0 {
		at = o.Inside(f.Line-1, field, key)
	}
	var related []diag.Related
	for _, r := range f.Related {
		related = append(related, diag.Related{Position: o.Inside(max(r.Line-1, 0), field, key), Message: r.Message})
	}
	c.say(diag.Finding{Message: "in " + key + " of " + o.ID() + ": " + f.Message, Hint: f.Hint, Related: related}, at, o)
}

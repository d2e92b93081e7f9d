package cloudinitsyntax

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// files checks the items of write_files, and the files in them whose form is known.
func (c *checker) files(value any) {
	items, isList := value.([]any)
	if !isList {
		if _, isText := value.(string); value != nil && !isText {
			c.errorf(c.doc.Key("write_files"), "write a list: each file behind a dash", "write_files is no list, so cloud-init writes none of it")
		}
		return
	}
	for i, item := range items {
		if m, isMap := item.(map[string]any); isMap {
			c.file(i, m)
		}
	}
}

func (c *checker) file(i int, m map[string]any) {
	for _, key := range sortedKeys(m) {
		if !fileKeys[key] && !filledIn(key) {
			c.unknown(fileKeys, "an item of write_files has no key %q, which cloud-init ignores", key, "write_files", i, key)
		}
	}
	name, _ := m["path"].(string)
	if m["path"] == nil && !c.template && len(c.findings) == 0 {
		c.errorf(c.doc.Position("write_files", i), "write path:", "the file has no path, so cloud-init does not write it")
	}
	if encoding, isText := m["encoding"].(string); isText && !encodings[strings.ToLower(encoding)] && !filledIn(encoding) {
		c.errorf(c.doc.Position("write_files", i, "encoding"), "the encodings are: "+strings.Join(sortedKeys(encodings), ", "), "cloud-init does not know encoding %q and writes the text as it is", encoding)
	}
	if mode, isNumber := m["permissions"].(int64); isNumber && slices.Contains(decimals, mode) {
		c.warnf(c.doc.Position("write_files", i, "permissions"), fmt.Sprintf(`write "0%d"`, mode), "permissions: %d is read as a decimal number, %#o", mode, mode)
	}
	switch content := m["content"].(type) {
	case map[string]any, []any:
		c.errorf(c.doc.Key("write_files", i, "content"), "write content: | and the text below it", "the content of %s is no text, so cloud-init writes no file behind it either", quotedName(name))
	case string:
		if m["encoding"] == nil {
			c.inside(name, content, "write_files", i, "content")
		}
	}
}

// decimals are modes that somebody wrote without the zero in front: as decimal numbers they are no sensible modes.
var decimals = []int64{600, 640, 644, 700, 750, 755}

func quotedName(name string) string {
	if name == "" {
		return "the file"
	}
	return fmt.Sprintf("%q", name)
}

// inside checks a file that somebody on the server reads.
func (c *checker) inside(name, content string, at ...any) {
	if c.open(content) {
		return
	}
	switch ext := path.Ext(name); {
	case shebang.MatchString(content), ext == ".sh" && !strings.HasPrefix(content, "#!"):
		c.script(content, at...)
	case ext == ".yaml" || ext == ".yml":
		_, findings := yamlfile.Parse("", []byte(content))
		for _, f := range findings {
			if strings.Contains(f.Message, yamlfile.KeyMustBeText) {
				continue
			}
			c.errorf(c.doc.Inside(max(f.Line-1, 0), at...), f.Hint, "in %s: %s", name, f.Message)
		}
	case ext == ".json":
		if line, message := yamlfile.BrokenJSON(content); message != "" {
			c.errorf(c.doc.Inside(line-1, at...), "compare it with the output of jq", "in %s: %s", name, message)
		}
	case slices.Contains(unitTypes, ext):
		if line, message := brokenUnit(content); message != "" {
			c.errorf(c.doc.Inside(line, at...), "a unit has sections such as [Service], and below them Key=Value", "in %s: %s", name, message)
		}
	}
}

// open tells whether a text inside the file may still be filled in.
func (c *checker) open(text string) bool {
	return c.rendered && filledIn(text) || strings.Contains(text, "{{")
}

// unitTypes are the extensions of systemd's units (systemd.unit(5)).
var unitTypes = []string{".automount", ".mount", ".path", ".scope", ".service", ".slice", ".socket", ".swap", ".target", ".timer"}

var section = regexp.MustCompile(`^\[[^\[\]]+\]$`)

// brokenUnit finds the first line, counted from 0, that systemd ignores: one without an equals sign, or before any section
// (systemd.syntax(7)).
func brokenUnit(content string) (int, string) {
	inSection, continued := false, false
	for i, line := range strings.Split(content, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue // also between continued lines
		}
		wasContinued := continued
		continued = strings.HasSuffix(line, `\`)
		switch {
		case wasContinued || line == "":
		case section.MatchString(line):
			inSection = true
		case strings.HasPrefix(line, "["):
			return i, fmt.Sprintf("the section %q is not closed, so systemd refuses the unit", shortened(line))
		case !strings.Contains(line, "="):
			return i, fmt.Sprintf("the line %q has no equals sign, so systemd ignores it", shortened(line))
		case !inSection:
			return i, fmt.Sprintf("the line %q stands before any section, so systemd ignores it", shortened(line))
		}
	}
	return 0, ""
}

// shortened keeps messages readable.
func shortened(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

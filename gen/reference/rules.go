package reference

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules"
	"github.com/lvs-cloud/lvsgen/gen/load"
)

// SortedRules are all rules by group and name.
func SortedRules() []*lint.Rule {
	return slices.SortedFunc(slices.Values(rules.All), func(a, b *lint.Rule) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), strings.Compare(a.Name, b.Name))
	})
}

// Rules gives docs/rules.md.
func Rules() []byte {
	var b bytes.Buffer
	b.WriteString("# Rules\n\nWhat `lvsgen validate` judges by, generated from the rules themselves. `lvsgen explain RULE` shows an example\n" +
		"of each, wrong and right. [The guide](guide/validate.md) says how to suppress a finding.\n")
	sorted := SortedRules()
	for i, r := range sorted {
		if i == 0 || sorted[i-1].Group != r.Group {
			fmt.Fprintf(&b, "\n## %s%s\n\n| rule | severity | finds |\n| --- | --- | --- |\n", strings.ToUpper(r.GroupName()[:1]), r.GroupName()[1:])
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.Name, r.Name, strings.Join(r.SeverityNames(), ", "), cell(r.Title))
	}
	b.WriteString("\n## What happens\n")
	for _, r := range sorted {
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n%s\n", r.Name, r.Title, r.Why)
	}
	return b.Bytes()
}

// example is an archive without the marks of the tests.
func example(archive string) string {
	var b strings.Builder
	for line := range strings.Lines(archive) {
		before, _, marked := strings.Cut(line, "# want:")
		switch {
		case marked && strings.TrimSpace(before) == "":
		case marked:
			b.WriteString(strings.TrimRight(before, " ") + "\n")
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}

// RuleText is the documentation of a rule for a terminal.
func RuleText(r *lint.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s; %s)\n\n%s.\n\n%s\n", r.Name, r.GroupName(), strings.Join(r.SeverityNames(), ", "), r.Title, wrapped(r.Why, 100))
	fmt.Fprintf(&b, "\nWrong:\n\n%s\nRight:\n\n%s", indented(example(r.Bad)), indented(example(r.Good)))
	fmt.Fprintf(&b, "\nTo suppress one finding, on its line or above it:\n\n  # lvsgen:ignore %s why it is right here\n", r.Name)
	fmt.Fprintf(&b, "\nTo change it for the repository, in lvsgen.yaml:\n\n  validate:\n    rules:\n      %s: off\n", r.Name)
	return b.String()
}

// Fields are all fields of the inputs, each by its path from a definition through the definitions that it is made of:
// "App.image.version".
func Fields() ([]load.Field, error) {
	definitions, err := load.Reference()
	if err != nil {
		return nil, err
	}
	byName := map[string]load.Definition{}
	for _, d := range definitions {
		byName[d.Name] = d
	}
	var out []load.Field
	var add func(prefix string, d load.Definition, above []string)
	add = func(prefix string, d load.Definition, above []string) {
		above = append(slices.Clip(above), d.Name)
		for _, f := range d.Fields {
			short := f.Name
			f.Name = prefix + "." + short
			out = append(out, f)
			m := reference.FindStringSubmatch(f.Type)
			if m != nil && !slices.Contains(above, m[1]) {
				add(f.Name, byName[m[1]], above)
			}
		}
	}
	for _, d := range definitions {
		out = append(out, load.Field{Name: d.Name, Doc: d.Doc, Type: d.Allowed})
		add(d.Name, d, nil)
	}
	return out, nil
}

// FieldText is the documentation of a field, or of a definition, for a terminal.
func FieldText(f load.Field) string {
	required := ""
	if f.Required {
		required = " (required)"
	}
	out := f.Name + required + "\n" + indented(f.Doc+"\n")
	if f.Type != "" {
		out += "  may be: " + strings.Join(strings.Fields(f.Type), " ") + "\n"
	}
	if f.Default != "" {
		out += "  default: " + strings.Join(strings.Fields(f.Default), " ") + "\n"
	}
	return out
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// wrapped breaks a text into lines of at most width characters.
func wrapped(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i > 0 && column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

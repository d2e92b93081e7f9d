package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
)

// inventory is what `lvsgen secrets --format json` prints. Fields may be added; those that are there keep their meaning.
type inventory struct {
	Version int               `json:"version"`
	Mode    model.SecretsMode `json:"mode"`
	Values  []inventoryValue  `json:"values"`
	Files   []inventoryFile   `json:"files"`
	Secrets []inventorySecret `json:"secrets"`
	// Missing and Unknown are only there with --missing.
	Missing *[]string `json:"missing,omitempty"`
	Unknown *[]string `json:"unknown,omitempty"`
}

type inventoryValue struct {
	GitHub      string   `json:"github"`
	What        string   `json:"what"`
	Form        string   `json:"form,omitempty"`
	Make        string   `json:"make,omitempty"`
	NeededBy    []string `json:"neededBy"`
	Environment []string `json:"environment,omitempty"`
	InCluster   bool     `json:"inCluster"`
}

type inventoryFile struct {
	Path    string         `json:"path"`
	Secret  string         `json:"secret"`
	State   string         `json:"state"` // "complete", "incomplete", "absent" or "broken"
	Problem string         `json:"problem,omitempty"`
	Keys    []inventoryKey `json:"keys"`
	Extra   []string       `json:"extra,omitempty"`
	InClear []string       `json:"inClear,omitempty"`
	NotFor  []string       `json:"notFor,omitempty"`
}

type inventoryKey struct {
	Name    string `json:"name"`
	What    string `json:"what"`
	Form    string `json:"form,omitempty"`
	Make    string `json:"make,omitempty"`
	Set     string `json:"set"`
	Missing bool   `json:"missing"`
}

type inventorySecret struct {
	Namespace string               `json:"namespace"`
	Name      string               `json:"name"`
	Type      string               `json:"type,omitempty"`
	Keys      []inventorySecretKey `json:"keys"`
	Producer  string               `json:"producer"`
	Consumers []string             `json:"consumers"`
}

type inventorySecretKey struct {
	Name   string   `json:"name"`
	Values []string `json:"values,omitempty"`
	From   string   `json:"from"` // "provided", "fixed" or "made"
}

func newInventory(in *model.Inputs, states []secret.State) *inventory {
	i := &inventory{Version: 1, Mode: in.Cloud.Secrets.Mode, Values: []inventoryValue{}, Files: []inventoryFile{}, Secrets: []inventorySecret{}}
	for _, v := range secret.Values(in) {
		i.Values = append(i.Values, inventoryValue{v.GitHubName(), v.What, v.Form, v.Make, v.NeededBy, v.Environment, v.Cluster})
	}
	for n := range states {
		i.Files = append(i.Files, newInventoryFile(&states[n]))
	}
	for _, o := range secret.Objects(in) {
		s := inventorySecret{o.Namespace, o.Name, o.Type, []inventorySecretKey{}, o.Producer, append([]string{}, o.Consumers...)}
		for _, k := range o.Keys {
			s.Keys = append(s.Keys, inventorySecretKey(k))
		}
		i.Secrets = append(i.Secrets, s)
	}
	return i
}

func newInventoryFile(s *secret.State) inventoryFile {
	f := inventoryFile{
		Path: s.Path, Secret: s.Namespace() + "/" + s.Name(), State: "complete", Keys: []inventoryKey{},
		Extra: s.Extra, InClear: s.InClear, NotFor: s.NotFor,
	}
	for _, k := range s.Keys {
		f.Keys = append(f.Keys, inventoryKey{k.Name, k.What, k.Form, k.Make, s.SetCommand(k.Name), slices.Contains(s.Missing, k.Name)})
	}
	switch {
	case s.Absent:
		f.State = "absent"
	case s.Problem != nil:
		f.State, f.Problem = "broken", s.Problem.Error()
	case len(s.InClear) > 0:
		f.State, f.Problem = "broken", "holds values in clear"
	case len(s.Missing) > 0:
		f.State = "incomplete"
	}
	return f
}

// compare fills in what GitHub lacks and what it has too much.
func (i *inventory) compare(have []string) {
	missing, unknown := []string{}, []string{}
	var want []string
	for _, v := range i.Values {
		want = append(want, v.GitHub)
		if !slices.Contains(have, v.GitHub) {
			missing = append(missing, v.GitHub)
		}
	}
	for _, name := range have {
		if !slices.Contains(want, name) {
			unknown = append(unknown, name)
		}
	}
	i.Missing, i.Unknown = &missing, &unknown
}

// print writes the inventory for people.
func (i *inventory) print(out io.Writer) error {
	var b bytes.Buffer
	if i.Missing != nil {
		i.printMissing(&b)
		_, err := out.Write(b.Bytes())
		return err
	}
	b.WriteString("GitHub Actions secrets (Settings > Secrets and variables > Actions, or: gh secret set NAME)\n")
	for _, v := range i.Values {
		fmt.Fprintf(&b, "  %s\n    %s; for %s\n", v.GitHub, v.What, strings.Join(v.NeededBy, ", "))
		formAndMake(&b, "    ", v.Form, v.Make)
	}
	if i.Mode == model.SecretsSOPS {
		b.WriteString("\nEncrypted files in this repository\n")
		for _, f := range i.Files {
			printFile(&b, f)
		}
	}
	b.WriteString("\nKubernetes Secrets\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  SECRET\tKEYS\tMADE BY\tREAD BY")
	for _, s := range i.Secrets {
		var keys []string
		for _, k := range s.Keys {
			keys = append(keys, k.Name)
		}
		fmt.Fprintf(w, "  %s/%s\t%s\t%s\t%s\n", s.Namespace, s.Name, shortList(keys), s.Producer, shortList(s.Consumers))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := out.Write(b.Bytes())
	return err
}

// maxListed is how many words a cell of the table shows; JSON has all.
const maxListed = 3

func shortList(words []string) string {
	if len(words) == 0 {
		return "-"
	}
	if len(words) > maxListed+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:maxListed], ", "), len(words)-maxListed)
	}
	return strings.Join(words, ", ")
}

func formAndMake(b *bytes.Buffer, indent, form, command string) {
	if form != "" {
		fmt.Fprintf(b, "%sform: %s\n", indent, form)
	}
	if command != "" {
		fmt.Fprintf(b, "%smake: %s\n", indent, command)
	}
}

func printFile(b *bytes.Buffer, f inventoryFile) {
	fmt.Fprintf(b, "  %s (Secret %s): %s", f.Path, f.Secret, f.State)
	if f.Problem != "" {
		fmt.Fprintf(b, ", %s", f.Problem)
	}
	b.WriteString("\n")
	for _, k := range f.Keys {
		mark := ""
		if k.Missing {
			mark = " (missing)"
		}
		fmt.Fprintf(b, "    %s%s\n      %s\n", k.Name, mark, k.What)
		formAndMake(b, "      ", k.Form, k.Make)
		fmt.Fprintf(b, "      set: %s\n", k.Set)
	}
	if len(f.Extra) > 0 {
		fmt.Fprintf(b, "    nobody reads: %s\n", strings.Join(f.Extra, ", "))
	}
	if len(f.NotFor) > 0 {
		fmt.Fprintf(b, "    not encrypted to: %s\n", strings.Join(f.NotFor, ", "))
	}
}

func (i *inventory) printMissing(b *bytes.Buffer) {
	for _, v := range i.Values {
		if slices.Contains(*i.Missing, v.GitHub) {
			fmt.Fprintf(b, "missing: %s: %s\n", v.GitHub, v.What)
			formAndMake(b, "  ", v.Form, v.Make)
		}
	}
	for _, name := range *i.Unknown {
		fmt.Fprintf(b, "unknown: %s: nothing in this cloud needs it\n", name)
	}
	for _, f := range i.Files {
		if f.State == "complete" && len(f.NotFor) == 0 {
			continue
		}
		printFile(b, f)
	}
	if b.Len() == 0 {
		b.WriteString("nothing is missing\n")
	}
}

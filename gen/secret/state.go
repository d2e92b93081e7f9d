package secret

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/sops"
)

// State is how an encrypted file stands in the repository.
type State struct {
	File
	// Absent tells that there is no such file, Problem what keeps it from being read.
	Absent  bool
	Problem error
	// Missing are keys without a value; Extra are keys that nothing asks for; InClear are keys whose value is not
	// encrypted. Sorted.
	Missing, Extra, InClear []string
	// NotFor are recipients of the cloud that it is not encrypted to.
	NotFor []string
}

// States looks at the encrypted files of the cloud below root. Names of keys are in clear in them; no value is read.
func States(root fs.FS, in *model.Inputs) []State {
	var out []State
	for _, f := range Files(in) {
		s := State{File: f}
		content, err := fs.ReadFile(root, f.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			s.Absent = true
			s.Missing = f.keyNames()
		case err != nil:
			s.Problem = errors.New("cannot be read")
		default:
			s.look(content, in.Cloud.Secrets.Recipients)
		}
		out = append(out, s)
	}
	return out
}

func (f *File) keyNames() []string {
	var out []string
	for _, k := range f.Keys {
		out = append(out, k.Name)
	}
	return out
}

func (s *State) look(content []byte, recipients []string) {
	summary, err := sops.Inspect(content)
	if err != nil {
		s.Problem = err
		return
	}
	if summary.Kind != "Secret" || summary.Namespace != s.Namespace() || summary.Name != s.Name() {
		s.Problem = errors.New("is not the Secret " + s.Namespace() + "/" + s.Name())
		return
	}
	fixed, _ := s.Manifest["data"].(map[string]any)
	wanted := s.keyNames()
	for _, name := range wanted {
		if !slices.Contains(summary.Keys, name) || slices.Contains(summary.Empty, name) {
			s.Missing = append(s.Missing, name)
		}
	}
	for _, name := range summary.Keys {
		if _, ok := fixed[name]; !ok && !slices.Contains(wanted, name) {
			s.Extra = append(s.Extra, name)
		}
	}
	s.InClear = summary.InClear
	for _, r := range recipients {
		if !slices.Contains(summary.Recipients, r) {
			s.NotFor = append(s.NotFor, r)
		}
	}
}

// SetCommand is the command that gives a key of a file its value.
func (f *File) SetCommand(key string) string {
	if f.Owner == "" {
		return "lvsgen secrets set " + f.Target()
	}
	return "lvsgen secrets set " + f.Target() + " " + key
}

// Findings judges the encrypted files: a value in clear is an error, what is missing a warning, since whoever has the
// values may come later.
func Findings(states []State) diag.Findings {
	var out diag.Findings
	warn := func(s *State, hint, format string, args ...any) {
		f := diag.Errorf("secret-file", diag.Position{File: s.Path}, format, args...).WithHint("%s", hint)
		f.Severity = diag.Warning
		out = append(out, f)
	}
	for i := range states {
		s := &states[i]
		first := ""
		if len(s.Missing) > 0 {
			first = s.SetCommand(s.Missing[0])
		} else if len(s.Keys) > 0 {
			first = s.SetCommand(s.Keys[0].Name)
		}
		switch {
		case s.Absent:
			warn(s, first, "is missing: Flux cannot apply what its folder holds until it is there")
		case errors.Is(s.Problem, sops.ErrPlain):
			out = append(out, diag.Errorf("secret-in-clear", diag.Position{File: s.Path}, "%v", s.Problem).
				WithHint("encrypt it with `sops encrypt --in-place %s` or make it anew: %s --replace; what was committed in clear is known to others: change the values", s.Path, first))
		case s.Problem != nil:
			out = append(out, diag.Errorf("secret-file", diag.Position{File: s.Path}, "%v", s.Problem).
				WithHint("repair it with the program sops, or make it anew: %s --replace", first))
		case len(s.InClear) > 0:
			out = append(out, diag.Errorf("secret-in-clear", diag.Position{File: s.Path}, "holds values in clear: %s", strings.Join(s.InClear, ", ")).
				WithHint("set them anew: %s --replace; what was committed in clear is known to others: change the values", first))
		case len(s.Missing) > 0:
			warn(s, first, "lacks a value for %s", strings.Join(s.Missing, ", "))
		case len(s.NotFor) > 0:
			warn(s, "give it to them with `sops updatekeys "+s.Path+"`, or set a key of it again", "is not encrypted to %s", strings.Join(s.NotFor, ", "))
		}
	}
	return out
}

package engine_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/helm/engine"
)

func render(text string, more ...string) (string, *engine.Budget, error) {
	scope := map[string]any{
		"Values": map[string]any{"name": "shop", "self": "{{ tpl .Values.self . }}"},
		"Files":  engine.Files{"a.txt": []byte(strings.Repeat("line\n", 1000))},
	}
	templates := []engine.Template{{Name: "shop/templates/a.yaml", Text: text, Scope: scope, BasePath: "shop/templates"}}
	for _, t := range more {
		templates = append(templates, engine.Template{Name: "shop/templates/_more.tpl", Text: t, Scope: scope})
	}
	budget := engine.NewBudget()
	budget.Steps /= 10 // what ends here ends there too, and sooner
	rendered, err := engine.Render(templates, budget)
	return rendered["shop/templates/a.yaml"], budget, err
}

// hostile are charts that never end, or ask for all memory.
var hostile = map[string]string{
	"a loop":                      `{{ range 10000000000 }}{{ end }}`,
	"loops in a loop":             `{{ range 100000 }}{{ range 100000 }}{{ if true }}{{ end }}{{ end }}{{ end }}`,
	"a loop with a long body":     `{{ range 1000000 }}` + strings.Repeat(`{{ $x := 1 }}`, 100) + `{{ end }}`,
	"a loop in else":              `{{ range list }}{{ else }}{{ range 10000000000 }}{{ end }}{{ end }}`,
	"until":                       `{{ range until 1000000000 }}{{ end }}`,
	"untilStep":                   `{{ untilStep 0 1000000000 1 }}`,
	"untilStep down":              `{{ untilStep 0 -1000000000 -1 }}`,
	"seq":                         `{{ seq 1 1000000000 }}`,
	"seq with a step":             `{{ seq 0 1 1000000000 }}`,
	"repeat":                      `{{ repeat 1000000000 "xx" }}`,
	"indent":                      `{{ indent 1000000000 "x" }}`,
	"nindent":                     `{{ nindent 1000000000 "x" }}`,
	"random texts":                `{{ randAlphaNum 1000000000 }}`,
	"random bytes":                `{{ randBytes 1000000000 }}`,
	"a wide format":               `{{ printf "` + strings.Repeat("%999999d", 400) + `" 1 }}`,
	"an argument as width":        `{{ range 500 }}{{ printf "%*d" 1000000 1 }}{{ end }}`,
	"an argument many times":      `{{ $x := repeat 1000000 "x" }}{{ printf "` + strings.Repeat("%[1]s", 1000) + `" $x }}`,
	"a text that doubles":         `{{ $x := "xx" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}`,
	"a text that doubles (cat)":   `{{ $x := "xx" }}{{ range 60 }}{{ $x = cat $x $x }}{{ end }}`,
	"a list that doubles":         `{{ $x := list 1 }}{{ range 60 }}{{ $x = concat $x $x }}{{ end }}`,
	"lists in a list":             `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toYaml $x }}`,
	"dicts in a dict":             `{{ $x := dict }}{{ range 60 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ $x }}`,
	"a dict that holds itself":    `{{ $x := dict }}{{ $_ := set $x "x" $x }}{{ $x }}`,
	"a dict that holds its owner": `{{ $x := dict }}{{ $y := dict "x" $x }}{{ $_ := set $x "y" (list $y) }}{{ toJson $x }}`,
	"a merge into itself":         `{{ $x := dict "a" (dict "b" 1) }}{{ $_ := merge $x.a (dict "c" $x) }}{{ printf "%v" $x }}`,
	"deep values":                 `{{ $x := dict }}{{ range 100000 }}{{ $x = dict "a" $x }}{{ end }}{{ toYaml $x }}`,
	"replace":                     `{{ $x := repeat 1000000 "x" }}{{ replace "x" $x $x }}`,
	"join":                        `{{ join (repeat 1000000 "x") (until 100000) }}`,
	"wrapWith":                    `{{ wrapWith 1 (repeat 1000000 "x") (repeat 1000000 "y ") }}`,
	"a regular expression":        `{{ regexReplaceAll "x" (repeat 1000000 "x") (repeat 1000000 "y") }}`,
	"a large regular expression":  `{{ range 1000 }}{{ regexMatch "(\\pL{500}){2}x" (repeat 1000000 "x") }}{{ end }}`,
	"pairs":                       `{{ uniq (until 1000000) }}`,
	"without":                     `{{ $x := until 100000 }}{{ range 1000000 }}{{ has -1 $x }}{{ end }}`,
	"keys":                        `{{ range 100000 }}{{ genPrivateKey "rsa" }}{{ end }}`,
	"passwords":                   `{{ range 100000 }}{{ htpasswd "a" "b" }}{{ end }}`,
	"include itself":              `{{ define "a" }}{{ include "b" . }}{{ end }}{{ define "b" }}{{ range 3 }}{{ include "c" . }}{{ end }}{{ end }}{{ define "c" }}{{ range 3 }}{{ template "a" $ }}{{ end }}{{ end }}{{ include "a" . }}`,
	"template itself":             `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`,
	"include in template":         `{{ define "a" }}{{ include "b" . }}{{ end }}{{ define "b" }}{{ template "c" . }}{{ end }}{{ define "c" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`,
	"blocks around a recursion":   `{{ define "a" }}` + strings.Repeat(`{{ if true }}`, 10000) + `{{ template "a" . }}` + strings.Repeat(`{{ end }}`, 10000) + `{{ end }}{{ template "a" . }}`,
	"tpl of itself":               `{{ tpl .Values.self . }}`,
	"a loop in tpl":               `{{ tpl "{{ range 10000000000 }}{{ end }}" . }}`,
	"tpl in a loop":               `{{ range 1000000000 }}{{ tpl "x" . }}{{ end }}`,
	"tpl that defines":            `{{ range 10000000 }}{{ tpl "{{ define \"x\" }}{{ range 1000 }}{{ end }}{{ end }}{{ include \"x\" . }}" . }}{{ end }}`,
	"a budget of its own":         `{{ range 10000000000 }}{{ lvsgenBudgetStep -1000000 0 }}{{ end }}`,
	"files":                       `{{ range 100000000 }}{{ $.Files.Get "a.txt" }}{{ end }}`,
	"lines of files":              `{{ range 100000000 }}{{ $_ := $.Files.Lines "a.txt" }}{{ end }}`,
	"globs":                       `{{ range 100000000 }}{{ $_ := ($.Files.Glob "**").AsConfig }}{{ end }}`,
	"long texts compared":         `{{ $x := repeat 60000000 "x" }}{{ $y := repeat 60000000 "x" }}{{ range 4000000 }}{{ eq $x $y }}{{ end }}`,
	"a dump in YAML":              `{{ $x := "a: [" }}{{ $y := fromYaml (print $x (repeat 20000000 "1,") "]") }}`,
	"aliases in fromYaml":         `{{ $x := fromYaml "a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g]\n" }}{{ range 1000000 }}{{ len (toYaml $x) }}{{ end }}`,
}

// TestHostile holds that every hostile chart ends in an error, and what it may spend.
func TestHostile(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(hostile)) {
		t.Run(name, func(t *testing.T) {
			text := hostile[name]
			out, budget, err := render(text)
			if err == nil {
				t.Fatalf("it renders to %d bytes, %d steps left", len(out), budget.Steps)
			}
			var over *engine.Exceeded
			if !errors.As(err, &over) && !strings.Contains(err.Error(), "nested reference name") && !strings.Contains(err.Error(), "not defined") {
				t.Fatalf("it ends for another reason: %v", err)
			}
			if budget.Steps < 0 || budget.Text < 0 {
				t.Errorf("%d steps and %d bytes too much", -budget.Steps, -budget.Text)
			}
		})
	}
}

// TestNothingOutside holds that a template reaches nothing but its chart.
func TestNothingOutside(t *testing.T) {
	t.Setenv("SECRET", "canary")
	for text, want := range map[string]string{
		`{{ getHostByName "lvs.example" }}`:                                              "",
		`{{ lookup "v1" "Secret" "a" "b" | toJson }}`:                                    "{}",
		`{{ .Files.Get "../../../../../etc/passwd" }}`:                                   "",
		`{{ .Files.Glob "/etc/*" | toJson }}`:                                            "{}",
		`{{ tpl "{{ getHostByName .x }}" (dict "x" 1 | merge (dict "x" "localhost")) }}`: "",
	} {
		out, _, err := render(text)
		if err != nil || out != want {
			t.Errorf("%s: %q, %v, want %q", text, out, err, want)
		}
	}
	for _, text := range []string{`{{ env "SECRET" }}`, `{{ expandenv "$SECRET" }}`, `{{ tpl "{{ env \"SECRET\" }}" . }}`} {
		if out, _, err := render(text); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %q, %v", text, out, err)
		}
	}
}

package fluxupdate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/fluxcd/pkg/sourceignore"
)

// checkIgnore applies the ignore rules of the repository's own GitRepository as
// the source-controller does. The artifact must hold every file that Flux
// needs, and below applications/ no other: an app's source there would make
// every commit to it a new revision for the cluster.
func checkIgnore(tr *tree) []error {
	var problems []error
	checked := false
	for _, source := range tr.find("GitRepository") {
		if source.GetNamespace() != "flux-system" || source.GetName() != "flux-system" {
			continue
		}
		checked = true
		rules := field(source, "spec", "ignore")
		if rules == "" {
			problems = append(problems, errors.New("GitRepository flux-system/flux-system has no spec.ignore"))
			continue
		}
		problems = append(problems, checkRules(tr, rules)...)
	}
	if !checked {
		problems = append(problems, errors.New("no GitRepository flux-system/flux-system in clusters/"))
	}
	return problems
}

func checkRules(tr *tree, rules string) []error {
	patterns, err := sourceignore.LoadIgnorePatterns(tr.root, nil)
	if err != nil {
		return []error{err}
	}
	patterns = append(sourceignore.VCSPatterns(nil), patterns...)
	patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(rules), nil)...)
	ignored := sourceignore.NewMatcher(patterns)
	var problems []error
	err = fs.WalkDir(os.DirFS(tr.root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		dropped := ignored.Match(strings.Split(name, "/"), false)
		switch {
		case dropped && tr.needed[name]:
			problems = append(problems, fmt.Errorf("%s: spec.ignore drops it, but Flux needs it", name))
		case !dropped && !tr.needed[name] && strings.HasPrefix(name, "applications/"):
			problems = append(problems, fmt.Errorf("%s: spec.ignore keeps it, but Flux does not need it", name))
		}
		return nil
	})
	if err != nil {
		problems = append(problems, err)
	}
	return problems
}

// Package validate is the way from a repository on disk to findings, in one function: command, tests and benchmarks use it.
package validate

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/simulate"
)

// Options say what to look at.
type Options struct {
	// Clusters are the entry points to judge; none means all.
	Clusters []string
}

// Result is what came of it.
type Result struct {
	Findings diag.Findings
	// Clusters are the entry points that were judged.
	Clusters []string
	// Files are those of the repository, Objects those of all clusters.
	Files, Objects int
	// Rules document the findings.
	Rules []report.RuleText
}

// open reads a repository and finds its entry points.
func open(fsys fs.FS) (*checkout.Tree, *simulate.Simulator, []simulate.Entry, error) {
	tree, err := checkout.Open(fsys)
	if err != nil {
		return nil, nil, nil, err
	}
	s := simulate.New(tree)
	entries := s.Entries()
	if len(entries) == 0 {
		return nil, nil, nil, noCluster{fmt.Errorf("there is no Flux cluster in this repository: no Kustomization flux-system/flux-system lies in the folder that it applies")}
	}
	return tree, s, entries, nil
}

// Repository judges the repository at fsys.
func Repository(fsys fs.FS, opts Options) (*Result, error) {
	tree, s, entries, err := open(fsys)
	if err != nil {
		return nil, err
	}
	result := &Result{Files: len(tree.Files())}
	repo := &lint.Repository{Tree: tree, Docs: s.Documents()}
	for _, entry := range entries {
		if len(opts.Clusters) > 0 && !slices.Contains(opts.Clusters, entry.Path) {
			repo.Partial = true
			continue
		}
		w := s.Run(entry)
		repo.Worlds = append(repo.Worlds, w)
		result.Clusters = append(result.Clusters, entry.Path)
		result.Objects += len(w.Objects)
	}
	if len(repo.Worlds) == 0 {
		var have []string
		for _, e := range entries {
			have = append(have, e.Path)
		}
		return nil, fmt.Errorf("no cluster has the entry point %s; those of this repository are %s", strings.Join(opts.Clusters, ", "), strings.Join(have, ", "))
	}
	for _, r := range rules.All {
		result.Rules = append(result.Rules, report.RuleText{Name: r.Name, Title: r.Title, Why: r.Why})
	}
	result.Findings, err = lint.Run(repo, rules.All)
	return result, err
}

type noCluster struct{ error }

// Hint says the way out.
func (noCluster) Hint() string {
	return "start in the repository's root; flux bootstrap writes that Kustomization to clusters/NAME/flux-system/gotk-sync.yaml"
}

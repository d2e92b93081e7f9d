// Package validate is the way from a repository on disk to findings, in one function: command, tests and benchmarks use it.
package validate

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/baseline"
	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/config"
	"github.com/lvs-cloud/lvsgen/gen/definitions"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/ignore"
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules"
	"github.com/lvs-cloud/lvsgen/gen/report"
	"github.com/lvs-cloud/lvsgen/gen/simulate"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
)

// Options say what to look at.
type Options struct {
	// Clusters are the entry points to judge; none means all.
	Clusters []string
	// Trace gives, for each finding, the places in the inputs that it comes from, and whether the inputs could be asked.
	// It is called when there are findings, but for information. It may be nil.
	Trace func(diag.Findings) (places [][]diag.Related, ok bool)
	// Baseline, when not nil, holds findings that are not to be told again.
	Baseline *baseline.Baseline
}

// Result is what came of it.
type Result struct {
	Findings diag.Findings
	// All are the findings with those of the baseline.
	All diag.Findings
	// Ignored is how many findings comments suppress, Known how many the baseline does. Fixed is what of it is gone; it is
	// only known when all clusters were looked at.
	Ignored, Known int
	Fixed          []baseline.Entry
	// Clusters are the entry points that were judged.
	Clusters []string
	// Files are those of the repository, Objects those of all clusters. Unrendered are the releases whose charts are neither
	// in the repository nor vendored: of what they bring nothing is known.
	Files, Objects, Unrendered int
	// Rules document the findings.
	Rules []report.RuleText
}

// open finds the entry points of a repository.
func open(tree *checkout.Tree, cfg *config.Config) (*simulate.Simulator, []simulate.Entry, error) {
	s := simulate.New(tree)
	s.Vendored, s.Damaged = vendored.Read(tree, chartsFolder(cfg))
	if cfg.Kubernetes != "" {
		s.KubeVersion = "v" + cfg.Kubernetes + ".0"
	}
	s.FluxRelease = cfg.Flux
	entries := s.Entries()
	if len(entries) == 0 {
		return nil, nil, noCluster{fmt.Errorf("there is no Flux cluster in this repository: no Kustomization flux-system/flux-system lies in the folder that it applies")}
	}
	return s, entries, nil
}

func chartsFolder(cfg *config.Config) string {
	if cfg.Charts != "" {
		return cfg.Charts
	}
	return vendored.Dir
}

// Repository judges the repository at fsys. An error that is diag.Findings says what is wrong with lvsgen.yaml.
func Repository(fsys fs.FS, opts Options) (*Result, error) {
	tree, err := checkout.Open(fsys)
	if err != nil {
		return nil, err
	}
	cfg, mistakes := config.Read(tree, ruleNames())
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	s, entries, err := open(tree, cfg)
	if err != nil {
		return nil, err
	}
	result := &Result{Files: len(tree.Files())}
	repo := &lint.Repository{Tree: tree, Docs: s.Documents(), Targets: lint.Targets{Kubernetes: cfg.Kubernetes, Flux: cfg.Flux}}
	brought, unusable := definitions.Read(tree)
	for _, d := range brought {
		repo.Definitions = append(repo.Definitions, d.Fields)
	}
	for _, entry := range entries {
		if len(opts.Clusters) > 0 && !slices.Contains(opts.Clusters, entry.Path) {
			repo.Partial = true
			continue
		}
		w := s.Run(entry)
		repo.Worlds = append(repo.Worlds, w)
		result.Clusters = append(result.Clusters, entry.Path)
		result.Objects += len(w.Objects)
		result.Unrendered += unrendered(w)
	}
	if len(repo.Worlds) == 0 {
		var have []string
		for _, e := range entries {
			have = append(have, e.Path)
		}
		return nil, fmt.Errorf("no cluster has the entry point %s; those of this repository are %s", strings.Join(opts.Clusters, ", "), strings.Join(have, ", "))
	}
	for _, r := range rules.All {
		result.Rules = append(result.Rules, report.RuleText{Name: r.Name, Title: r.Title, Why: r.Why, Severity: r.Severities[0]})
	}
	findings, err := lint.Run(repo, enabled(cfg))
	if err != nil {
		return nil, err
	}
	findings = slices.Concat(findings, tree.Findings(), s.Damaged, unusable).Sorted()
	result.suppress(findings, repo, cfg, opts)
	return result, nil
}

// suppress leaves out what people do not want to be told, and says what is wrong with how they said so.
func (r *Result) suppress(findings diag.Findings, repo *lint.Repository, cfg *config.Config, opts Options) {
	findings = configured(findings, cfg)
	from := origins{of: make([][]diag.Related, len(findings)), known: len(findings) == findings.Count(diag.Info)}
	if opts.Trace != nil && !from.known {
		from.of, from.known = opts.Trace(findings)
	}
	s := &suppressor{tree: repo.Tree, comments: map[string][]*ignore.Comment{}, used: map[use]bool{}}
	r.All, r.Ignored = s.ignored(findings, from)
	r.All = append(r.All, configured(s.mistakes(cfg, findings, from, repo.Partial), cfg)...)
	r.All = append(r.All, configured(unusedPaths(cfg, repo.Tree.Files()), cfg)...)
	r.All = r.All.Sorted()
	if r.Findings = r.All; opts.Baseline != nil {
		r.Findings, r.Known, r.Fixed = opts.Baseline.Split(r.All)
	}
	if repo.Partial {
		r.Fixed = nil
	}
}

type noCluster struct{ error }

// Hint says the way out.
func (noCluster) Hint() string {
	return "start in the repository's root; flux bootstrap writes that Kustomization to clusters/NAME/flux-system/gotk-sync.yaml"
}
